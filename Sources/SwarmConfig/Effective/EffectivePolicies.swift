import SwarmModel

/// What holds for each capability and each subtask, once subtask, workflow, contract and topology
/// have had their say; the nearest wins, key by key, as ``ResolvedFailurePolicy`` has it.
struct EffectivePolicies {
    /// The most subtasks of a workflow that are explained one by one.
    static let subtaskLimit = 1000

    private var walk = EffectiveWalk()
    private let topology: EffectiveWalk.Spot
    /// The contract of each capability of each agent, in the order of the topology.
    private var contracts: [(agent: String, name: String, spot: EffectiveWalk.Spot?)] = []

    /// The values, in the order of the topology and its workflows.
    var values: [EffectiveConfiguration.Value] { walk.values }

    init(topology clean: JSON, _ source: SourceFile) {
        let level = EffectiveWalk.Level(document: source.document) { .file($0) }
        topology = EffectiveWalk.Spot(value: clean, path: .root, level: level)
    }

    // MARK: - Contracts

    /// Adds what an agent offers; `allow` are the capabilities the topology allows, nil allows all.
    mutating func add(_ manifest: ManifestLoading, agent: String, allow: [String]?) {
        let file = manifest.source.displayPath
        let level = EffectiveWalk.Level(document: manifest.source.document) { .contract(file, $0) }
        for (position, capability) in (manifest.source.value["capabilities"]?.arrayValue ?? [])
            .enumerated()
        {
            guard let name = capability["function"]?["name"]?.stringValue,
                allow?.contains(name) ?? true
            else { continue }
            let spot = capability["operational"].map {
                EffectiveWalk.Spot(
                    value: $0,
                    path: ["capabilities", .index(position), "operational"],
                    level: level
                )
            }
            contracts.append((agent, name, spot))
            for key in ObjectShape.operational.keys {
                walk.visit(
                    key.shape,
                    [spot?.member(key.name), below(key.name)].compactMap(\.self),
                    key.name == "repeat_threshold"
                        ? JSON(RunLimits().repeatThreshold) : key.defaultValue,
                    at: ["agents", .key(agent), "capabilities", .key(name), .key(key.name)]
                )
            }
        }
    }

    /// What the topology says about a key of a contract.
    private func below(_ key: String) -> EffectiveWalk.Spot? {
        switch key {
        case "retry_policy": topology.member(["failure", "retry"])
        case "unknown_outcome", "on_failure", "on_unavailable": topology.member(["failure", key])
        case "circuit_breaker": topology.member(["circuit_breakers", "tool"])
        case "retry_budget": topology.member("retry_budget")
        case "repeat_threshold": topology.member(["coordinator", "limits", key])
        default: nil
        }
    }

    // MARK: - Workflows

    /// Adds a workflow; `clean` is what is right of the file.
    mutating func add(workflow clean: JSON, _ source: SourceFile) {
        guard let name = clean["name"]?.stringValue else { return }
        let file = source.displayPath
        let level = EffectiveWalk.Level(document: source.document) { .workflow(file, $0) }
        let workflow = EffectiveWalk.Spot(value: clean, path: .root, level: level)
        let path: JSONPath = ["workflows", .key(name)]
        let limits = topology.member(["coordinator", "limits"])
        for key in ObjectShape.workflowLimits.keys {
            let other = key.name == "deadline" ? "run_deadline" : key.name
            walk.visit(
                key.shape,
                [workflow.member(["limits", key.name]), limits?.member(other)].compactMap(\.self),
                ObjectShape.limits.key(named: other)?.defaultValue ?? key.defaultValue,
                at: path.appending(keys: "limits", key.name)
            )
        }
        let others: [(key: String, below: EffectiveWalk.Spot?)] = [
            ("budget", limits?.member("run_budget")),
            ("on_exhausted", limits?.member("on_exhausted")),
            ("circuit_breaker", topology.member(["circuit_breakers", "workflow"])),
        ]
        for (name, below) in others {
            guard let key = ObjectShape.workflow.key(named: name) else { continue }
            walk.visit(
                key.shape,
                [workflow.member(name), below].compactMap(\.self),
                ObjectShape.limits.key(named: name)?.defaultValue,
                at: path.appending(key: name)
            )
        }
        let subtasks = workflow.member("subtasks")
        for name in (subtasks?.value.objectValue?.keys ?? []).prefix(Self.subtaskLimit) {
            guard let subtask = subtasks?.member(name) else { continue }
            add(subtask, workflow, at: path.appending(keys: "subtasks", name))
        }
    }

    /// The keys of a subtask that lower levels speak about too, in the order they are told.
    private static let layered = [
        "timeout", "retry", "unknown_outcome", "on_failure", "on_unavailable",
    ]

    private mutating func add(
        _ subtask: EffectiveWalk.Spot,
        _ workflow: EffectiveWalk.Spot,
        at path: JSONPath
    ) {
        let contract = contract(of: subtask.value)
        for name in Self.layered {
            let inContract = name == "retry" ? "retry_policy" : name
            let levels = [
                subtask.member(name), workflow.member(["failure", name]),
                contract?.member(inContract), below(inContract),
            ]
            guard let key = ObjectShape.operational.key(named: inContract) else { continue }
            walk.visit(
                key.shape,
                levels.compactMap(\.self),
                key.defaultValue,
                at: path.appending(key: name)
            )
        }
        for name in ["pivot", "finally"] where subtask.value[name]?.boolValue == true {
            walk.visit(
                .boolean,
                [subtask.member(name)].compactMap(\.self),
                nil,
                at: path.appending(key: name)
            )
        }
    }

    /// The contract a subtask is called by first; nil when there is none.
    private func contract(of subtask: JSON) -> EffectiveWalk.Spot? {
        guard let capability = subtask["capability"]?.stringValue else { return nil }
        let wanted = CapabilityReference(capability)
        let agent = subtask["agent"]?.stringValue
        let offer = contracts.first { offer in
            offer.name == wanted.name && (agent == nil || offer.agent == agent)
                && wanted.accepts(offer.spot?.value["version"]?.stringValue ?? "1.0.0")
        }
        return offer?.spot
    }
}
