import SwarmModel

/// Where one subtask stands.
enum SubtaskPhase: Hashable, Sendable {
    /// In the ready queue, or waiting for a semaphore. Next: running, failed, cancelled.
    case ready
    /// Waiting for its retry delay to pass. Next: ready, cancelled.
    case waiting
    /// A worker has it. Next: succeeded, waiting, ready, verifying, asking, failed, cancelled.
    case running
    /// Held back by `max_parallel`. Next: ready, cancelled.
    case held
    /// A tool is asked whether its call happened. Next: succeeded, ready, asking, cancelled.
    case verifying
    /// A person is asked. Next: succeeded, ready, skipped, cancelled.
    case asking(Doubt)
    /// Ends.
    case succeeded, failed, cancelled, skipped

    /// Whether it waits for someone to say what happened, or what shall.
    var isInDoubt: Bool {
        switch self {
        case .verifying, .asking: true
        default: false
        }
    }
}

/// One subtask of a run: small, so that a million of them fit in memory.
struct Subtask: Hashable, Sendable {
    /// The position of its definition in the workflow; -1 for a call that it does not define.
    var definition: Int32
    /// Which element of the fan-out; -1 when its definition does not fan out.
    var item: Int32
    /// The position among the calls of its run of how it is called; -1 as its definition says.
    var call: Int32 = -1
    /// The position of its effect in the undo ledger; -1 while it has none.
    var effect: Int32 = -1
    /// The slot of the worker that gave an invalid result; -1 for none.
    var avoids: Int32 = -1
    var attempt: UInt16 = 0
    /// How often it came back unbegun.
    var returns: UInt8 = 0
    /// How often a result of it broke its contract.
    var invalid: UInt8 = 0
    var phase: SubtaskPhase
    /// The slot of the worker that has it; meaningless unless running.
    var worker: Int32 = -1
    /// Its place in the ready order, also told apart a stale retry.
    var order: UInt64 = 0
    var lease: UInt64 = 0
    /// When it was first handed to a worker.
    var first: Instant?
    /// What it returned, while something may still refer to it.
    @KeptPayload var result: Payload?

    var isDone: Bool {
        switch phase {
        case .succeeded, .failed, .cancelled, .skipped: true
        case .ready, .waiting, .running, .held, .verifying, .asking: false
        }
    }
}

/// All subtasks of one definition in one run.
struct SubtaskGroup: Hashable, Sendable {
    /// How many of the definitions it depends on are not complete yet.
    var unmet: Int32
    /// The first of its subtasks; -1 before they exist.
    var base: Int32 = -1
    var count: Int32 = 0
    var succeeded: Int32 = 0
    /// How many of its subtasks were left out.
    var skipped: Int32 = 0
    /// The position of a definition it needs and cannot have; -1 for none.
    var missing: Int32 = -1
    /// How many of its subtasks have left `held`, which start in item order.
    var released: Int32 = 0
    /// Definitions that still may read its results, and the output of the workflow.
    var readers: Int32 = 0

    /// Whether all its subtasks are through.
    var isComplete: Bool { base >= 0 && succeeded + skipped == count }

    /// Whether nothing of it gave a result, so that what needs it cannot be either.
    var isSkipped: Bool { missing >= 0 || (count > 0 && skipped == count) }
}

/// One execution of a workflow.
struct Run: Hashable, Sendable {
    let id: RunID
    let workflow: Int
    var input: Payload
    let submitted: Instant
    let deadline: Instant?
    var groups: [SubtaskGroup]
    var subtasks: [Subtask] = []
    /// Definitions that are not complete.
    var incomplete: Int
    /// Ordinary subtasks a worker has, or is being asked to give up.
    var running = 0
    /// Second tries of subtasks that run elsewhere already.
    var hedges: [Hedge] = []
    /// How subtasks are called that are not called as the workflow says.
    var calls: [Call] = []
    /// Calls that undo or verify and have not ended.
    var openCalls = 0
    /// Subtasks that wait for someone to say what happened, or what shall.
    var inDoubt = 0
    /// What it did to the world.
    var undo = UndoLedger()
    /// Whether it could not be undone, and waits for someone to mend the cause.
    var isParked = false
    /// Whether someone accepted what could not be undone.
    var isAccepted = false
    /// What the circuit breaker of its workflow gave it.
    var permit: CircuitBreaker.Permit?
    /// What it may not exceed, as it was when the run was submitted.
    let limits: RunLimits
    /// What it has spent, and may.
    var budget: BudgetLedger
    /// Whether anything limits what it spends.
    var isMetered: Bool
    /// Why only what is marked `finally` still starts, once that is so.
    var wrapUp: Failure?
    /// Who has delegated to whom.
    var delegation = DelegationTree()
    /// Calls refused to workers that may still ask for them again.
    var refusals: [RefusedCall] = []
    /// Looks for loops among the delegated calls.
    ///
    /// Derived, so no part of the state.
    var loops = LoopCache()
    /// How it will end, once nothing of it runs any more.
    var ending: RunEnding?
    /// Definitions whose fan-out can be worked out now.
    var expandable: [Int32] = []
    /// Definitions that need what was left out, and so are left out too.
    var skippable: [Int32] = []
    /// Values read from payloads, so that a fan-out parses its source once.
    ///
    /// Derived, so no part of the state.
    var values = ValueCache()

    init(
        submission: RunSubmitted,
        at time: Instant,
        slot: Int,
        compiled: CompiledWorkflow,
        plan: SwarmPlan?
    ) {
        limits = (plan?.topology.coordinator.limits ?? RunLimits())
            .lowered(by: compiled.workflow)
        budget = Run.ledger(limits, plan, at: time)
        isMetered = budget.isLimited
        id = submission.run
        workflow = slot
        input = submission.input
        submitted = time
        deadline = submission.deadline
        groups = compiled.graph.dependencies.map { SubtaskGroup(unmet: Int32($0.count)) }
        for sources in compiled.readsFrom {
            for source in sources { groups[source].readers += 1 }
        }
        for reference in compiled.workflow.output?.references ?? [] {
            if case .subtask(let name) = reference.root, let source = compiled.positions[name] {
                groups[source].readers += 1
            }
        }
        incomplete = groups.count
        subtasks.reserveCapacity(groups.count)
    }

    /// Gives back the memory of a run that has ended.
    mutating func vacate() {
        groups = []
        subtasks = []
        values = ValueCache()
        ending = nil
        expandable = []
        skippable = []
        calls = []
        hedges = []
        undo = UndoLedger()
        budget = BudgetLedger(limit: Allowance(), start: submitted)
        delegation = DelegationTree()
        refusals = []
        loops = LoopCache()
    }

    /// Whether something may still look inside its input and results: while it goes on, and while
    /// the arguments of a call in doubt may be needed to verify it.
    var needsValues: Bool { ending == nil || inDoubt > 0 || !undo.isEmpty }

    func forEachUndoPayload(_ note: (Payload?) -> Void) {
        for position in undo.indices {
            note(undo[position].undo?.template)
            note(undo[position].undo?.arguments)
            note(undo[position].undo?.result)
        }
    }

    /// Whether something that undoes a subtask is registered.
    func hasUndo(_ index: Int) -> Bool {
        let effect = Int(subtasks[index].effect)
        return effect >= 0 && undo[effect].undo != nil
    }

    func id(of index: Int, in compiled: CompiledWorkflow) -> SubtaskID {
        let subtask = subtasks[index]
        if subtask.definition < 0 {
            let name = calls[Int(subtask.call)].name
            return SubtaskID(run: id, index: Int32(index), name: name)
        }
        return SubtaskID(
            run: id,
            index: Int32(index),
            name: compiled.names[Int(subtask.definition)],
            item: subtask.item < 0 ? nil : subtask.item
        )
    }
}

/// Parsed forms of payloads a run refers to; rebuilt on demand, equal to any other cache.
struct ValueCache: Hashable, Sendable {
    var input: JSON?
    /// The elements a definition fans out over, by definition.
    var items: [Int: [JSON]] = [:]
    /// The parsed result of a definition that does not fan out.
    var results: [Int: JSON] = [:]
    /// The parsed results of a definition that does.
    var arrays: [Int: [JSON]] = [:]

    static func == (left: ValueCache, right: ValueCache) -> Bool { true }

    func hash(into hasher: inout Hasher) {}
}

/// The runs that have not ended, in slots so that they are changed in place.
struct RunTable: Hashable, Sendable {
    /// The runs themselves; a slot without a run holds what is left of its last.
    ///
    /// Read and changed in place through the array. A subscript of our own that yields an element
    /// would do for readers, but the compiler (6.3.1, without optimisation) reads a part of what
    /// was yielded after it has been given back.
    var slots: [Run] = []
    private var free: [Int] = []
    private var places: [RunID: Int] = [:]

    var count: Int { places.count }

    /// Slots of all live runs, in slot order.
    var live: [Int] { slots.indices.filter { places[slots[$0].id] == $0 } }

    func slot(of id: RunID) -> Int? { places[id] }

    /// Whether a slot holds a run that has not ended.
    func isLive(_ slot: Int) -> Bool { places[slots[slot].id] == slot }

    mutating func insert(_ run: Run) {
        precondition(places[run.id] == nil, "\(run.id) exists already")
        if let slot = free.popLast() {
            slots[slot] = run
            places[run.id] = slot
        } else {
            places[run.id] = slots.count
            slots.append(run)
        }
    }

    mutating func remove(_ id: RunID) {
        guard let slot = places.removeValue(forKey: id) else {
            preconditionFailure("\(id) ended twice")
        }
        slots[slot].vacate()
        free.append(slot)
    }
}
