/// Who sends a message: each verb belongs to exactly one of the two.
public enum Side: String, Hashable, Sendable, CaseIterable {
    /// A worker process, which connects.
    case worker
    /// The coordinator, which binds.
    case coordinator
}

/// What a message says; the fifth byte of the first frame.
///
/// Bit 0x80 is set in every verb of the coordinator and in none of a worker, so that a worker can
/// never utter one of the coordinator's.
public enum Verb: UInt8, Hashable, Sendable, CaseIterable {
    /// A worker asks for a session.
    case hello = 0x01
    /// A worker lives and renews the leases it lists.
    case beat = 0x02
    /// A worker has taken up a subtask.
    case started = 0x03
    /// A subtask moves.
    case progress = 0x04
    /// A subtask has ended.
    case result = 0x05
    /// A worker leaves; nothing of it is unacknowledged.
    case bye = 0x06
    /// A worker asks the coordinator for something.
    case call = 0x07
    /// A worker can hold more subtasks than it said.
    case credit = 0x08
    /// A worker gives a subtask back that it has not begun.
    case returned = 0x09

    /// The session is open.
    case welcome = 0x81
    /// The session is not, or no longer, to be had.
    case refuse = 0x82
    /// A subtask to carry out.
    case task = 0x83
    /// A subtask's result is no longer wanted.
    case cancel = 0x84
    /// The coordinator lives.
    case beatAnswer = 0x85
    /// Results have arrived for good, or are not wanted.
    case resultAcknowledged = 0x86
    /// The coordinator does not know the sender's session.
    case unknown = 0x87
    /// Finish or give back everything, then leave.
    case drain = 0x88
    /// The answer to a call.
    case reply = 0x89
    /// A subtask may send more progress.
    case progressCredit = 0x8A
    /// A confirmed start is journaled: side effects may begin.
    case go = 0x8B

    /// The only side that may send this verb.
    public var sender: Side { rawValue & 0x80 == 0 ? .worker : .coordinator }

    /// Whether the third frame may hold bytes; every other verb leaves it empty.
    public var carriesPayload: Bool {
        switch self {
        case .progress, .result, .call, .task, .reply: true
        case .hello, .beat, .started, .bye, .credit, .returned, .welcome, .refuse, .cancel,
            .beatAnswer, .resultAcknowledged, .unknown, .drain, .progressCredit, .go:
            false
        }
    }

    /// The verb as the specification writes it.
    public var name: String {
        switch self {
        case .hello: "HELLO"
        case .beat, .beatAnswer: "BEAT"
        case .started: "STARTED"
        case .progress: "PROGRESS"
        case .result: "RESULT"
        case .bye: "BYE"
        case .call: "CALL"
        case .credit, .progressCredit: "CREDIT"
        case .returned: "RETURN"
        case .welcome: "WELCOME"
        case .refuse: "REFUSE"
        case .task: "TASK"
        case .cancel: "CANCEL"
        case .resultAcknowledged: "RESULT_ACK"
        case .unknown: "UNKNOWN"
        case .drain: "DRAIN"
        case .reply: "REPLY"
        case .go: "GO"
        }
    }
}
