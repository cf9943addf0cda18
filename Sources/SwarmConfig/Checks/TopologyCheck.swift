import SwarmModel

/// Checks a topology on its own: what a shape cannot say.
struct TopologyCheck: FileCheck {
    let source: SourceFile
    let environment: [String: String]
    var diagnostics: [Diagnostic] = []

    init(_ source: SourceFile, environment: [String: String]) {
        self.source = source
        self.environment = environment
    }

    /// Reports what is wrong with a topology whose shape was checked; `topology` is what is right
    /// of it.
    mutating func check(_ topology: JSON) {
        checkCoordinator(topology["coordinator"])
        checkApprovals(topology["approvals"])
        checkKeptKeys(topology)
        checkPolicies(topology)
        let semaphores = topology["semaphores"]?.objectValue?.keys ?? []
        if let defaults = topology["defaults"] {
            checkSettings(defaults, at: ["defaults"], semaphores: semaphores)
        }
        for agent in topology["agents"]?.objectValue ?? [:] {
            let path: JSONPath = ["agents", .key(agent.key)]
            checkAdapter(agent.value, at: path)
            checkSettings(agent.value, at: path, semaphores: semaphores)
        }
        checkDependencies(topology["agents"]?.objectValue ?? [:])
    }

    // MARK: - Coordinator

    private mutating func checkCoordinator(_ coordinator: JSON?) {
        for (index, endpoint) in (coordinator?.strings("listen") ?? []).enumerated() {
            checkEndpoint(endpoint, at: ["coordinator", "listen", .index(index)])
        }
        if let listen = coordinator?["http"]?["listen"]?.stringValue {
            checkAddress(listen, at: ["coordinator", "http", "listen"])
        }
        checkLimits(coordinator?["limits"])
    }

    private mutating func checkLimits(_ limits: JSON?) {
        let path: JSONPath = ["coordinator", "limits"]
        if limits?["run_budget"] == nil {
            report(
                .missingBudget,
                as: .note,
                at: path,
                "no run has a budget",
                hint: "add \"run_budget\" to bound what a run spends; run_deadline bounds its time"
            )
        }
        let standard = RunLimits()
        let threshold = limits?["repeat_threshold"]?.integerValue ?? Int64(standard.repeatThreshold)
        let window = limits?["loop_window"]?.integerValue ?? Int64(standard.loopWindow)
        if threshold >= window {
            report(
                .outOfRange,
                at: path.appending(
                    key: limits?["loop_window"] == nil ? "repeat_threshold" : "loop_window"
                ),
                "\"loop_window\" is \(window), and a loop shows at \(threshold + 1) calls",
                expected: "expected loop_window to be more than repeat_threshold"
            )
        }
        guard let children = limits?["children"]?.integerValue,
            let all = limits?["delegated_subtasks"]?.integerValue, children > all
        else { return }
        report(
            .noEffect,
            as: .warning,
            at: path.appending(key: "children"),
            "\"children\" is \(children), and a run may hold \(all) delegated subtasks in all",
            hint: "lower it, or raise \"delegated_subtasks\""
        )
    }

    private mutating func checkEndpoint(_ endpoint: String, at path: JSONPath) {
        if endpoint.hasPrefix("ipc://") {
            let name = endpoint.dropFirst("ipc://".count)
            guard name.isEmpty || name.utf8.count > 107 else { return }
            report(
                .invalidValue,
                at: path,
                name.isEmpty
                    ? "the endpoint names no socket"
                    : "the path of the socket has \(name.utf8.count) bytes",
                expected: "expected ipc://PATH with 1 to 107 bytes of path",
                hint: name.isEmpty ? nil : "choose a shorter folder"
            )
        } else if endpoint.hasPrefix("tcp://") {
            checkAddress(String(endpoint.dropFirst("tcp://".count)), at: path)
        } else {
            report(
                .invalidValue,
                at: path,
                "\(JSON.string(endpoint)) is not an endpoint",
                expected: "expected ipc://PATH or tcp://127.0.0.1:PORT"
            )
        }
    }

    private mutating func checkAddress(_ address: String, at path: JSONPath) {
        guard let colon = address.lastIndex(of: ":"),
            let port = Int(address[address.index(after: colon)...]), (0...65_535).contains(port)
        else {
            report(
                .invalidValue,
                at: path,
                "\(JSON.string(address)) has no port",
                expected: "expected an address such as 127.0.0.1:7333"
            )
            return
        }
        let host = address[..<colon]
        guard !["127.0.0.1", "[::1]", "localhost"].contains(host) else { return }
        report(
            .insecureAddress,
            at: path,
            "\(JSON.string(address)) is not a loopback address",
            expected: "expected 127.0.0.1, [::1] or localhost",
            hint: "other addresses need authentication, which this version does not have"
        )
    }

    private mutating func checkApprovals(_ approvals: JSON?) {
        guard let rules = approvals?["rules"]?.arrayValue, !rules.isEmpty else { return }
        report(
            .notEnforced,
            as: .warning,
            at: ["approvals", "rules"],
            "\"rules\" are kept, and this version does not ask anyone",
            hint: "leave out the agents whose calls need approval"
        )
        guard approvals?["on_timeout"]?.stringValue == "approve" else { return }
        for (index, rule) in rules.enumerated() {
            guard let risk = rule["when"]?["risk"]?.stringValue,
                risk == "high" || risk == "critical"
            else { continue }
            report(
                .invalidValue,
                at: ["approvals", "on_timeout"],
                "\"on_timeout\" is \"approve\", and rule \(index) is about risk \(risk)",
                expected: "expected deny, the only answer for high and critical risk"
            )
        }
        for (index, rule) in rules.enumerated() {
            let approvers = rule["approvers"]?.arrayValue?.count ?? 0
            guard let quorum = rule["quorum"]?.integerValue, approvers < quorum, approvers > 0
            else {
                continue
            }
            report(
                .outOfRange,
                at: ["approvals", "rules", .index(index), "quorum"],
                "\"quorum\" is \(quorum), and there are \(approvers) approvers",
                hint: "name more approvers, or lower the quorum"
            )
        }
    }

    // MARK: - Agents

    private mutating func checkAdapter(_ agent: JSON, at path: JSONPath) {
        guard let word = agent["adapter"]?.stringValue, let adapter = Adapter(rawValue: word),
            !adapter.isAvailable
        else { return }
        report(
            .unavailable,
            at: path.appending(key: "adapter"),
            "the adapter \"\(word)\" is not available yet",
            expected: "this version runs: native"
        )
    }

    private mutating func checkSettings(
        _ settings: JSON,
        at path: JSONPath,
        semaphores: [String]
    ) {
        for (index, name) in settings.strings("semaphores").enumerated()
        where !semaphores.contains(name) {
            reportUnknown(
                .unknownSemaphore,
                at: path.appending(key: "semaphores").appending(index: index),
                "there is no semaphore \"\(name)\"",
                name: name,
                among: semaphores,
                none: "the topology has no \"semaphores\""
            )
        }
        checkKeptSettings(settings, at: path)
        checkBackoff(
            settings["restart"]?["backoff"],
            at: path.appending(keys: "restart", "backoff")
        )
        for secret in settings["secrets"]?.objectValue ?? [:] {
            checkSecret(secret.value, at: path.appending(keys: "secrets", secret.key))
        }
    }

    private mutating func checkSecret(_ secret: JSON, at path: JSONPath) {
        if let file = secret["file"]?.stringValue {
            let place = FilePath(source.displayPath).sibling(file)
            guard !place.exists else { return }
            report(
                .missingSecret,
                at: path.appending(key: "file"),
                "there is no file \(place.display)",
                hint: "create it with mode 0600"
            )
        } else if let name = secret["env"]?.stringValue, (environment[name] ?? "").isEmpty {
            report(
                .missingSecret,
                at: path.appending(key: "env"),
                "the variable \(name) has no value",
                hint: "set it before the swarm starts"
            )
        }
    }

    private mutating func checkDependencies(_ agents: JSONObject) {
        let names = agents.keys
        var edges: [[Int]] = []
        for agent in agents {
            var targets: [Int] = []
            for other in agent.value["depends_on"]?.objectValue?.keys ?? [] {
                let path: JSONPath = ["agents", .key(agent.key), "depends_on", .key(other)]
                if let target = agents.position(of: other) {
                    targets.append(target)
                } else {
                    reportUnknown(
                        .unknownAgent,
                        at: path,
                        "there is no agent \"\(other)\"",
                        name: other,
                        among: names,
                        isKey: true,
                        none: "there is no other agent"
                    )
                }
            }
            edges.append(targets)
        }
        for cycle in DependencyCycles.find(in: edges) {
            let way = cycle.map { names[$0] }
            report(
                .cycle,
                atKey: ["agents", .key(way[0]), "depends_on", .key(way[1])],
                "the agents wait for each other: \(way.joined(separator: " -> "))",
                hint: "remove one of these dependencies"
            )
        }
    }
}
