import SwarmModel

extension ObjectShape {
    /// `agent.json`.
    static let manifest = ObjectShape(
        name: "a manifest",
        documentation: "The contract of an agent: what it is, how it starts, what it can do.",
        keys: [
            .schemaLocation, .schemaVersion,
            .required("name", .text(.name), "The agent's own name."),
            .optional("version", .text(.version), default: "1.0.0", "The version of the agent."),
            .optional(
                "kind",
                .words(of: AgentKind.self),
                default: "tool",
                "tool does what it is told, agent decides for itself, usually with a model."
            ),
            .optional("description", .text(.anything), default: "", "What it does, for people."),
            .optional(
                "adapter",
                .words(of: Adapter.self),
                default: "native",
                "How it is spoken to. This version runs native agents."
            ),
            .optional(
                "exec",
                .list(of: .text(.nonEmpty), minimum: 1, unique: false),
                "The program and its arguments. ./ and ../ are relative to this file; a bare name is "
                    + "looked up beside the swarm binary, then in PATH."
            ),
            .optional("protocol", .object(protocolRange), "The protocol versions it speaks."),
            .required(
                "capabilities",
                .list(of: .object(capability), minimum: 1, unique: false),
                "What it can do."
            ),
        ]
    )

    static let protocolRange = ObjectShape(
        name: "protocol",
        documentation: "The protocol versions it speaks.",
        keys: [
            .optional("min", .integer(1...255), default: 1, "The oldest."),
            .optional("max", .integer(1...255), default: 1, "The newest."),
        ]
    )

    static let capability = ObjectShape(
        name: "a capability",
        documentation:
            "One thing the agent can do. Without returns and operational it is an OpenAI "
            + "tools[] entry.",
        keys: [
            .required("type", .constant("function"), "Always function."),
            .required("function", .object(function), "What callers see."),
            .optional("returns", .schema, "The JSON Schema of the result."),
            .optional(
                "operational",
                .object(operational),
                "What the coordinator must know before it lets anyone call it."
            ),
        ]
    )

    static let function = ObjectShape(
        name: "function",
        documentation: "What callers see.",
        keys: [
            .required("name", .text(.name), "The name that workflows call."),
            .optional(
                "description",
                .text(.anything),
                default: "",
                "What it does, for people and for models that choose tools."
            ),
            .optional(
                "strict",
                .boolean,
                default: false,
                "Whether parameters lists every property as required and allows no other."
            ),
            .optional(
                "parameters",
                .schema,
                default: ["type": "object"],
                "The JSON Schema of the arguments."
            ),
        ]
    )

    static let operational = ObjectShape(
        name: "operational",
        documentation: "What the coordinator must know before it lets anyone call it. What is left "
            + "out is assumed to be dangerous.",
        keys: [
            .optional(
                "version",
                .text(.version),
                default: "1.0.0",
                "The version of the contract."
            ),
            .optional(
                "side_effect",
                .words(of: SideEffect.self),
                default: "destructive",
                "What a call does to the world."
            ),
            .optional(
                "idempotent",
                .boolean,
                default: false,
                "Whether a second call with the same idempotency key changes nothing more."
            ),
            .optional(
                "open_world",
                .boolean,
                default: true,
                "Whether a call reaches systems this swarm does not own."
            ),
            .optional(
                "risk",
                .words(of: RiskLevel.self),
                "How much harm a wrong call can do; low, medium or high by side_effect unless "
                    + "given."
            ),
            .optional(
                "timeout",
                .duration(atLeast: .milliseconds(1)),
                default: "1m",
                "How long one attempt may take."
            ),
            .optional("cost_estimate", .object(costEstimate), "What a call is expected to cost."),
            .optional(
                "retry_policy",
                .object(retryPolicy),
                "When a failed attempt is followed by another."
            ),
        ] + failureKeys(hasDefaults: true) + [
            .optional(
                "verify_with",
                .text(.name),
                "The read-only capability that answers: did it happen?"
            ),
            .optional(
                "circuit_breaker",
                .object(toolBreaker),
                "When failures take the capability out of routing; what is left out is as the "
                    + "topology's circuit_breakers.tool has it."
            ),
            .optional(
                "retry_budget",
                .object(retryBudget),
                "How many retries the swarm bears; what is left out is as the topology's "
                    + "retry_budget has it."
            ),
            .optional("hedge", .object(hedge), "When a slow call is made a second time."),
            .optional(
                "repeat_threshold",
                .integer(1...1_000_000),
                "How often a run may make the same delegated call; the run's limits unless given."
            ),
            .optional(
                "compensation",
                .either([.word(["none", "keep"]), .object(compensation)]),
                "How the effect of a call is undone; none says aloud that nothing undoes it, keep "
                    + "that it may stay when its run is undone."
            ),
            .optional(
                "start",
                .words(of: StartPolicy.self),
                default: "immediate",
                "Whether a worker may act at once, or waits until its start is journaled."
            ),
            .optional(
                "audit_level",
                .words(of: AuditLevel.self),
                default: "full",
                "How much of a call the audit keeps."
            ),
            .optional(
                "data_classification",
                .words(of: DataClassification.self),
                default: "internal",
                "How carefully its payloads are handled."
            ),
        ]
    )

    static let costEstimate = ObjectShape(
        name: "cost_estimate",
        documentation: "What a call is expected to cost; ranks workers, and is reserved from "
            + "budgets before a call.",
        keys: [
            .optional(
                "usd",
                .number(0...Double.greatestFiniteMagnitude),
                default: 0,
                "Money per call, in US dollars."
            ),
            .optional("tokens", .integer(0...Int.max), default: 0, "Model tokens per call."),
            .optional("latency", .duration(atLeast: .zero), "The usual time of a call."),
            .optional(
                "basis",
                .words(of: CostEstimate.Basis.self),
                default: "declared",
                "Where the figures come from."
            ),
        ]
    )

    static let compensation = ObjectShape(
        name: "compensation",
        documentation: "The call that undoes another.",
        keys: [
            .required("capability", .text(.name), "The capability that undoes the effect."),
            .optional(
                "args",
                .anything,
                default: [:],
                "Its arguments; $result and $args, alone or with .key or [0] after them, stand for "
                    + "parts of the call that is undone, and $$args writes $args."
            ),
            .optional(
                "deadline",
                .duration(atLeast: .milliseconds(1)),
                default: "10m",
                "How long undoing may take in all."
            ),
        ]
    )
}
