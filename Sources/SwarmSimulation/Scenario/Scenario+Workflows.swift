import SwarmModel

// How a seed becomes workflows.

extension Scenario {
    static func drawWorkflow(
        _ number: Int,
        _ capabilities: [Capability],
        _ semaphores: [NamedSemaphore],
        isLarge: Bool,
        isHasty: Bool,
        _ options: SimulationOptions,
        _ random: inout SimulationRandom
    ) -> ScenarioWorkflow {
        let size = min(Int(random.spread(12...160)), options.maximumSubtasks)
        let shape = WorkflowShape(
            random.pick(WorkflowShape.Family.allCases),
            size: size,
            random: &random
        )
        var definitions: [ScenarioWorkflow.Definition] = []
        var inputLength: Int?
        let isOrderly = random.perMille(700)
        for (position, node) in shape.nodes.enumerated() {
            let capability = random.below(capabilities.count)
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
            if random.perMille(80) {
                definition.timeout = .milliseconds(random.spread(2_000...9_000))
            }
            if random.perMille(80) {
                definition.retry = PartialRetryPolicy(
                    maxAttempts: random.within(1...5),
                    initial: .milliseconds(random.spread(1...500)),
                    maximum: .seconds(2)
                )
            }
            definitions.append(definition)
        }
        let deadline = isHasty ? random.spread(500...30_000) : 0
        return ScenarioWorkflow(
            name: "w\(number)",
            definitions: definitions,
            inputLength: inputLength ?? 0,
            deadline: deadline,
            semaphores: semaphores
        )
    }
}

extension ScenarioWorkflow {
    /// Writes the definitions as a workflow document and reads it as a coordinator would.
    init(
        name: String,
        definitions: [Definition],
        inputLength: Int,
        deadline: Int64,
        semaphores: [NamedSemaphore]
    ) {
        var subtasks: [(String, JSON)] = []
        for (position, definition) in definitions.enumerated() {
            subtasks.append(
                (
                    definition.name,
                    ScenarioWorkflow.document(of: position, in: definitions, semaphores)
                )
            )
        }
        var members: [(String, JSON)] = [
            ("schema_version", .integer(1)), ("name", .string(name)),
            ("subtasks", JSON(members: subtasks)),
        ]
        if let last = definitions.last, last.fanOut == nil {
            members.append(("output", .string("${\(last.name).v}")))
        }
        if deadline > 0 {
            members.append(("limits", JSON(members: [("deadline", .string("\(deadline)ms"))])))
        }
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
        for (position, definition) in definitions.enumerated() {
            positions[definition.name] = position
        }
    }

    private static func document(
        of position: Int,
        in definitions: [Definition],
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
            ("capability", .string(ScenarioNames.capability(definition.capability))),
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
        if let retry = definition.retry { members.append(("retry", retry.json)) }
        return JSON(members: members)
    }
}
