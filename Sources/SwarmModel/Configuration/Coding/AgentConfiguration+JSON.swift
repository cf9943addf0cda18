extension AgentConfiguration {
    /// Reads one member of a topology's `agents`, `defaults` merged in already.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(name: String, json: JSON) throws(ConfigurationError) {
        try self.init(name: name, ConfigurationReader(json))
    }

    init(name: String, _ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init(
            name: name,
            manifest: try reader.string("manifest") ?? AgentConfiguration.manifestPath(of: name)
        )
        adapter = try reader.word("adapter") ?? adapter
        trust = try reader.word("trust") ?? trust
        exec = try reader.strings("exec")
        replicas = try reader.integer("replicas") ?? replicas
        concurrency = try reader.integer("concurrency") ?? concurrency
        guard replicas >= 0 else { throw reader.failure("replicas", "0 or more") }
        guard concurrency >= 1 else { throw reader.failure("concurrency", "1 or more") }
        semaphores = try reader.strings("semaphores") ?? semaphores
        if let restart = try reader.nested("restart") { self.restart = try RestartPolicy(restart) }
        for (agent, entry) in try reader.entries("depends_on") {
            dependsOn.append(
                AgentDependency(
                    agent: agent,
                    condition: try entry.word("condition") ?? .ready,
                    onRestart: try entry.word("on_restart") ?? .ignore
                )
            )
        }
        readyTimeout = try reader.nested("ready")?.duration("timeout") ?? readyTimeout
        if let entry = try reader.nested("liveness") {
            liveness.heartbeat = try entry.duration("heartbeat") ?? liveness.heartbeat
            liveness.missed = try entry.integer("missed") ?? liveness.missed
            guard liveness.missed >= 1 else { throw entry.failure("missed", "1 or more") }
        }
        if let entry = try reader.nested("shutdown") {
            shutdown.drain = try entry.duration("drain") ?? shutdown.drain
            shutdown.grace = try entry.duration("grace") ?? shutdown.grace
        }
        if let entry = try reader.nested("env") {
            for variable in entry.object.keys {
                env.append(
                    EnvironmentVariable(name: variable, value: try entry.requiredString(variable))
                )
            }
        }
        envFromHost = try reader.strings("env_from_host") ?? envFromHost
        for (secret, entry) in try reader.entries("secrets") {
            secrets.append(SecretReference(name: secret, source: try .init(entry)))
        }
        if let entry = try reader.nested("resources") {
            resources = ResourceLimits(
                memory: try entry.size("memory"),
                openFiles: try entry.integer("open_files")
            )
        }
        if let entry = try reader.nested("log") { log = try LogSettings(entry) }
        allow = try reader.strings("allow")
        if let entry = try reader.nested("circuit_breaker") {
            circuitBreaker = try PartialCircuitBreakerPolicy(entry)
        }
        if let entry = try reader.nested("budget") { budget = try Budget(entry) }
    }

    /// Where the manifest of an agent lies when the topology does not say.
    public static func manifestPath(of name: String) -> String { "agents/\(name)/agent.json" }

    /// The agent as a topology writes it, every default spelled out; reads back as the same.
    public var json: JSON {
        .configuration([
            ("adapter", .string(adapter.rawValue)), ("trust", .string(trust.rawValue)),
            ("manifest", .string(manifest)),
            ("exec", exec.map { .configuration($0) }), ("replicas", .integer(Int64(replicas))),
            ("concurrency", .integer(Int64(concurrency))),
            ("semaphores", .configuration(semaphores)), ("restart", restart.json),
            (
                "depends_on",
                .configuration(
                    dependsOn.map { dependency in
                        (
                            dependency.agent,
                            [
                                "condition": .string(dependency.condition.rawValue),
                                "on_restart": .string(dependency.onRestart.rawValue),
                            ]
                        )
                    }
                )
            ),
            ("ready", ["timeout": .configuration(readyTimeout)]),
            (
                "liveness",
                [
                    "heartbeat": .configuration(liveness.heartbeat),
                    "missed": .integer(Int64(liveness.missed)),
                ]
            ),
            (
                "shutdown",
                [
                    "drain": .configuration(shutdown.drain),
                    "grace": .configuration(shutdown.grace),
                ]
            ),
            ("env", .configuration(env.map { ($0.name, .string($0.value)) })),
            ("env_from_host", .configuration(envFromHost)),
            ("secrets", .configuration(secrets.map { ($0.name, $0.source.json) })),
            (
                "resources",
                .configuration([
                    ("memory", resources.memory.map { .configuration($0) }),
                    ("open_files", resources.openFiles.map { .integer(Int64($0)) }),
                ])
            ),
            ("log", log.json), ("allow", allow.map { .configuration($0) }),
            ("circuit_breaker", circuitBreaker?.json), ("budget", budget?.json),
        ])
    }
}

extension RestartPolicy {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        policy = try reader.word("policy") ?? policy
        if let entry = try reader.nested("backoff") {
            backoff = try Backoff(entry, over: backoff)
            resetAfter = try entry.duration("reset_after") ?? resetAfter
        }
    }

    var json: JSON {
        [
            "policy": .string(policy.rawValue),
            "backoff": .configuration(
                backoff.members + [("reset_after", .configuration(resetAfter))]
            ),
        ]
    }
}

extension SecretReference.Source {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        if let path = try reader.string("file") {
            self = .file(path)
        } else if let name = try reader.string("env") {
            self = .environment(name)
        } else if let command = try reader.strings("command") {
            self = .command(command)
        } else {
            throw ConfigurationError(path: reader.path, reason: "expected file, env or command")
        }
    }

    var json: JSON {
        switch self {
        case .file(let path): ["file": .string(path)]
        case .environment(let name): ["env": .string(name)]
        case .command(let words): ["command": .configuration(words)]
        }
    }
}

extension LogSettings {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        level = try reader.word("level") ?? level
        if let rotate = try reader.nested("rotate") {
            rotateSize = try rotate.size("size") ?? rotateSize
            rotateKeep = try rotate.integer("keep") ?? rotateKeep
        }
        rateLimit = try reader.integer("rate_limit") ?? rateLimit
    }

    var json: JSON {
        [
            "level": .string(level.rawValue),
            "rotate": [
                "size": .configuration(rotateSize), "keep": .integer(Int64(rotateKeep)),
            ],
            "rate_limit": .integer(Int64(rateLimit)),
        ]
    }
}
