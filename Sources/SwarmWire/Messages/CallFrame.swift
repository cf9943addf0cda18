import SwarmModel

/// One call of a call stack: a subtask, what was asked of it and of whom.
public struct CallFrame: Hashable, Sendable {
    /// The subtask's name, as in `r_17/plan`; 1 to ``WireLimits/nameBytes`` bytes.
    public var subtask: String
    /// The capability it was asked for.
    public var capability: String
    /// The agent that works on it; nil while none does, as when it waits to be tried again.
    public var agent: String?

    /// A call; no text at all is no agent.
    public init(subtask: String, capability: String, agent: String?) {
        self.subtask = subtask
        self.capability = capability
        self.agent = agent?.isEmpty == true ? nil : agent
    }

    /// Bytes of the texts.
    var size: Int { subtask.utf8.count + capability.utf8.count + (agent?.utf8.count ?? 0) }
}

extension CallFrame {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var subtask: String?
        var capability: String?
        var agent: String?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .subtask: subtask = try reader.text(1...WireLimits.nameBytes, key)
            case .capability: capability = try reader.word(key)
            case .agent: agent = try reader.word(key)
            default: try reader.skipValue()
            }
        }
        self.init(
            subtask: try subtask.required(.subtask),
            capability: try capability.required(.capability),
            agent: agent
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(.subtask, subtask)
        header.put(.capability, capability)
        if let agent { header.put(.agent, agent) }
    }
}

extension HeaderReader {
    /// A call stack.
    mutating func frames(_ key: HeaderKey) throws(WireViolation) -> [CallFrame] {
        try list(upTo: WireLimits.stack, key) { reader throws(WireViolation) in
            try CallFrame(&reader)
        }
    }
}
