/// Something in a workflow that would leave a run neither done nor undone, or beyond its bounds.
public struct SafetyFinding: Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Rule: String, Hashable, Sendable, CaseIterable {
        /// Two points of no return on one path.
        case secondPivot = "second_pivot"
        /// After the point of no return only calls that are safe to repeat may follow.
        case afterPivot = "after_pivot"
        /// What nothing undoes, and nobody may repeat, must be the point of no return.
        case irreversible
        /// A point of no return that is many calls at once; a warning.
        case pivotFansOut = "pivot_fans_out"
        /// What runs when a run is ending may not be its point of no return.
        case finallyPivot = "finally_pivot"
        /// What runs when a run is ending may not be waited for by what does not.
        case finallyNeeded = "finally_needed"
        /// Nobody offers the capability to fall back to.
        case unknownFallback = "unknown_fallback"
        /// Nobody offers the capability that undoes.
        case unknownCompensation = "unknown_compensation"
        /// Nobody offers the capability that verifies, or it changes something.
        case unverifiable
        /// A workflow may only lower what its topology allows.
        case limitRaised = "limit_raised"
        /// There are more subtasks than the workflow's own limit allows.
        case tooManySubtasks = "too_many_subtasks"
        /// Asks to wrap up, and nothing is marked to do so; a warning.
        case nothingToWrapUp = "nothing_to_wrap_up"

        /// Whether a run may be submitted all the same.
        public var isWarning: Bool { self == .pivotFansOut || self == .nothingToWrapUp }
    }

    /// The rule that is broken.
    public var rule: Rule
    /// The place in the workflow.
    public var path: JSONPath
    /// What is wrong, in one sentence without a full stop.
    public var message: String
    /// What would have been right.
    public var expected: String?
    /// What to do about it.
    public var hint: String?

    /// A finding.
    public init(
        _ rule: Rule,
        at path: JSONPath,
        _ message: String,
        expected: String? = nil,
        hint: String? = nil
    ) {
        self.rule = rule
        self.path = path
        self.message = message
        self.expected = expected
        self.hint = hint
    }

    /// The place, what is wrong there, and what to do about it.
    public var description: String {
        "\(path): " + [message, expected, hint].compactMap { $0 }.joined(separator: "; ")
    }
}
