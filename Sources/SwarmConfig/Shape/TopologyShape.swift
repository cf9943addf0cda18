import SwarmModel

extension ObjectShape {
    /// `topology.json`.
    static let topology = ObjectShape(
        name: "a topology",
        documentation: "A swarm: which agents, how many of them, and within which limits.",
        keys: [
            .schemaLocation, .schemaVersion,
            .required("name", .text(.name), "The name of the swarm."),
            .optional("description", .text(.anything), "What the swarm is for."),
            .optional(
                "coordinator",
                .object(coordinator),
                "How the coordinator listens, remembers and limits."
            ),
            .optional(
                "supervision",
                .object(supervision),
                "How many restarts the swarm bears."
            ),
            .optional(
                "failure",
                .object(failure),
                "What follows a failure, where contracts, workflows and subtasks say nothing."
            ),
            .optional(
                "circuit_breakers",
                .object(circuitBreakers),
                "When what fails is taken out of use."
            ),
            .optional(
                "retry_budget",
                .object(retryBudget),
                "How many retries of a capability the swarm bears over all runs."
            ),
            .optional(
                "semaphores",
                .map(keys: .name, of: .object(semaphore), minimum: 0),
                default: [:],
                "Semaphores of the whole swarm, by name: at most so many calls at the same time."
            ),
            .optional("approvals", .object(approvals), "When and how people are asked."),
            .optional(
                "defaults",
                .object(agentDefaults),
                "Settings for every agent; an agent's own settings go over them."
            ),
            .required(
                "agents",
                .map(keys: .name, of: .object(agent), minimum: 1),
                "The agents, by name."
            ),
            .optional(
                "workflows",
                .texts(.nonEmpty),
                default: [],
                "Patterns for the workflow files of the swarm, relative to this file."
            ),
            .optional("telemetry", .object(telemetry), "What the swarm tells observers."),
        ]
    )

    static let coordinator = ObjectShape(
        name: "coordinator",
        documentation: "How the coordinator listens, remembers and limits.",
        keys: [
            .optional(
                "listen",
                .texts(.nonEmpty),
                default: [],
                "Endpoints for workers, ipc://PATH or tcp://127.0.0.1:PORT; none given is a unix "
                    + "socket in the state directory."
            ),
            .optional(
                "http",
                .object(http),
                "Where the control API listens besides its unix socket; nowhere unless given."
            ),
            .optional("journal", .object(journal), "Where decisions are kept."),
            .optional("limits", .object(limits), "What no run may exceed."),
            .optional(
                "orphan_timeout",
                .duration(atLeast: .zero, atMost: .seconds(86_400)),
                default: "30s",
                "How long workers outlive a coordinator that ended, so that the next can adopt "
                    + "them; at most 1d."
            ),
        ]
    )

    static let http = ObjectShape(
        name: "http",
        documentation: "Where the control API listens besides its unix socket.",
        keys: [
            .optional(
                "listen",
                .text(.nonEmpty),
                default: "127.0.0.1:7333",
                "A loopback address with a port."
            ),
            .optional(
                "read_only",
                .boolean,
                default: false,
                "Whether requests that change anything are refused there."
            ),
        ],
        isOffByDefault: true
    )

    static let journal = ObjectShape(
        name: "journal",
        documentation: "Where decisions are kept.",
        keys: [
            .optional("driver", .word(["sqlite"]), default: "sqlite", "The kind of store."),
            .optional(
                "path",
                .text(.nonEmpty),
                "The file, relative to this file's folder; journal.db in the state directory unless "
                    + "given."
            ),
            .optional(
                "durability",
                .words(of: Durability.self),
                default: "full",
                "What survives what: full survives a power cut, process a crash of the "
                    + "coordinator, none nothing."
            ),
        ]
    )

    static let supervision = ObjectShape(
        name: "supervision",
        documentation: "How many restarts the swarm bears, and what happens when there are more.",
        keys: [
            .optional(
                "strategy",
                .words(of: SupervisionPolicy.Strategy.self),
                default: "one_for_one",
                "Which workers are restarted when one ends."
            ),
            .optional(
                "max_restarts",
                .integer(0...10_000),
                default: 5,
                "Restarts of one instance that are borne within the window."
            ),
            .optional(
                "within",
                .duration(atLeast: .milliseconds(1)),
                default: "1m",
                "The window."
            ),
            .optional(
                "on_exceeded",
                .words(of: SupervisionPolicy.Escalation.self),
                default: "quarantine",
                "At one restart more: quarantine takes the instance out of routing, escalate stops "
                    + "the swarm."
            ),
        ]
    )

    static let semaphore = ObjectShape(
        name: "a semaphore",
        documentation: "At most so many calls that name it run at the same time.",
        keys: [
            .required("permits", .integer(1...1_000_000), "The number of permits."),
            .optional(
                "max_wait",
                .duration(atLeast: .milliseconds(1)),
                "How long a subtask may wait for a permit before it fails."
            ),
            .optional(
                "max_hold",
                .duration(atLeast: .milliseconds(1)),
                "How long one attempt may hold a permit, and so may last."
            ),
        ]
    )

    static let approvals = ObjectShape(
        name: "approvals",
        documentation: "When and how people are asked.",
        keys: [
            .optional(
                "timeout",
                .duration(atLeast: .milliseconds(1)),
                default: "1d",
                "How long a question stays open."
            ),
            .optional(
                "on_timeout",
                .words(of: ApprovalSettings.OnTimeout.self),
                default: "deny",
                "What an unanswered question counts as."
            ),
            .optional(
                "rules",
                .list(of: .object(approvalRule), minimum: 0, unique: false),
                default: [],
                "Which calls need approval."
            ),
        ]
    )

    static let approvalRule = ObjectShape(
        name: "a rule",
        documentation: "Which calls a person must approve first.",
        keys: [
            .optional("when", .object(approvalCondition), "The calls; all unless given."),
            .required(
                "approvers",
                .list(of: .text(.nonEmpty), minimum: 1, unique: true),
                "Who may approve."
            ),
            .optional("quorum", .integer(1...100), default: 1, "How many of them must."),
        ]
    )

    static let approvalCondition = ObjectShape(
        name: "when",
        documentation: "All conditions that are given must hold.",
        keys: [
            .optional("side_effect", .words(of: SideEffect.self), "The declared side effect."),
            .optional("risk", .words(of: RiskLevel.self), "The declared risk."),
            .optional("agent", .text(.name), "The agent."),
            .optional("capability", .text(.name), "The capability."),
        ]
    )

    static let telemetry = ObjectShape(
        name: "telemetry",
        documentation: "What the swarm tells observers.",
        keys: [
            .optional("metrics", .boolean, default: true, "Whether metrics are served."),
            .optional(
                "otlp",
                .text(.anything),
                default: "",
                "An OTLP endpoint for traces; empty is none."
            ),
            .optional(
                "capture_content",
                .words(of: TelemetrySettings.ContentCapture.self),
                default: "none",
                "How much of arguments and results leaves with traces."
            ),
        ]
    )
}

extension ObjectShape.Key {
    /// `$schema`, which lets editors complete.
    static let schemaLocation = ObjectShape.Key.optional(
        "$schema",
        .text(.anything),
        "Where the JSON Schema of this file is, for editors."
    )

    /// `schema_version`, which every file starts with.
    static let schemaVersion = ObjectShape.Key.required(
        "schema_version",
        .constant(1),
        "The version of the file format."
    )
}
