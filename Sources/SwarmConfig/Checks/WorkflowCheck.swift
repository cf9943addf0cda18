import SwarmModel

/// Checks a workflow against itself and against what the agents of a swarm offer.
struct WorkflowCheck: FileCheck {
    let source: SourceFile
    let outline: WorkflowOutline
    /// What is on offer; nil when the workflow is checked without a swarm.
    let index: CapabilityIndex?
    var diagnostics: [Diagnostic] = []

    /// Whether the shape of the whole file is right.
    let isReadable: Bool

    /// Checks a workflow whose shape was checked; `workflow` is what is right of it.
    init(_ source: SourceFile, workflow: JSON, isReadable: Bool, index: CapabilityIndex?) {
        self.source = source
        self.isReadable = isReadable
        self.index = index
        outline = WorkflowOutline(clean: workflow, written: source.value)
    }

    /// Reports everything that is wrong.
    mutating func check() {
        checkInputDefaults()
        checkPolicies()
        for subtask in outline.subtasks {
            checkNeeds(subtask)
            checkForEach(subtask)
            checkRouting(subtask)
            checkPolicies(subtask)
            checkReferences(subtask.argumentScan, in: subtask)
            checkReferences(subtask.fallbackScan, in: subtask)
            checkReferences(subtask.forEachScan, in: subtask, isForEach: true)
            checkArguments(subtask)
        }
        checkReferences(outline.outputScan, in: nil)
        checkCycles()
        if isReadable, !diagnostics.hasErrors { checkUse() }
    }

    // MARK: - Input

    private mutating func checkInputDefaults() {
        for property in outline.input?["properties"]?.objectValue ?? [:] {
            guard let value = property.value["default"], let schema = outline.input else {
                continue
            }
            let path: JSONPath = ["input", "properties", .key(property.key), "default"]
            for problem in SchemaCheck.violations(of: value, against: property.value, in: schema) {
                report(
                    .invalidValue,
                    at: path,
                    "the default of \"\(property.key)\" does not fit its own schema: "
                        + problem.message
                )
            }
        }
    }

    // MARK: - Dependencies

    private mutating func checkNeeds(_ subtask: WorkflowOutline.Subtask) {
        for (position, name) in subtask.needs.enumerated() where !outline.hasSubtask(named: name) {
            reportUnknown(
                .unknownSubtask,
                at: subtask.path.appending(key: "needs").appending(index: position),
                "no subtask is named \"\(name)\"",
                name: name,
                among: outline.names.filter { $0 != subtask.name },
                none: "it is the only subtask"
            )
        }
    }

    private mutating func checkForEach(_ subtask: WorkflowOutline.Subtask) {
        guard !subtask.fansOut, subtask.hasParallelLimit else { return }
        report(
            .noEffect,
            as: .warning,
            atKey: subtask.path.appending(key: "max_parallel"),
            "\"max_parallel\" does nothing without \"for_each\"",
            hint: "remove it, or add \"for_each\""
        )
    }

    private mutating func checkCycles() {
        let dependencies = outline.dependencies
        for cycle in DependencyCycles.find(in: dependencies) {
            let names = cycle.map { outline.subtasks[$0].name }
            report(
                .cycle,
                atKey: outline.subtasks[cycle[0]].path,
                cycle.count == 2
                    ? "subtask \"\(names[0])\" waits for itself"
                    : "the subtasks wait for each other: \(names.joined(separator: " -> "))",
                hint: "each must be able to start before what waits for it; remove a reference or "
                    + "an entry of \"needs\""
            )
        }
    }

    /// A result of a pure call that nobody looks at was paid for in vain.
    private mutating func checkUse() {
        guard outline.output != nil else { return }
        var used: Set<Int> = []
        for targets in outline.dependencies { used.formUnion(targets) }
        for found in outline.outputScan.found {
            if case .subtask(let name) = found.reference.root,
                let position = outline.positions[name]
            {
                used.insert(position)
            }
        }
        for (position, subtask) in outline.subtasks.enumerated() where !used.contains(position) {
            guard let contract = contract(of: subtask), contract.sideEffect.isHarmless else {
                continue
            }
            report(
                .unusedResult,
                as: .warning,
                atKey: subtask.path,
                "nothing uses the result of \"\(subtask.name)\", and its capability changes nothing",
                hint:
                    "refer to ${\(subtask.name)} in another subtask or in \"output\", or remove it"
            )
        }
    }

    // MARK: - Routing

    /// The contract a subtask is called by; nil when it is not known.
    func contract(of subtask: WorkflowOutline.Subtask) -> CapabilityContract? {
        guard let capability = subtask.capability else { return nil }
        return index?.offers(of: capability, by: subtask.agent).lazy.compactMap(\.contract).first
    }

    private mutating func checkRouting(_ subtask: WorkflowOutline.Subtask) {
        guard let index else { return }
        for (position, name) in subtask.semaphores.enumerated()
        where !index.semaphores.contains(name) {
            reportUnknown(
                .unknownSemaphore,
                at: subtask.path.appending(key: "semaphores").appending(index: position),
                "there is no semaphore \"\(name)\"",
                name: name,
                among: index.semaphores,
                none: "the topology has no \"semaphores\""
            )
        }
        if let agent = subtask.agent, !index.agents.contains(agent) {
            reportUnknown(
                .unknownAgent,
                at: subtask.path.appending(key: "agent"),
                "there is no agent \"\(agent)\"",
                name: agent,
                among: index.agents,
                none: "the topology has no agents"
            )
            return
        }
        guard index.isComplete, let capability = subtask.capability,
            index.offers(of: capability, by: subtask.agent).isEmpty
        else { return }
        let path = subtask.path.appending(key: "capability")
        let wanted = CapabilityReference(capability)
        let others = index.offers(of: wanted.name, by: subtask.agent)
        if let version = wanted.version, !others.isEmpty {
            let who = subtask.agent.map { "agent \"\($0)\" does not offer" } ?? "no agent offers"
            let versions = others.compactMap { offer in
                offer.contract.map { "\($0.version) by \(offer.agent)" }
            }
            report(
                .unknownCapability,
                at: path,
                "\(who) capability \"\(wanted.name)\" in version \(version)",
                expected: "there are: \(versions.joined(separator: ", "))"
            )
        } else if let agent = subtask.agent {
            let names = index.offers.filter { $0.agent == agent }.map(\.name)
            reportUnknown(
                .unknownCapability,
                at: path,
                "agent \"\(agent)\" does not offer capability \"\(wanted.name)\"",
                name: wanted.name,
                among: names,
                none: "it offers nothing"
            )
        } else {
            reportUnknown(
                .unknownCapability,
                at: path,
                "no agent offers capability \"\(wanted.name)\"",
                name: wanted.name,
                among: index.names,
                none: "no agent offers anything"
            )
        }
    }
}
