import SwarmModel

extension ObjectShape {
    /// One member of a topology's `agents`.
    static let agent = ObjectShape(
        name: "an agent",
        documentation: "One agent of the swarm.",
        keys: [
            .optional(
                "adapter",
                .words(of: Adapter.self),
                default: "native",
                "How the agent is spoken to. This version runs native agents."
            ),
            .optional(
                "manifest",
                .text(.nonEmpty),
                "The path of its agent.json, relative to this file; agents/NAME/agent.json unless "
                    + "given."
            ),
            .optional(
                "exec",
                .list(of: .text(.nonEmpty), minimum: 1, unique: false),
                "What to start instead of the manifest's exec: a program and its arguments."
            ),
            .optional(
                "allow",
                .list(of: .text(.name), minimum: 1, unique: true),
                "The capabilities it may be asked for; all of the manifest unless given."
            ),
            .optional(
                "trust",
                .words(of: AgentTrust.self),
                default: "trusted",
                "Whether its own claims may lower a risk."
            ),
            .optional(
                "depends_on",
                .map(keys: .name, of: .object(dependency), minimum: 0),
                default: [:],
                "The agents that must be up first, by name."
            ),
        ] + agentSettings
    )

    /// `defaults` of a topology.
    static let agentDefaults = ObjectShape(
        name: "defaults",
        documentation: "Settings for every agent; an agent's own settings go over them.",
        keys: agentSettings
    )

    /// What both an agent and `defaults` may say.
    private static let agentSettings: [Key] = [
        .optional("replicas", .integer(1...1000), default: 1, "The number of processes."),
        .optional(
            "concurrency",
            .integer(1...512),
            default: 1,
            "The number of calls one process works on at the same time."
        ),
        .optional(
            "semaphores",
            .texts(.name, unique: true),
            default: [],
            "Named semaphores that each call to this agent takes a permit of."
        ),
        .optional(
            "restart",
            .object(restart),
            "Whether and how soon an ended process is started again."
        ),
        .optional("ready", .object(ready), "How a new process shows that it is ready."),
        .optional("liveness", .object(liveness), "How a silent worker is noticed."),
        .optional("shutdown", .object(shutdown), "How a worker is stopped."),
        .optional(
            "env",
            .map(keys: .variable, of: .text(.anything), minimum: 0),
            default: [:],
            "Variables for the process, over a clean environment."
        ),
        .optional(
            "env_from_host",
            .texts(.variable, unique: true),
            default: [],
            "Variables of the coordinator's environment that the process gets too."
        ),
        .optional(
            "secrets",
            .map(keys: .variable, of: .object(secret), minimum: 0),
            default: [:],
            "Secrets, each delivered as a file of mode 0600 that NAME_FILE points to."
        ),
        .optional("resources", .object(resources), "Limits the kernel holds the process to."),
        .optional("log", .object(log), "How its log is kept."),
        .optional(
            "circuit_breaker",
            .object(agentBreaker),
            "When failures take an instance out of routing; what is left out is as "
                + "circuit_breakers.agent has it."
        ),
        .optional("budget", .object(agentBudget), "What the agent may spend within one run."),
    ]

    static let restart = ObjectShape(
        name: "restart",
        documentation: "Whether and how soon an ended process is started again.",
        keys: [
            .optional(
                "policy",
                .words(of: RestartPolicy.Condition.self),
                default: "on_failure",
                "When a process is started again; exit 78 (bad configuration) never is."
            ),
            .optional("backoff", .object(restartBackoff), "The wait before each start."),
        ]
    )

    static let restartBackoff = ObjectShape(
        name: "backoff",
        documentation: "The wait before each start: exponential, capped, jittered.",
        keys: [
            .optional(
                "initial",
                .duration(atLeast: .zero),
                default: "500ms",
                "The first wait."
            ),
            .optional(
                "factor",
                .number(1...1000),
                default: 2,
                "What each further wait is multiplied by."
            ),
            .optional("max", .duration(atLeast: .zero), default: "30s", "The longest wait."),
            .optional(
                "jitter",
                .number(0...1),
                default: 0.2,
                "The share of a wait that chance may add or take away."
            ),
            .optional(
                "reset_after",
                .duration(atLeast: .zero),
                default: "2m",
                "How long a process must stay up before its failures are forgotten."
            ),
        ]
    )

    static let dependency = ObjectShape(
        name: "a dependency",
        documentation: "What must be true of another agent first.",
        keys: [
            .optional(
                "condition",
                .words(of: AgentDependency.Condition.self),
                default: "ready",
                "What must be true of it."
            ),
            .optional(
                "on_restart",
                .words(of: AgentDependency.OnRestart.self),
                default: "ignore",
                "What this agent does when the other is restarted."
            ),
        ]
    )

    static let ready = ObjectShape(
        name: "ready",
        documentation: "How a new process shows that it is ready: by saying HELLO.",
        keys: [
            .optional(
                "timeout",
                .duration(atLeast: .milliseconds(1)),
                default: "10s",
                "How long it may take."
            )
        ]
    )

    static let liveness = ObjectShape(
        name: "liveness",
        documentation: "How a silent worker is noticed.",
        keys: [
            .optional(
                "heartbeat",
                .duration(atLeast: .milliseconds(50), atMost: .seconds(60)),
                default: "2s",
                "The interval of beats, both ways; from 50ms to 1m."
            ),
            .optional(
                "missed",
                .integer(1...1000),
                default: 3,
                "Beats missed in a row that make a worker lost."
            ),
        ]
    )

    static let shutdown = ObjectShape(
        name: "shutdown",
        documentation: "Drain, then SIGTERM, then SIGKILL to the process group.",
        keys: [
            .optional(
                "drain",
                .duration(atLeast: .zero),
                default: "30s",
                "How long work in hand may go on."
            ),
            .optional(
                "grace",
                .duration(atLeast: .zero),
                default: "10s",
                "How long the process may take to end after SIGTERM."
            ),
        ]
    )

    static let secret = ObjectShape(
        name: "a secret",
        documentation: "Where the value of a secret comes from; exactly one of the keys.",
        keys: [
            .optional("file", .text(.nonEmpty), "A file, relative to this file's folder."),
            .optional("env", .text(.variable), "A variable of the coordinator's environment."),
            .optional(
                "command",
                .list(of: .text(.nonEmpty), minimum: 1, unique: false),
                "A program and its arguments; what it prints is the secret."
            ),
        ],
        oneOf: ["file", "env", "command"]
    )

    static let resources = ObjectShape(
        name: "resources",
        documentation: "Limits the kernel holds the process to.",
        keys: [
            .optional("memory", .size, "The address space."),
            .optional(
                "open_files",
                .integer(16...1_048_576),
                "The number of open file descriptors."
            ),
        ]
    )

    static let log = ObjectShape(
        name: "log",
        documentation: "How much is logged, and how the log is kept.",
        keys: [
            .optional(
                "level",
                .words(of: LogSettings.Level.self),
                default: "info",
                "The least serious level of the worker's lines that is written; lines without a "
                    + "level always are."
            ),
            .optional("rotate", .object(rotate), "When a log file is rotated."),
            .optional(
                "rate_limit",
                .integer(1...1_000_000),
                default: 1000,
                "Lines a second one instance may write; the rest is dropped and counted."
            ),
        ]
    )

    static let rotate = ObjectShape(
        name: "rotate",
        documentation: "When a log file is rotated.",
        keys: [
            .optional("size", .size, default: "64MiB", "The size of a full file."),
            .optional("keep", .integer(1...1000), default: 5, "Rotated files that are kept."),
        ]
    )
}
