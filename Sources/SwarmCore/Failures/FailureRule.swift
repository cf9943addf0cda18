import SwarmModel

/// Decides what follows a failed attempt, from declared policy alone.
///
/// The table is in docs/failure.md. This type sees everything the decision may depend on, so that
/// it can be read, tested and explained without the rest.
struct FailureRule {
    /// What is known of a call that ended without a result that counts.
    enum Evidence: Hashable {
        /// It certainly did nothing: it never began.
        case notBegun
        /// It may have had its effect, and nobody will say.
        case unknown
        /// Its worker reported the failure.
        case reported
        /// Its worker returned what the contract does not allow.
        case invalid
    }

    var policy: ResolvedFailurePolicy
    var isSafeToRepeat: Bool
    var hasVerification: Bool
    /// Attempts so far, this one included.
    var attempt: Int
    /// How often the subtask came back unbegun.
    var returns: Int
    /// How often a result of it was invalid, this one not included.
    var invalidResults: Int
    /// Whether another worker that runs offers the same.
    var hasOther: Bool
    /// When all its attempts must be over.
    var deadline: Instant?
    /// What retries of the capability may take, and what is left of it; nil when nothing limits it.
    var budget: Decided<RetryBudgetPolicy>?
    var tokens = 0
    /// Drawn evenly from 0 to 1 for this attempt alone.
    var chance: Double

    enum Answer: Hashable {
        case directive(Directive, rule: String)
        /// Nothing helps any more: what `on_failure` says.
        case exhausted(rule: String)
    }

    /// How often a subtask may come back unbegun before that counts as a failure of its own.
    static let reassignLimit = 100

    func answer(to failure: Failure, _ evidence: Evidence, at now: Instant) -> Answer {
        switch evidence {
        case .notBegun:
            return returns < FailureRule.reassignLimit
                ? .directive(.reassign, rule: "nothing began")
                : .exhausted(rule: "returned too often")
        case .unknown where !isSafeToRepeat: return unknown()
        case .unknown:
            // Its worker is gone or hung. Another can take it at once; waiting helps nobody.
            guard hasAttemptsLeft(at: now) else { return exhaustedRetries }
            if let refused = refusedByBudget(failure) { return refused }
            return .directive(.retry(at: now), rule: "safe to repeat")
        case .invalid: return invalid(failure)
        case .reported: return reported(failure, at: now)
        }
    }

    private var exhaustedRetries: Answer {
        .exhausted(rule: rule("retry", policy.maxAttempts.origin))
    }

    private func unknown() -> Answer {
        let rule = rule("unknown_outcome", policy.unknownOutcome.origin)
        switch policy.unknownOutcome.value {
        case .fail: return .exhausted(rule: rule)
        case .askHuman: return .directive(.ask(.unknownOutcome), rule: rule)
        case .verify, .retryIfIdempotent:
            return .directive(hasVerification ? .verify : .ask(.unknownOutcome), rule: rule)
        }
    }

    private func invalid(_ failure: Failure) -> Answer {
        let rule = rule("retry.max_invalid_results", policy.maxInvalidResults.origin)
        guard isSafeToRepeat, hasOther, invalidResults < policy.maxInvalidResults.value else {
            return .exhausted(rule: rule)
        }
        return .directive(.repair, rule: rule)
    }

    private func reported(_ failure: Failure, at now: Instant) -> Answer {
        guard isSafeToRepeat || failure.retryable == true else {
            return .exhausted(rule: "not safe to repeat")
        }
        if failure.retryable == false { return .exhausted(rule: "the worker's word") }
        guard failure.retryable == true || policy.retryOn.value.contains(failure.kind) else {
            if failure.kind == .validation, isSafeToRepeat { return invalid(failure) }
            return .exhausted(rule: rule("retry.retry_on", policy.retryOn.origin))
        }
        guard attempt < policy.maxAttempts.value else { return exhaustedRetries }
        if let refused = refusedByBudget(failure) { return refused }
        let delay = policy.retry.delay(
            afterFailures: attempt,
            kind: failure.kind,
            chance: chance,
            retryAfter: failure.retryAfter
        )
        if let deadline, now + delay >= deadline {
            return .exhausted(rule: rule("retry.deadline", policy.deadline.origin))
        }
        return .directive(
            .retry(at: now + delay),
            rule: rule("retry", policy.maxAttempts.origin)
        )
    }

    /// Whether too much is retried already, over all runs.
    private func refusedByBudget(_ failure: Failure) -> Answer? {
        guard let budget, budget.value.cost(ofRetryAfter: failure.kind) > tokens else { return nil }
        return .exhausted(rule: rule("retry_budget", budget.origin))
    }

    private func hasAttemptsLeft(at now: Instant) -> Bool {
        guard attempt < policy.maxAttempts.value else { return false }
        return deadline.map { now < $0 } ?? true
    }

    private func rule(_ key: String, _ origin: PolicyOrigin) -> String {
        "\(origin.rawValue).\(key)"
    }

    /// Whether a reported failure leaves open if the call had an effect.
    ///
    /// A worker that refuses says that it did nothing; one that broke off halfway does not, unless
    /// it says so with `retryable`.
    static func leavesDoubt(_ failure: Failure) -> Bool {
        guard failure.retryable == nil else { return false }
        switch failure.kind {
        case .transient, .timeout, .unavailable, .internal, .cancelled: return true
        default: return false
        }
    }
}
