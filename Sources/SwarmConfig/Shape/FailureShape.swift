import SwarmModel

extension ObjectShape {
    /// `failure` of a topology.
    static let failure = ObjectShape(
        name: "failure",
        documentation: "What follows a failure, where contracts, workflows and subtasks say "
            + "nothing.",
        keys: [.optional("retry", .object(retry), "When a failed attempt is followed by another.")]
            + failureKeys(hasDefaults: true)
    )

    /// `failure` of a workflow.
    static let workflowFailure = ObjectShape(
        name: "failure",
        documentation: "What follows the failure of a subtask that says nothing itself; it goes "
            + "over contracts and topology, key by key.",
        keys: [
            .optional("retry", .object(nearRetry), "When a failed attempt is followed by another.")
        ] + failureKeys(hasDefaults: false)
    )

    /// What every level may say beside its retries; only the farthest shows the built-in defaults.
    static func failureKeys(hasDefaults: Bool) -> [Key] {
        [
            .optional(
                "unknown_outcome",
                .words(of: UnknownOutcomePolicy.self),
                default: hasDefaults ? "retry_if_idempotent" : nil,
                "What to do when nobody can say whether a call happened. retry_if_idempotent "
                    + "repeats what is safe to repeat, else asks verify_with, else a person."
            ),
            .optional(
                "on_failure",
                .either([.word(OnFailure.words.map(\.name)), .object(onFailure)]),
                default: hasDefaults ? "undo" : nil,
                "What happens when a subtask has failed for good: undo compensates the run, abort "
                    + "leaves what was done, skip goes on without what needs it, ask lets a "
                    + "person decide, fallback calls another capability."
            ),
            .optional(
                "on_unavailable",
                .words(of: OnUnavailable.self),
                default: hasDefaults ? "wait" : nil,
                "What a subtask does that no worker may take."
            ),
        ]
    }

    static let onFailure = ObjectShape(
        name: "on_failure",
        documentation: "Calls another capability in place of the one that failed.",
        keys: [.required("fallback", .object(fallback), "The call to make instead.")]
    )

    static let fallback = ObjectShape(
        name: "fallback",
        documentation: "The call to make in place of one that has failed for good.",
        keys: [
            .required("capability", .text(.versionedName), "The capability to call."),
            .optional(
                "agent",
                .text(.name),
                "The only agent that may take it; any that offers the capability unless given."
            ),
            .optional(
                "args",
                .object(arguments),
                "Its arguments; those of the call that failed unless given."
            ),
        ]
    )

    // MARK: - Retries

    /// `retry_policy` of a contract.
    static let retryPolicy = ObjectShape(
        name: "a retry policy",
        documentation: "When a failed attempt is followed by another; what is left out is as the "
            + "topology's failure has it.",
        keys: retryKeys(hasDefaults: true)
    )

    /// `retry` of a topology's `failure`.
    static let retry = ObjectShape(
        name: "retry",
        documentation: "When a failed attempt is followed by another.",
        keys: retryKeys(hasDefaults: true)
    )

    /// `retry` of a subtask, or of a workflow's `failure`.
    static let nearRetry = ObjectShape(
        name: "retry",
        documentation: "When a failed attempt is followed by another; what is left out is as "
            + "the level above has it.",
        keys: retryKeys(hasDefaults: false)
    )

    private static func retryKeys(hasDefaults: Bool) -> [Key] {
        let keys: [Key] = [
            .optional(
                "max_attempts",
                .integer(1...1000),
                default: 3,
                "Attempts in all, the first included; 1 means no retry."
            ),
            .optional(
                "initial",
                .duration(atLeast: .zero),
                default: "200ms",
                "The wait before the second attempt."
            ),
            .optional(
                "factor",
                .number(1...1000),
                default: 2,
                "What each further wait is multiplied by."
            ),
            .optional("max", .duration(atLeast: .zero), default: "10s", "The longest wait."),
            .optional(
                "jitter",
                .number(0...1),
                default: 1,
                "The share of a wait that chance may take away; after rate_limited at most half."
            ),
            .optional(
                "retry_on",
                .list(
                    of: .word(RetryPolicy.permittedKinds.map(\.rawValue)),
                    minimum: 0,
                    unique: true
                ),
                default: .array(RetryPolicy.defaultKinds.map { .string($0.rawValue) }),
                "The kinds of failure that a further attempt may cure."
            ),
            .optional(
                "deadline",
                .duration(atLeast: .milliseconds(1)),
                "How long all attempts and the waits between them may take; the run's deadline "
                    + "unless given."
            ),
            .optional(
                "max_invalid_results",
                .integer(0...100),
                default: 1,
                "How often a result that breaks the contract, or a refusal as invalid of what is "
                    + "safe to repeat, is followed by a try at another worker."
            ),
        ]
        guard !hasDefaults else { return keys }
        return keys.map { key in
            var key = key
            key.defaultValue = nil
            return key
        }
    }

    /// `retry_budget` of a topology or a contract.
    static let retryBudget = ObjectShape(
        name: "retry_budget",
        documentation: "How many retries of one capability the swarm bears over all runs, in "
            + "tokens.",
        keys: [
            .optional(
                "tokens",
                .integer(0...1_000_000),
                default: 500,
                "The tokens there are at first and at most; 0 allows no retry."
            ),
            .optional("retry_cost", .integer(0...1_000_000), default: 5, "What a retry takes."),
            .optional(
                "timeout_cost",
                .integer(0...1_000_000),
                default: 10,
                "What a retry after a timeout takes."
            ),
            .optional(
                "success_return",
                .integer(0...1_000_000),
                default: 1,
                "What a success gives back; one of a later attempt gives `retry_cost`."
            ),
        ]
    )

    /// `hedge` of a contract.
    static let hedge = ObjectShape(
        name: "hedge",
        documentation: "When a slow call is made a second time at another worker, the first good "
            + "result to win; only for what is safe to repeat.",
        keys: [
            .required(
                "after",
                .duration(atLeast: .milliseconds(1)),
                "How long an attempt runs before the next copy starts."
            ),
            .optional(
                "max",
                .integer(1...16),
                default: 1,
                "The most copies beside the first attempt."
            ),
        ],
        isOffByDefault: true
    )
}
