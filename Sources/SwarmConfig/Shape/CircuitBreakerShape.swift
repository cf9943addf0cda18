import SwarmModel

extension ObjectShape {
    /// `circuit_breakers` of a topology.
    static let circuitBreakers = ObjectShape(
        name: "circuit_breakers",
        documentation: "When what fails is taken out of use; contracts, agents and workflows "
            + "refine it key by key.",
        keys: [
            .optional("tool", .object(toolBreaker), "One capability at one instance."),
            .optional("agent", .object(agentBreaker), "One instance of an agent."),
            .optional("workflow", .object(workflowBreaker), "One workflow, run by run."),
        ]
    )

    /// `circuit_breaker` of a contract, and of a topology for all tools.
    static let toolBreaker = breaker(.tool, "circuit_breaker")

    /// `circuit_breaker` of an agent, and of a topology for all agents.
    static let agentBreaker = breaker(.agent, "agent circuit_breaker")

    /// `circuit_breaker` of a workflow, and of a topology for all workflows.
    static let workflowBreaker = breaker(.workflow, "workflow circuit_breaker")

    private static func breaker(_ level: CircuitBreakerLevel, _ name: String) -> ObjectShape {
        let standard = CircuitBreakerPolicy.standard(for: level)
        let what =
            switch level {
            case .tool: "the capability at one instance"
            case .agent: "one instance"
            case .workflow: "the workflow: a failed run is a failure"
            }
        return ObjectShape(
            name: name,
            documentation: "When failures take out of use \(what).",
            keys: [
                .optional("enabled", .boolean, default: true, "Whether there is a breaker."),
                .optional(
                    "error_threshold",
                    .integer(1...1_000_000),
                    default: JSON(standard.errorThreshold),
                    "Failures within the window that open the breaker."
                ),
                .optional(
                    "window",
                    .duration(atLeast: .seconds(1), atMost: .seconds(3600)),
                    default: .string(standard.window.configurationText),
                    "The sliding window, in whole seconds; at most 1h."
                ),
                .optional(
                    "recovery_timeout",
                    .duration(atLeast: .milliseconds(1)),
                    default: .string(standard.recoveryTimeout.configurationText),
                    "How long it stays open before a trial call."
                ),
                .optional(
                    "half_open_calls",
                    .integer(1...1000),
                    default: JSON(standard.halfOpenCalls),
                    "Trial calls that decide whether it closes: by `error_rate` if that is set, "
                        + "else all must succeed."
                ),
            ] + rateKeys + backoffKeys(standard)
        )
    }

    private static let rateKeys: [Key] = [
        .optional(
            "error_rate",
            .number(0.001...1),
            "The share of failed calls that opens it too; needs minimum_calls."
        ),
        .optional(
            "minimum_calls",
            .integer(1...1_000_000),
            "The number of calls below which the rates are not looked at."
        ),
        .optional(
            "slow_call",
            .duration(atLeast: .milliseconds(1)),
            "The time above which a call is slow."
        ),
        .optional(
            "slow_rate",
            .number(0.001...1),
            "The share of slow calls that opens it too; needs slow_call and minimum_calls."
        ),
    ]

    private static func backoffKeys(_ standard: CircuitBreakerPolicy) -> [Key] {
        [
            .optional(
                "max_recovery_timeout",
                .duration(atLeast: .milliseconds(1)),
                default: .string(standard.maxRecoveryTimeout.configurationText),
                "The longest it stays open before a trial call, however often it opened."
            ),
            .optional(
                "backoff",
                .number(1...1000),
                default: 2,
                "What recovery_timeout is multiplied by each time a trial fails."
            ),
            .optional(
                "probe_timeout",
                .duration(atLeast: .milliseconds(1)),
                "How long a trial call may take; the call's own timeout unless given."
            ),
        ]
    }
}
