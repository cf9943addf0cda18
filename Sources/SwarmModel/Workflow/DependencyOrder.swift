/// The subtasks of a workflow in an order in which each comes after what it depends on.
///
/// Also the check that such an order exists. Kahn's algorithm, ties in file order, so the result is
/// the same everywhere.
public struct DependencyOrder: Hashable, Sendable {
    /// For each definition, by position in the file, the positions of what it waits for.
    public var dependencies: [[Int]]
    /// For each definition the positions of what waits for it.
    public var dependents: [[Int]]
    /// All positions in dependency order.
    public var order: [Int]

    /// Orders a workflow.
    ///
    /// - Throws: ``WorkflowError`` for a dependency that does not exist, or a cycle, which is named
    ///   step by step.
    public init(of workflow: Workflow) throws(WorkflowError) {
        var positions: [String: Int] = [:]
        positions.reserveCapacity(workflow.subtasks.count)
        for (position, subtask) in workflow.subtasks.enumerated() {
            positions[subtask.name] = position
        }
        dependencies = []
        dependencies.reserveCapacity(workflow.subtasks.count)
        dependents = Array(repeating: [], count: workflow.subtasks.count)
        for (position, subtask) in workflow.subtasks.enumerated() {
            var list: [Int] = []
            for name in subtask.dependencies {
                guard let dependency = positions[name] else {
                    throw WorkflowError(
                        path: "subtasks.\(subtask.name)",
                        reason: "no subtask is named \"\(name)\""
                    )
                }
                list.append(dependency)
                dependents[dependency].append(position)
            }
            dependencies.append(list)
        }
        for reference in workflow.output?.references ?? [] {
            guard case .subtask(let name) = reference.root, positions[name] == nil else { continue }
            throw WorkflowError(path: "output", reason: "no subtask is named \"\(name)\"")
        }
        order = []
        order.reserveCapacity(workflow.subtasks.count)
        var waiting = dependencies.map(\.count)
        for position in waiting.indices where waiting[position] == 0 { order.append(position) }
        var next = 0
        while next < order.count {
            for dependent in dependents[order[next]] {
                waiting[dependent] -= 1
                if waiting[dependent] == 0 { order.append(dependent) }
            }
            next += 1
        }
        guard order.count < workflow.subtasks.count else { return }
        // Following unmet dependencies from any unordered subtask must come back to one visited.
        var trail: [Int] = []
        var current = waiting.firstIndex { $0 > 0 } ?? 0
        while !trail.contains(current) {
            trail.append(current)
            current = dependencies[current].first { waiting[$0] > 0 } ?? current
        }
        let start = trail.firstIndex(of: current) ?? 0
        let cycle = (trail[start...] + [current]).map { workflow.subtasks[$0].name }
        throw WorkflowError(
            path: "subtasks",
            reason: "a cycle: \(cycle.joined(separator: " needs "))"
        )
    }
}
