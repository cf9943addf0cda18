import DequeModule
import SwarmModel

/// One effect a run has, or may have, in the world.
struct EffectEntry: Hashable, Sendable {
    enum State: Hashable, Sendable {
        /// A call was handed out and has not ended. Next: absent, doubtful, present.
        case begun
        /// No call of it had an effect. Next: begun, when it is tried again.
        case absent
        /// A call may have had its effect. Next: present, absent, begun.
        case doubtful
        /// It is there. Next: undoing, and nothing else once its run has succeeded.
        case present
        /// A call that undoes it is under way. Next: undone, failed.
        case undoing
        /// It is gone.
        case undone
        /// It could not be undone. Next: present, when someone wants it tried again.
        case failed
    }

    let subtask: Int32
    let capability: String
    var state = State.begun
    /// Whether an attempt before the present one may have had the effect.
    var isDoubted = false
    /// Whether a person has said to leave the doubt as it is.
    var isAccepted = false
    /// What undoes it, registered before the call.
    var undo: Undo?
    /// The position of the subtask that undoes it, once there is one; else -1.
    var call: Int32 = -1
    /// Its place among the beginnings and ends of all effects of the run.
    var began: UInt64
    var ended: UInt64 = 0

    /// Whether an attempt that has ended may have had the effect.
    var hasDoubt: Bool { isDoubted || state == .doubtful }

    struct Undo: Hashable, Sendable {
        let capability: String
        /// JSON in which `$args.…` and `$result.…` stand for parts of the call.
        @KeptPayload var template: Payload?
        let within: Duration
        /// What the call was given, and what it returned.
        @KeptPayload var arguments: Payload?
        @KeptPayload var result: Payload?
    }
}

/// What a run did to the world, and what has become of it.
///
/// Undo goes against the order of dependencies: an effect is undone once everything that depends on
/// it is (Garcia-Molina and Salem, Sagas, 1987, for chains; here for graphs). Independent effects
/// are undone side by side. Below one subtask of the workflow, where only time tells what depended
/// on what, it goes against the order in which calls were over: a caller before what it delegated,
/// a call before those that were over when it began or came and went while it lasted; the rest side
/// by side. A caller is over when its calls are. So whatever must go first was over last, and the
/// rules cannot contradict each other.
struct UndoLedger: Hashable, Sendable {
    private(set) var entries: [EffectEntry] = []
    /// Effects that can be undone now.
    private(set) var released: Deque<Int32> = []
    private(set) var isUndoing = false
    private var lastEvent: UInt64 = 0
    private var order = Order()

    /// What is worked out when undoing begins.
    private struct Order: Hashable, Sendable {
        /// For each definition, how many of its effects are still to be undone.
        var pending: [Int32] = []
        /// For each definition, how many of those that depend on it are not clear yet.
        var dependents: [Int32] = []
        var isClear: [Bool] = []
        /// Whether something that depends on it could not be undone.
        var isBlocked: [Bool] = []
        /// For each entry, the definition it counts for, and the subtask of the workflow.
        var definitions: [Int32] = []
        var roots: [Int32] = []
        /// For each entry, that of the nearest call which led to its call; -1 for none.
        var callers: [Int32] = []
        /// For each entry, when it and all that its call led to had ended.
        var ends: [UInt64] = []
        /// Positions of entries by root, so that those of one tree stand together.
        var sorted: [Int32] = []
        /// For each definition, the positions of its entries.
        var members: [[Int32]] = []
    }

    var isEmpty: Bool { entries.isEmpty }

    subscript(position: Int) -> EffectEntry {
        get { entries[position] }
        _modify { yield &entries[position] }
    }

    var indices: Range<Int> { entries.indices }

    // MARK: What happens to an effect

    /// A call that will have an effect is handed out for the first time.
    mutating func open(_ subtask: Int32, capability: String) -> Int32 {
        lastEvent += 1
        entries.append(EffectEntry(subtask: subtask, capability: capability, began: lastEvent))
        return Int32(entries.count - 1)
    }

    mutating func reopen(_ position: Int) {
        if entries[position].state == .doubtful { entries[position].isDoubted = true }
        entries[position].state = .begun
    }

    /// One of several calls may have had the effect, whatever the others say.
    mutating func doubt(_ position: Int) { entries[position].isDoubted = true }

    mutating func close(_ position: Int, as state: EffectEntry.State) {
        lastEvent += 1
        // A doubt that is settled later moves nothing: the call itself had ended before.
        if entries[position].state == .begun { entries[position].ended = lastEvent }
        if state == .absent, entries[position].isDoubted {
            entries[position].state = .doubtful
        } else {
            entries[position].state = state
        }
    }

    /// It is certain now that no call had the effect, whatever was doubted before.
    mutating func clear(_ position: Int) {
        entries[position].isDoubted = false
        close(position, as: .absent)
    }

    // MARK: Undoing

    /// Whether anything is there that can be undone and is not confirmed.
    func hasWork(_ isConfirmed: (Int) -> Bool) -> Bool {
        entries.indices.contains {
            entries[$0].state == .present && entries[$0].undo != nil && !isConfirmed($0)
        }
    }

    /// Begins to undo, or begins again after a failure: works out what must come before what.
    ///
    /// - Parameters:
    ///   - graph: The workflow's dependencies.
    ///   - places: For each entry, the definition and the subtask of the workflow it belongs to.
    ///   - callers: For each entry, that of the nearest call which led to its call; -1 for none.
    ///   - isConfirmed: Whether an entry is never undone.
    mutating func start(
        graph: DependencyOrder,
        places: [(definition: Int, root: Int)],
        callers: [Int32],
        isConfirmed: (Int) -> Bool
    ) {
        isUndoing = true
        released = []
        let count = graph.dependents.count
        order = Order()
        order.callers = callers
        order.ends = entries.map(\.ended)
        for position in entries.indices {
            var next = callers[position]
            while next >= 0 {
                order.ends[Int(next)] = max(order.ends[Int(next)], entries[position].ended)
                next = callers[Int(next)]
            }
        }
        order.pending = Array(repeating: 0, count: count)
        order.dependents = graph.dependents.map { Int32($0.count) }
        order.isClear = Array(repeating: false, count: count)
        order.isBlocked = Array(repeating: false, count: count)
        order.members = Array(repeating: [], count: count)
        for position in entries.indices {
            if entries[position].state == .failed { entries[position].state = .present }
            let (definition, root) = places[position]
            order.definitions.append(Int32(definition))
            order.roots.append(Int32(root))
            if isDue(position), !isConfirmed(position) {
                order.pending[definition] += 1
                order.members[definition].append(Int32(position))
                order.sorted.append(Int32(position))
            }
        }
        let roots = order.roots
        order.sorted.sort { (roots[Int($0)], $0) < (roots[Int($1)], $1) }
        // The graph's own word, and not the count, which falls while this goes on: a definition
        // that one listed before it frees must not be freed again.
        for definition in 0..<count where graph.dependents[definition].isEmpty {
            free(definition, graph)
        }
    }

    /// The call that undoes an entry was added.
    mutating func began(_ position: Int) {
        entries[position].state = .undoing
        drop(position)
    }

    mutating func undone(_ position: Int, _ graph: DependencyOrder) {
        entries[position].state = .undone
        let definition = Int(order.definitions[position])
        order.pending[definition] -= 1
        releaseTree(of: position)
        if order.pending[definition] == 0 { settle(definition, graph) }
    }

    /// An entry could not be undone; nothing that must come after it is touched.
    mutating func failed(_ position: Int, _ graph: DependencyOrder) {
        entries[position].state = .failed
        drop(position)
        var open = graph.dependencies[Int(order.definitions[position])]
        while let definition = open.popLast() {
            guard !order.isBlocked[definition] else { continue }
            order.isBlocked[definition] = true
            open += graph.dependencies[definition]
        }
    }

    private mutating func drop(_ position: Int) {
        if released.first == Int32(position) {
            _ = released.removeFirst()
        } else {
            released.removeAll { $0 == Int32(position) }
        }
    }

    private func isDue(_ position: Int) -> Bool {
        entries[position].state == .present && entries[position].undo != nil
    }

    /// Every dependent of a definition is clear: its own effects may go.
    private mutating func free(_ definition: Int, _ graph: DependencyOrder) {
        guard !order.isBlocked[definition] else { return }
        if order.pending[definition] == 0 { return settle(definition, graph) }
        for position in order.members[definition] where isFirst(Int(position)) {
            released.append(position)
        }
    }

    private mutating func settle(_ definition: Int, _ graph: DependencyOrder) {
        var open = [definition]
        while let next = open.popLast() {
            guard !order.isClear[next] else { continue }
            order.isClear[next] = true
            for source in graph.dependencies[next] {
                order.dependents[source] -= 1
                guard order.dependents[source] == 0, !order.isBlocked[source] else { continue }
                if order.pending[source] == 0 {
                    open.append(source)
                } else {
                    free(source, graph)
                }
            }
        }
    }

    /// The entries of the same tree, as a range of `sorted`.
    private func tree(of position: Int) -> ArraySlice<Int32> {
        let root = order.roots[position]
        var low = 0
        var high = order.sorted.count
        while low < high {
            let middle = (low + high) / 2
            if order.roots[Int(order.sorted[middle])] < root {
                low = middle + 1
            } else {
                high = middle
            }
        }
        var end = low
        while end < order.sorted.count, order.roots[Int(order.sorted[end])] == root { end += 1 }
        return order.sorted[low..<end]
    }

    /// Whether no entry of the same tree that is still there must be undone before this one.
    private func isFirst(_ position: Int) -> Bool {
        let tree = tree(of: position)
        guard tree.count > 1 else { return true }
        return !tree.contains { other in
            let entry = entries[Int(other)]
            guard Int(other) != position, entry.state != .undone else { return false }
            if isCaller(other, of: Int32(position)) { return true }
            if isCaller(Int32(position), of: other) { return false }
            return precedes(Int(other), position)
        }
    }

    /// Whether the first must be undone before the second: it began when the second had ended, or
    /// it was under way around it.
    private func precedes(_ first: Int, _ second: Int) -> Bool {
        let (began, ends) = (entries[first].began, order.ends)
        return began > ends[second]
            || (began < entries[second].began && ends[first] > ends[second])
    }

    /// Whether one effect is that of a call which led to the call of the other.
    ///
    /// It is built on what the other gave, even if it ended before: who fails while its calls go on
    /// may have acted all the same.
    private func isCaller(_ caller: Int32, of position: Int32) -> Bool {
        var next = order.callers[Int(position)]
        while next >= 0 {
            if next == caller { return true }
            next = order.callers[Int(next)]
        }
        return false
    }

    private mutating func releaseTree(of position: Int) {
        for other in tree(of: position) {
            guard isDue(Int(other)), !released.contains(other), isFirst(Int(other)) else {
                continue
            }
            released.append(other)
        }
    }
}
