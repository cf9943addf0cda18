import SwarmModel

extension ObjectShape {
    /// `run_budget` of a topology.
    static let runBudget = ObjectShape(
        name: "run_budget",
        documentation: "What a run may spend, all it delegates included; what is left out is "
            + "unlimited.",
        keys: budgetKeys
    )

    /// `budget` of an agent.
    static let agentBudget = ObjectShape(
        name: "budget",
        documentation: "What the agent may spend within one run; what is left out is unlimited.",
        keys: budgetKeys
    )

    /// `budget` of a workflow.
    static let workflowBudget = ObjectShape(
        name: "budget",
        documentation: "What a run may spend, no more than the topology allows; what is left out "
            + "is as there.",
        keys: budgetKeys
    )

    private static let budgetKeys: [Key] = [
        .optional("usd", .number(0...Double.greatestFiniteMagnitude), "Money, in US dollars."),
        .optional("tokens", .integer(0...Int.max), "Model tokens."),
        .optional("calls", .integer(0...Int.max), "Calls of capabilities."),
        .optional(
            "time",
            .duration(atLeast: .milliseconds(1)),
            "The time since submission after which no call starts."
        ),
    ]

    /// `limits` of a topology's `coordinator`.
    static let limits = ObjectShape(
        name: "limits",
        documentation: "What no run may exceed.",
        keys: [
            .optional(
                "delegation_depth",
                .integer(0...64),
                default: 4,
                "How deep agents may delegate to agents; 0 forbids it."
            ),
            .optional(
                "children",
                .integer(0...100_000),
                default: 32,
                "How often one subtask may delegate."
            ),
            .optional(
                "delegated_subtasks",
                .integer(0...1_000_000),
                default: 1000,
                "How many delegated subtasks a run may hold in all."
            ),
            .optional(
                "run_deadline",
                .duration(atLeast: .milliseconds(1)),
                default: "30m",
                "How long a run may take in all."
            ),
            .optional("run_budget", .object(runBudget), "What a run may spend."),
            .optional(
                "on_exhausted",
                .words(of: OnExhausted.self),
                default: "stop",
                "When the budget is spent: stop starts nothing more, wrap_up only subtasks marked "
                    + "finally."
            ),
            .optional(
                "repeat_threshold",
                .integer(1...1000),
                default: 3,
                "How often a run may make the same delegated call before it is stopped."
            ),
            .optional(
                "loop_window",
                .integer(2...10_000),
                default: 64,
                "How many delegated calls back a repetition is looked for."
            ),
            .optional(
                "loop_similarity",
                .number(0...1),
                default: 0.75,
                "From what similarity on two wordings of a harmless call count as the same."
            ),
        ]
    )

    /// `limits` of a workflow.
    static let workflowLimits = ObjectShape(
        name: "limits",
        documentation: "What a run may not exceed; what the topology limits too, a workflow may "
            + "only lower.",
        keys: [
            .optional(
                "deadline",
                .duration(atLeast: .milliseconds(1)),
                "How long a run may take; the topology's run_deadline unless given."
            ),
            .optional(
                "max_subtasks",
                .integer(1...1_000_000),
                default: 1_000_000,
                "How many subtasks a run may hold, fan-out included."
            ),
            .optional(
                "delegation_depth",
                .integer(0...64),
                "How deep agents may delegate to agents; the topology's unless given."
            ),
            .optional(
                "children",
                .integer(0...100_000),
                "How often one subtask may delegate; the topology's unless given."
            ),
            .optional(
                "delegated_subtasks",
                .integer(0...1_000_000),
                "How many delegated subtasks a run may hold; the topology's unless given."
            ),
            .optional(
                "repeat_threshold",
                .integer(1...1000),
                "How often a run may make the same delegated call; the topology's unless given."
            ),
        ]
    )
}
