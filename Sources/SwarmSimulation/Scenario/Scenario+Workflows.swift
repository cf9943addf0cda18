import SwarmModel

// How a seed becomes workflows.

extension Scenario {
    static func drawWorkflow(
        _ number: Int,
        _ capabilities: [Capability],
        _ semaphores: [NamedSemaphore],
        _ limits: RunLimits?,
        isLarge: Bool,
        isHasty: Bool,
        _ style: SpendingStyle?,
        isFlawed: Bool,
        _ options: SimulationOptions,
        _ random: inout SimulationRandom
    ) -> () -> ScenarioWorkflow {
        let size = min(Int(random.spread(12...160)), options.maximumSubtasks)
        let shape = WorkflowShape(
            random.pick(WorkflowShape.Family.allCases),
            size: size,
            random: &random
        )
        let work = capabilities.indices.filter { capabilities[$0].role == .work }
        let safe = work.filter { capabilities[$0].isSafe && capabilities[$0].undo == nil }
        var definitions: [ScenarioWorkflow.Definition] = []
        var inputLength: Int?
        let isOrderly = random.perMille(700)
        for (position, node) in shape.nodes.enumerated() {
            let capability = random.pick(work)
            var definition = ScenarioWorkflow.Definition(
                name: ScenarioNames.definition(position),
                capability: capability,
                needs: node.needs,
                readsNeeds: random.perMille(600),
                priority: isOrderly ? 0 : random.within(-1...2),
                semaphores: [],
                isLarge: isLarge && random.perMille(200)
            )
            if let elements = node.elements {
                if let source = node.needs.first, shape.nodes[source].elements == nil {
                    // The first that fans out over a definition says how long its list is.
                    let count = definitions[source].listLength ?? elements
                    definitions[source].listLength = count
                    definition.fanOut = .init(source: source, count: count)
                } else {
                    let count = inputLength ?? elements
                    inputLength = count
                    definition.fanOut = .init(source: nil, count: count)
                }
                if random.perMille(400) { definition.maximumParallel = random.within(1...6) }
            }
            if !semaphores.isEmpty, random.perMille(200) {
                definition.semaphores = [random.below(semaphores.count)]
                if semaphores.count > 1, random.perMille(300) { definition.semaphores = [0, 1] }
            }
            if random.perMille(80) { definition.agent = capabilities[capability].agents[0] }
            let timeout = random.spread(2_000...9_000)
            if random.perMille(80), !capabilities[capability].delegates {
                definition.timeout = .milliseconds(timeout)
            }
            if random.perMille(80) {
                definition.retry = PartialRetryPolicy(
                    maxAttempts: random.within(1...5),
                    initial: .milliseconds(random.spread(1...500)),
                    maximum: .seconds(2)
                )
            }
            if random.perMille(120) {
                definition.onFailure = random.pick([.undo, .abort, .skip, .skip, .ask])
                if !safe.isEmpty, random.perMille(350) {
                    definition.onFailure = .fallback(random.pick(safe))
                }
            }
            if capabilities[capability].unknownOutcome == .fail, !safe.isEmpty,
                random.perMille(300)
            {
                // Another call in the place of one that may have happened would do harm.
                definition.onFailure = .fallback(random.pick(safe))
            }
            definitions.append(definition)
        }
        Scenario.drawPivot(in: &definitions, capabilities, &random)
        if random.perMille(300) { definitions = Scenario.shuffled(definitions, &random) }
        var spending = SpendingStyle.stream(options.seed, 2 << 60 + UInt64(number))
        var budget: Budget?
        var onExhausted: OnExhausted?
        if let style {
            Scenario.drawFinally(in: &definitions, &spending)
            if spending.perMille(300) {
                let own = SpendingStyle.budget(most: 100, &spending)
                budget = style.runBudget.map { own.lowered(by: $0) } ?? own
            }
            if spending.perMille(300) { onExhausted = spending.pick([.stop, .wrapUp]) }
        }
        let deadline = isHasty ? random.spread(500...30_000) : 0
        let lowered = Scenario.lowered(limits, deadline: deadline, &random)
        let isUnresolved = isFlawed && random.perMille(30)
        return { [definitions, inputLength, budget, onExhausted] in
            ScenarioWorkflow(
                name: "w\(number)",
                definitions: definitions,
                inputLength: inputLength ?? 0,
                limits: lowered,
                budget: budget,
                onExhausted: onExhausted,
                isUnresolved: isUnresolved,
                capabilities: capabilities,
                semaphores: semaphores
            )
        }
    }

    /// The limits a workflow asks for, which may only lower those of the topology.
    private static func lowered(
        _ limits: RunLimits?,
        deadline: Int64,
        _ random: inout SimulationRandom
    ) -> WorkflowLimits {
        var lowered = WorkflowLimits()
        if deadline > 0 { lowered.deadline = .milliseconds(deadline) }
        guard let limits else { return lowered }
        func draw(_ range: ClosedRange<Int>) -> Int? {
            let value = random.within(range)
            return random.perMille(250) ? value : nil
        }
        lowered.delegationDepth = draw(0...limits.delegationDepth)
        lowered.children = draw(0...limits.children)
        lowered.delegatedSubtasks = draw(1...limits.delegatedSubtasks)
        lowered.repeatThreshold = draw(1...limits.repeatThreshold)
        return lowered
    }

    /// The same definitions in any order: a workflow may list a step before what it needs.
    private static func shuffled(
        _ definitions: [ScenarioWorkflow.Definition],
        _ random: inout SimulationRandom
    ) -> [ScenarioWorkflow.Definition] {
        var order = Array(definitions.indices)
        for last in order.indices.dropFirst().reversed() {
            order.swapAt(last, random.below(last + 1))
        }
        var places = order
        for (place, former) in order.enumerated() { places[former] = place }
        return order.map { former in
            var definition = definitions[former]
            definition.needs = definition.needs.map { places[$0] }
            if let source = definition.fanOut?.source {
                definition.fanOut?.source = places[source]
            }
            return definition
        }
    }

    /// Makes a definition the pivot, where everything behind it is safe to repeat and stays.
    private static func drawPivot(
        in definitions: inout [ScenarioWorkflow.Definition],
        _ capabilities: [Capability],
        _ random: inout SimulationRandom
    ) {
        let candidate = random.below(definitions.count)
        guard random.perMille(500), definitions[candidate].fanOut == nil else { return }
        var behind: Set<Int> = [candidate]
        for position in definitions.indices
        where definitions[position].needs.contains(where: { behind.contains($0) }) {
            behind.insert(position)
            let capability = capabilities[definitions[position].capability]
            guard !capability.changesWorld || (capability.isIdempotent && capability.undo == nil)
            else { return }
        }
        definitions[candidate].isPivot = true
        guard random.perMille(500) else { return }
        // One that is left out confirms nothing.
        definitions[candidate].onFailure = .skip
        definitions[candidate].retry = PartialRetryPolicy(maxAttempts: 1)
    }
}

extension ScenarioWorkflow {
    /// Writes the definitions as a workflow document and reads it as a coordinator would.
    init(
        name: String,
        definitions: [Definition],
        inputLength: Int,
        limits: WorkflowLimits,
        budget: Budget?,
        onExhausted: OnExhausted?,
        isUnresolved: Bool,
        capabilities: [Scenario.Capability],
        semaphores: [NamedSemaphore]
    ) {
        var subtasks: [(String, JSON)] = []
        for (position, definition) in definitions.enumerated() {
            subtasks.append(
                (
                    definition.name,
                    ScenarioWorkflow.document(
                        of: position,
                        in: definitions,
                        capabilities,
                        semaphores
                    )
                )
            )
        }
        var members: [(String, JSON)] = [
            ("schema_version", .integer(1)), ("name", .string(name)),
            ("subtasks", JSON(members: subtasks)),
        ]
        if let last = definitions.last, last.fanOut == nil {
            // Or what no result has.
            let member = isUnresolved ? "nothing" : "v"
            members.append(("output", .string("${\(last.name).\(member)}")))
        }
        members.append(("limits", ScenarioWorkflow.document(of: limits)))
        if let budget { members.append(("budget", ScenarioWorkflow.document(of: budget))) }
        if let onExhausted { members.append(("on_exhausted", .string(onExhausted.rawValue))) }
        self.limits = limits
        do { workflow = try Workflow(json: JSON(members: members)) } catch {
            preconditionFailure("a drawn workflow is wrong: \(error)")
        }
        var text = "{\"items\":["
        for item in 0..<inputLength { text += (item > 0 ? "," : "") + "\(item * 7)" }
        input = Array((text + "]}").utf8)
        digest = Digest(words: (7, 7, UInt64(name.utf8.last ?? 0), UInt64(definitions.count)))
        self.definitions = definitions
        positions = [:]
        dependents = Array(repeating: [], count: definitions.count)
        for (position, definition) in definitions.enumerated() {
            for need in definition.needs { dependents[need].append(position) }
        }
        confirmed = []
        for position in definitions.indices where definitions[position].isPivot {
            var open = [position]
            while let next = open.popLast() {
                guard !confirmed.contains(next) else { continue }
                confirmed.append(next)
                open += definitions[next].needs
            }
        }
        for (position, definition) in definitions.enumerated() {
            positions[definition.name] = position
        }
    }

    private static func document(of budget: Budget) -> JSON {
        var members: [(String, JSON)] = []
        if let usd = budget.usd.flatMap({ JSON($0) }) { members.append(("usd", usd)) }
        if let tokens = budget.tokens { members.append(("tokens", .integer(Int64(tokens)))) }
        if let calls = budget.calls { members.append(("calls", .integer(Int64(calls)))) }
        if let time = budget.time { members.append(("time", .string(time.configurationText))) }
        return JSON(members: members)
    }

    private static func document(of limits: WorkflowLimits) -> JSON {
        var members: [(String, JSON)] = []
        if let deadline = limits.deadline {
            members.append(("deadline", .string(deadline.configurationText)))
        }
        let counts = [
            ("delegation_depth", limits.delegationDepth), ("children", limits.children),
            ("delegated_subtasks", limits.delegatedSubtasks),
            ("repeat_threshold", limits.repeatThreshold),
        ]
        for (key, count) in counts {
            if let count { members.append((key, .integer(Int64(count)))) }
        }
        return JSON(members: members)
    }

    private static func document(
        of position: Int,
        in definitions: [Definition],
        _ capabilities: [Scenario.Capability],
        _ semaphores: [NamedSemaphore]
    ) -> JSON {
        let definition = definitions[position]
        var arguments: [(String, JSON)] = [("n", .integer(Int64(position)))]
        if definition.readsNeeds {
            for (index, need) in definition.needs.enumerated() {
                let every = definitions[need].fanOut == nil ? "" : "[*]"
                arguments.append(("d\(index)", .string("${\(definitions[need].name)\(every).v}")))
            }
        }
        if definition.fanOut != nil {
            arguments.append(("x", .string("${item}")))
            arguments.append(("i", .string("${item_index}")))
        }
        var members: [(String, JSON)] = [
            ("capability", .string(capabilities[definition.capability].name)),
            ("args", JSON(members: arguments)),
        ]
        if !definition.readsNeeds, !definition.needs.isEmpty {
            members.append(
                ("needs", .array(definition.needs.map { .string(definitions[$0].name) }))
            )
        }
        if let fanOut = definition.fanOut {
            let source = fanOut.source.map { "${\(definitions[$0].name).list}" }
            members.append(("for_each", .string(source ?? "${input.items}")))
        }
        if let limit = definition.maximumParallel {
            members.append(("max_parallel", .integer(Int64(limit))))
        }
        if definition.priority != 0 {
            members.append(("priority", .integer(Int64(definition.priority))))
        }
        if !definition.semaphores.isEmpty {
            members.append(
                ("semaphores", .array(definition.semaphores.map { .string(semaphores[$0].name) }))
            )
        }
        if let agent = definition.agent {
            members.append(("agent", .string(ScenarioNames.agent(agent))))
        }
        if let timeout = definition.timeout {
            members.append(("timeout", .string(timeout.configurationText)))
        }
        if definition.isPivot { members.append(("pivot", .bool(true))) }
        if definition.isFinally { members.append(("finally", .bool(true))) }
        if let policy = definition.onFailure {
            let words: JSON =
                switch policy {
                case .undo: "undo"
                case .abort: "abort"
                case .skip: "skip"
                case .ask: "ask"
                case .fallback(let other):
                    JSON(members: [
                        (
                            "fallback",
                            JSON(members: [("capability", .string(capabilities[other].name))])
                        )
                    ])
                }
            members.append(("on_failure", words))
        }
        if let retry = definition.retry { members.append(("retry", retry.json)) }
        return JSON(members: members)
    }
}
