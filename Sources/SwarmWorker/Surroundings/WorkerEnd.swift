import SwarmWire

/// How a worker's life ended, with the exit status that says so.
enum WorkerEnd: Hashable, Sendable {
    /// Everything was finished or given back, and acknowledged.
    case drained
    /// The time for draining ran out before everything was.
    case drainTimedOut
    /// A second signal asked for an end at once.
    case interrupted
    /// The coordinator does not want this worker, and asking again is of no use.
    case refused(Refusal.Code, String)
    /// No coordinator was heard for the orphan timeout.
    case orphaned(Duration)

    /// The status to exit with; 0 only when nothing was left undone.
    var status: Int32 {
        switch self {
        case .drained: 0
        case .orphaned: 69
        case .drainTimedOut: 75
        case .refused: 78
        case .interrupted: 143
        }
    }

    /// One sentence for the log.
    var sentence: String {
        switch self {
        case .drained: "everything is finished and acknowledged; ending"
        case .drainTimedOut: "the time to drain is over and work is left; ending"
        case .interrupted: "told twice to end; ending with work left undone"
        case .refused(let code, let reason):
            "the coordinator refuses this worker (\(code.rawValue)): \(reason)"
        case .orphaned(let limit): "no coordinator was heard for \(limit); ending"
        }
    }
}
