import SwarmModel

/// A workflow with everything worked out that is the same for each of its runs.
///
/// A class only so that passing it around costs one reference; it never changes.
final class CompiledWorkflow: Hashable, Sendable {
    let digest: Digest
    let workflow: Workflow
    let graph: DependencyOrder
    /// Arguments that hold no reference, already as bytes.
    let constantArguments: [[UInt8]?]
    /// What routing and scheduling ask of each definition, side by side, so that asking copies no
    /// definition.
    let names: [String]
    let priorities: [Int]
    let timeouts: [Duration?]
    /// Definitions after whose success nothing before them is undone.
    let pivots: [Int]
    let fansOut: [Bool]
    /// Whether anything refers to what a definition returns; if not, its result need not stay in
    /// memory once it is in the journal.
    let isReferred: [Bool]
    /// For each definition, the definitions whose results its templates read.
    let readsFrom: [[Int]]
    /// Where each name stands.
    let positions: [String: Int]

    init(digest: Digest, workflow: Workflow) throws(WorkflowError) {
        self.digest = digest
        self.workflow = workflow
        graph = try DependencyOrder(of: workflow)
        names = workflow.subtasks.map(\.name)
        priorities = workflow.subtasks.map(\.priority)
        timeouts = workflow.subtasks.map(\.timeout)
        pivots = workflow.subtasks.indices.filter { workflow.subtasks[$0].isPivot }
        fansOut = workflow.subtasks.map { $0.forEach != nil }
        constantArguments = workflow.subtasks.map { subtask in
            if case .constant(let json) = subtask.arguments { json.encoded() } else { nil }
        }
        var positions: [String: Int] = [:]
        for (position, subtask) in workflow.subtasks.enumerated() {
            positions[subtask.name] = position
        }
        self.positions = positions
        func referred(by references: [Reference]) -> [Int] {
            references.compactMap { reference in
                if case .subtask(let name) = reference.root { positions[name] } else { nil }
            }
        }
        var isReferred = Array(repeating: false, count: workflow.subtasks.count)
        readsFrom = workflow.subtasks.map { subtask in
            let sources = referred(
                by: subtask.arguments.references + (subtask.forEach?.references ?? [])
            )
            for source in sources { isReferred[source] = true }
            return sources
        }
        for source in referred(by: workflow.output?.references ?? []) { isReferred[source] = true }
        self.isReferred = isReferred
    }

    static func == (left: CompiledWorkflow, right: CompiledWorkflow) -> Bool {
        left.digest == right.digest
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// The workflows that runs refer to, each compiled once.
///
/// Slots are reused when no run refers to them any more and many newer workflows have come, so that
/// a swarm which is sent a fresh workflow with each call does not grow.
struct WorkflowTable: Hashable, Sendable {
    private(set) var slots: [CompiledWorkflow?] = []
    /// For each slot and definition, the lane its subtasks queue in.
    private(set) var lanes: [[Int]] = []
    private var runs: [Int] = []
    private var places: [Digest: Int] = [:]
    /// Slots no run refers to, the longest idle first.
    private var idle: [Int] = []

    /// How many workflows without runs are kept compiled.
    static let idleLimit = 64

    func slot(of digest: Digest) -> Int? { places[digest] }

    subscript(slot: Int) -> CompiledWorkflow {
        guard let compiled = slots[slot] else {
            preconditionFailure("workflow slot \(slot) is empty while a run refers to it")
        }
        return compiled
    }

    mutating func register(_ compiled: CompiledWorkflow, lanes queue: [Int]) {
        guard places[compiled.digest] == nil else { return }
        let slot: Int
        if idle.count > WorkflowTable.idleLimit {
            slot = idle.removeFirst()
            if let old = slots[slot] { places[old.digest] = nil }
            slots[slot] = compiled
            lanes[slot] = queue
            runs[slot] = 0
        } else {
            slot = slots.count
            slots.append(compiled)
            lanes.append(queue)
            runs.append(0)
        }
        places[compiled.digest] = slot
        idle.append(slot)
    }

    mutating func retain(_ slot: Int) {
        if runs[slot] == 0 { idle.removeAll { $0 == slot } }
        runs[slot] += 1
    }

    mutating func release(_ slot: Int) {
        runs[slot] -= 1
        precondition(runs[slot] >= 0, "workflow slot \(slot) released more often than retained")
        if runs[slot] == 0 { idle.append(slot) }
    }
}
