/// One execution of a workflow.
///
/// Numbered by a counter in the journal, never by chance, so that a replay gives the same names.
/// Written `r_17`.
public struct RunID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The position of the run among all runs of this journal, from 1.
    public var number: UInt64

    /// Names the run with this number.
    public init(_ number: UInt64) { self.number = number }

    /// Reads `r_17`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix("r_"), let number = UInt64(text.dropFirst(2)) else { return nil }
        self.number = number
    }

    /// The form written in the journal, in logs and in documents.
    public var description: String { "r_\(number)" }

    /// Whether the first comes before the second.
    public static func < (left: RunID, right: RunID) -> Bool { left.number < right.number }
}

/// One dispatch of one subtask to one worker: the right to report its result.
///
/// Rises with every dispatch of the journal, so it also serves as the fencing epoch: of two leases
/// for the same subtask the larger is the newer. Written `L91`; opaque to workers.
public struct LeaseID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The position of the dispatch among all dispatches of this journal, from 1.
    public var number: UInt64

    /// Names the lease with this number.
    public init(_ number: UInt64) { self.number = number }

    /// Reads `L91`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix("L"), let number = UInt64(text.dropFirst(1)) else { return nil }
        self.number = number
    }

    /// The form written in the journal, in logs and in documents.
    public var description: String { "L\(number)" }

    /// Whether the first comes before the second.
    public static func < (left: LeaseID, right: LeaseID) -> Bool { left.number < right.number }
}

/// One worker instance of the topology: agent `pricing`, second replica, is `pricing-2`.
///
/// The name survives restarts of the process behind it; ``Incarnation`` tells those apart.
public struct WorkerID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name of the agent in the topology.
    public var agent: String
    /// Which replica, from 1.
    public var replica: Int

    /// Names one replica of one agent.
    public init(agent: String, replica: Int) {
        self.agent = agent
        self.replica = replica
    }

    /// Reads `pricing-2`; nil when there is no replica number after the last hyphen.
    public init?(_ text: some StringProtocol) {
        guard let hyphen = text.lastIndex(of: "-"),
            let replica = Int(text[text.index(after: hyphen)...]), replica > 0,
            hyphen > text.startIndex
        else { return nil }
        self.init(agent: String(text[..<hyphen]), replica: replica)
    }

    /// The form written in the journal, in logs and in documents.
    public var description: String { "\(agent)-\(replica)" }

    /// Whether the first comes before the second.
    public static func < (left: WorkerID, right: WorkerID) -> Bool {
        (left.agent, left.replica) < (right.agent, right.replica)
    }
}

/// One process that has run, or runs, for a worker instance; counts up with each launch.
public struct Incarnation: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The position among all launches of this journal, from 1.
    public var number: UInt64

    /// Names the launch with this number.
    public init(_ number: UInt64) { self.number = number }

    /// The form written in the journal, in logs and in documents.
    public var description: String { "\(number)" }

    /// Whether the first comes before the second.
    public static func < (left: Incarnation, right: Incarnation) -> Bool {
        left.number < right.number
    }
}
