/// Where the coordinator stands with one connection of a worker.
public enum SessionState: Hashable, Sendable, CaseIterable {
    /// Nothing has been heard. Next: `greeted`.
    case expected
    /// HELLO is in and WELCOME is not yet out. Next: `ready`, or `closed` by REFUSE.
    case greeted
    /// WELCOME is out. Next: `draining`, `closed`.
    case ready
    /// DRAIN is out: no further TASK. Next: `closed`.
    case draining
    /// BYE, REFUSE, loss or too many violations. Final: a new session needs a new connection.
    case closed

    /// What the coordinator does with a verb that it received.
    public enum Admission: Hashable, Sendable {
        /// Handle the message.
        case accepted
        /// Drop the message; it is in order but no longer matters.
        case ignored
        /// Drop the message and answer UNKNOWN.
        case challenged
        /// Drop the message and count a violation.
        case violation
    }

    /// Says what to do with a message of `verb` from a worker.
    ///
    /// A static table, so that no byte a worker sends can choose code: whatever is not listed
    /// is refused.
    public func admission(of verb: Verb) -> Admission {
        switch verb {
        case .hello:
            switch self {
            case .expected: .accepted
            case .greeted, .ready, .draining: .violation
            case .closed: .challenged
            }
        case .beat, .started, .progress, .result, .bye, .call, .returned:
            switch self {
            case .expected, .closed: .challenged
            case .greeted: .violation
            case .ready, .draining: .accepted
            }
        case .credit:
            switch self {
            case .expected, .closed: .challenged
            case .greeted: .violation
            case .ready: .accepted
            case .draining: .ignored
            }
        case .welcome, .refuse, .task, .cancel, .beatAnswer, .resultAcknowledged, .unknown, .drain,
            .reply, .progressCredit, .go:
            .violation
        }
    }

    /// Says what to do with any verb byte; a byte that is no verb is a violation in every state.
    public func admission(ofByte byte: UInt8) -> Admission {
        guard let verb = Verb(rawValue: byte) else { return .violation }
        return admission(of: verb)
    }
}
