extension CoordinatorSettings {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        listen = try reader.strings("listen") ?? listen
        if let entry = try reader.nested("http") {
            var settings = HTTPSettings()
            settings.listen = try entry.string("listen") ?? settings.listen
            settings.readOnly = try entry.boolean("read_only") ?? settings.readOnly
            http = settings
        }
        if let entry = try reader.nested("journal") {
            journal.path = try entry.string("path")
            journal.durability = try entry.word("durability") ?? journal.durability
        }
        if let entry = try reader.nested("limits") { limits = try RunLimits(entry) }
        orphanTimeout = try reader.duration("orphan_timeout") ?? orphanTimeout
    }

    var json: JSON {
        .configuration([
            ("listen", .configuration(listen)),
            (
                "http",
                http.map { http in
                    ["listen": .string(http.listen), "read_only": .bool(http.readOnly)]
                }
            ),
            (
                "journal",
                .configuration([
                    ("driver", "sqlite"), ("path", journal.path.map { .string($0) }),
                    ("durability", .string(journal.durability.rawValue)),
                ])
            ),
            ("limits", limits.json), ("orphan_timeout", .configuration(orphanTimeout)),
        ])
    }
}

extension RunLimits {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        delegationDepth = try reader.count("delegation_depth", from: 0) ?? delegationDepth
        children = try reader.count("children", from: 0) ?? children
        delegatedSubtasks = try reader.count("delegated_subtasks", from: 0) ?? delegatedSubtasks
        runDeadline = try reader.duration("run_deadline") ?? runDeadline
        if let entry = try reader.nested("run_budget") { runBudget = try Budget(entry) }
        onExhausted = try reader.word("on_exhausted") ?? onExhausted
        repeatThreshold = try reader.count("repeat_threshold") ?? repeatThreshold
        loopWindow = try reader.count("loop_window") ?? loopWindow
        loopSimilarity = try reader.share("loop_similarity") ?? loopSimilarity
    }

    var json: JSON {
        .configuration([
            ("delegation_depth", .integer(Int64(delegationDepth))),
            ("children", .integer(Int64(children))),
            ("delegated_subtasks", .integer(Int64(delegatedSubtasks))),
            ("run_deadline", .configuration(runDeadline)),
            ("run_budget", runBudget?.json), ("on_exhausted", .string(onExhausted.rawValue)),
            ("repeat_threshold", .integer(Int64(repeatThreshold))),
            ("loop_window", .integer(Int64(loopWindow))),
            ("loop_similarity", .configuration(loopSimilarity)),
        ])
    }
}

extension SupervisionPolicy {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        strategy = try reader.word("strategy") ?? strategy
        maxRestarts = try reader.integer("max_restarts") ?? maxRestarts
        within = try reader.duration("within") ?? within
        onExceeded = try reader.word("on_exceeded") ?? onExceeded
    }

    var json: JSON {
        [
            "strategy": .string(strategy.rawValue), "max_restarts": .integer(Int64(maxRestarts)),
            "within": .configuration(within), "on_exceeded": .string(onExceeded.rawValue),
        ]
    }
}
