import SwarmWire

/// One call of a call stack: a subtask, what was asked of it and of whom.
public struct CallFrame: Hashable, Sendable, CustomStringConvertible {
    /// The subtask's name, as in `r_17/plan`.
    public var subtask: String
    /// The capability it was asked for.
    public var capability: String
    /// The agent that works on it; nil while none does, as when it waits to be tried again.
    public var agent: String?

    /// A call.
    public init(subtask: String, capability: String, agent: String?) {
        self.subtask = subtask
        self.capability = capability
        self.agent = agent
    }

    init(_ frame: SwarmWire.CallFrame) {
        self.init(subtask: frame.subtask, capability: frame.capability, agent: frame.agent)
    }

    /// As in `r_17/plan (planner.plan)`.
    public var description: String { "\(subtask) (\(agent.map { $0 + "." } ?? "")\(capability))" }
}
