import DequeModule
import SwarmModel

/// A subtask that waits for a worker.
struct ReadyEntry: Hashable, Sendable {
    let run: RunID
    let index: Int32
    /// When it became ready, as a count; smaller goes first.
    let order: UInt64
    /// When it became ready.
    let since: Instant
}

/// Subtasks in the order they shall run: larger priority first, then first come, first served.
///
/// Waiting counts: each ``agingStep`` is worth one of priority, and after ``agingLimit`` a subtask
/// goes before all others but those that undo. So nothing is overtaken for longer than that,
/// however much of larger priority keeps coming.
struct ReadyQueue: Hashable, Sendable {
    static let agingStep: Duration = .seconds(10)
    static let agingLimit: Duration = .seconds(300)
    /// The rank of what has waited for ``agingLimit``; priorities from files are far below.
    static let agedRank = 1_000_000

    private struct Level: Hashable, Sendable {
        var priority: Int
        var entries: Deque<ReadyEntry>
    }

    /// Larger priorities first; no level is empty.
    private var levels: [Level] = []

    var isEmpty: Bool { levels.isEmpty }

    /// The next entry, and what its priority has grown to.
    func first(at now: Instant) -> (rank: Int, entry: ReadyEntry)? {
        var best: (rank: Int, entry: ReadyEntry)?
        for level in levels {
            guard let entry = level.entries.first else { continue }
            let rank = ReadyQueue.rank(level.priority, after: now - entry.since)
            if let best, (rank, best.entry.order) <= (best.rank, entry.order) { continue }
            best = (rank, entry)
        }
        return best
    }

    static func rank(_ priority: Int, after waited: Duration) -> Int {
        guard priority < agedRank, waited >= agingStep else { return priority }
        guard waited < agingLimit else { return agedRank }
        let steps = waited.wholeMicroseconds / agingStep.wholeMicroseconds
        return min(priority + Int(steps), agedRank - 1)
    }

    /// The entry that has waited longest, whatever its priority.
    var longestWaiting: ReadyEntry? {
        levels.lazy.compactMap(\.entries.first).min { $0.order < $1.order }
    }

    /// When the latest entry became ready, as a count; it may have left since.
    private(set) var newest: UInt64 = 0

    /// The entries that came after another, larger priority first.
    func entries(after order: UInt64) -> [ReadyEntry] {
        levels.flatMap { level in level.entries.filter { $0.order > order } }
    }

    /// What a closure finds among the next entries, asked in the order they would run; it says nil
    /// to be asked on.
    func firstMatch<Found>(
        ofNext limit: Int,
        at now: Instant,
        _ body: (ReadyEntry) -> Found?
    ) -> Found? {
        var next = levels.map { _ in 0 }
        for _ in 0..<limit {
            var best: (rank: Int, order: UInt64, level: Int)?
            for (position, level) in levels.enumerated() where next[position] < level.entries.count
            {
                let entry = level.entries[next[position]]
                let rank = ReadyQueue.rank(level.priority, after: now - entry.since)
                if let best, (rank, best.order) <= (best.rank, entry.order) { continue }
                best = (rank, entry.order, position)
            }
            guard let level = best?.level else { return nil }
            let entry = levels[level].entries[next[level]]
            next[level] += 1
            if let found = body(entry) { return found }
        }
        return nil
    }

    var count: Int { levels.reduce(0) { $0 + $1.entries.count } }

    mutating func append(_ entry: ReadyEntry, priority: Int) {
        newest = entry.order
        for position in levels.indices {
            if levels[position].priority == priority {
                levels[position].entries.append(entry)
                return
            }
            if levels[position].priority < priority {
                levels.insert(Level(priority: priority, entries: [entry]), at: position)
                return
            }
        }
        levels.append(Level(priority: priority, entries: [entry]))
    }

    /// Takes out the entry of this order; it is the first but for a subtask that was dispatched
    /// out of turn.
    mutating func remove(_ order: UInt64, priority: Int) {
        guard let level = levels.firstIndex(where: { $0.priority == priority }) else { return }
        if levels[level].entries.first?.order == order {
            levels[level].entries.removeFirst()
        } else if let position = levels[level].entries.firstIndex(where: { $0.order == order }) {
            levels[level].entries.remove(at: position)
        }
        if levels[level].entries.isEmpty { levels.remove(at: level) }
    }

    mutating func removeAll(of run: RunID, where isWanted: (Int) -> Bool) {
        for level in levels.indices {
            levels[level].entries.removeAll { $0.run == run && isWanted(Int($0.index)) }
        }
        levels.removeAll { $0.entries.isEmpty }
    }
}
