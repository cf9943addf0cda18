import SwarmModel

/// Makes up what the subtasks of a workflow return, so that every reference finds something.
struct MadeUpResults {
    /// A place in a result that the workflow refers to.
    private struct Need {
        var path: [Reference.Component]
        /// Whether something fans out over it.
        var isList: Bool
    }

    let workflow: Workflow
    let order: DependencyOrder
    let elements: Int
    private var input: JSON
    private var needs: [String: [Need]] = [:]
    private var positions: [String: Int] = [:]
    private var results: [[JSON]]
    /// The elements each definition fans out over.
    private(set) var items: [[JSON]?]
    /// The subtasks whose results hold more than their contracts promise, and the input, too.
    private(set) var grown: [String] = []

    /// The most elements a fan-out has here.
    static let elementLimit = 1000

    init(_ workflow: Workflow, _ order: DependencyOrder, input: JSON, elements: Int) {
        self.workflow = workflow
        self.order = order
        self.elements = elements
        self.input = input
        results = Array(repeating: [], count: workflow.subtasks.count)
        items = Array(repeating: nil, count: workflow.subtasks.count)
        for (position, subtask) in workflow.subtasks.enumerated() {
            positions[subtask.name] = position
        }
        for subtask in workflow.subtasks { note(subtask) }
        for reference in workflow.output?.references ?? [] { note(reference, isList: false) }
    }

    private mutating func note(_ subtask: SubtaskDefinition) {
        var references = subtask.arguments.references
        if case .fallback(let fallback)? = subtask.failure.onFailure {
            references += fallback.arguments?.references ?? []
        }
        for reference in references { note(reference, isList: false) }
        for reference in subtask.forEach?.references ?? [] { note(reference, isList: true) }
        guard case .reference(let list)? = subtask.forEach else { return }
        // What a subtask reads of its element must be in every element of the list.
        for reference in references where reference.root == .item {
            note(Reference(root: list.root, path: list.path + [.every] + reference.path))
        }
    }

    private mutating func note(_ reference: Reference, isList: Bool = false) {
        switch reference.root {
        case .subtask(let name):
            needs[name, default: []].append(Need(path: reference.path, isList: isList))
        case .input: needs["", default: []].append(Need(path: reference.path, isList: isList))
        case .item, .itemIndex: break
        }
    }

    /// Makes everything up, in an order in which each subtask finds what it needs; asks for the
    /// contracts of capabilities.
    mutating func make(
        _ contract: (String) -> CapabilityContract?
    ) throws(UserSwarmProblem) -> MadeUpWorkflow {
        let given = input
        for need in needs[""] ?? [] { input = grow(input, need.path[...], isList: need.isList) }
        if input != given { grown.append("the input") }
        for position in order.order {
            let subtask = workflow.subtasks[position]
            if let forEach = subtask.forEach {
                guard
                    case .array(let found)? = made.value(of: forEach, position, -1, values)
                else { throw unresolved("for_each", of: subtask) }
                items[position] = found
                guard found.count <= MadeUpResults.elementLimit else {
                    throw UserSwarmProblem(
                        "subtask \"\(subtask.name)\" fans out over \(found.count) elements, and "
                            + "\(MadeUpResults.elementLimit) can be simulated",
                        hint: "give a smaller input"
                    )
                }
            }
            let schema = contract(subtask.capability)?.returns
            let maker = MadeUpValue(root: schema ?? [:], elements: elements)
            for item in 0..<(items[position]?.count ?? 1) {
                results[position].append(
                    result(of: subtask, by: schema == nil ? nil : maker, number: item)
                )
            }
            for item in items[position]?.indices ?? 0..<1 {
                let element = items[position] == nil ? -1 : item
                guard made.value(of: subtask.arguments, position, element, values) != nil else {
                    throw unresolved("args", of: subtask)
                }
            }
        }
        let workflow = made(isWhole: true)
        if let output = self.workflow.output, workflow.value(of: output, -1, -1, values) == nil {
            throw UserSwarmProblem(
                "the output of the workflow refers to what cannot be made up",
                hint: "declare the results it refers to in \"returns\" of their contracts"
            )
        }
        return workflow
    }

    private mutating func result(
        of subtask: SubtaskDefinition,
        by maker: MadeUpValue?,
        number: Int
    ) -> JSON {
        let promised = maker?.value(named: subtask.name, number: number) ?? .object([:])
        var result = promised
        for need in needs[subtask.name] ?? [] {
            var path = need.path[...]
            var isList = need.isList
            if subtask.forEach != nil {
                // The first step leads to one of the subtasks of the fan-out, or to each.
                guard path.first != nil else { continue }
                path = path.dropFirst()
                isList = isList && !path.isEmpty
            }
            result = grow(result, path, isList: isList)
        }
        if result != promised, !grown.contains(subtask.name) { grown.append(subtask.name) }
        return result
    }

    /// The value with something at the end of a path, where there is nothing yet.
    private func grow(
        _ value: JSON,
        _ path: ArraySlice<Reference.Component>,
        isList: Bool
    ) -> JSON {
        let list = JSON.array(Array(repeating: .object([:]), count: elements))
        guard let step = path.first else {
            if case .array = value { return value }
            return isList ? list : value
        }
        let rest = path.dropFirst()
        switch step {
        case .key(let key):
            var object = value.objectValue ?? [:]
            object[key] = grow(object[key] ?? .string("\(key)-1"), rest, isList: isList)
            return .object(object)
        case .every:
            guard case .array(let found) = value.arrayValue.map(JSON.array) ?? list else {
                return value
            }
            return .array(found.map { grow($0, rest, isList: isList) })
        case .index(let index):
            var found = value.arrayValue ?? []
            guard index < MadeUpResults.elementLimit else { return value }
            while found.count <= index { found.append(.object([:])) }
            found[index] = grow(found[index], rest, isList: isList)
            return .array(found)
        }
    }

    private var made: MadeUpWorkflow { made(isWhole: false) }

    private func made(isWhole: Bool) -> MadeUpWorkflow {
        MadeUpWorkflow(
            workflow: workflow,
            positions: positions,
            input: input,
            results: results,
            items: items,
            isWhole: isWhole
        )
    }

    private func values(of definition: Int) -> [Int64] {
        guard let items = items[definition] else { return [-1] }
        return items.indices.map { Int64($0) }
    }

    private func unresolved(_ what: String, of subtask: SubtaskDefinition) -> UserSwarmProblem {
        UserSwarmProblem(
            "\"\(what)\" of subtask \"\(subtask.name)\" refers to what cannot be made up",
            hint: "declare it in \"returns\" of the contract it comes from, or give it as input"
        )
    }
}
