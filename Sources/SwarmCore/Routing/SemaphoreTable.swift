import SwarmModel

/// Named semaphores of the swarm: at most so many subtasks at once, over all workers.
///
/// All semaphores of a subtask are taken together when it is dispatched and given back together, so
/// no subtask ever holds one while it waits for another, and no deadlock can arise.
struct SemaphoreTable: Hashable, Sendable {
    struct Semaphore: Hashable, Sendable {
        let name: String
        var permits: Int
        var held = 0
        /// How long a subtask may wait for a permit, and how long an attempt may hold one.
        var maxWait: Duration?
        var maxHold: Duration?
    }

    private(set) var semaphores: [Semaphore] = []
    private var positions: [String: Int] = [:]

    /// Takes over the declared semaphores; what is held stays held, even above a lowered limit.
    mutating func configure(_ declared: [NamedSemaphore]) {
        for semaphore in declared {
            let position: Int
            if let known = positions[semaphore.name] {
                position = known
            } else {
                position = semaphores.count
                positions[semaphore.name] = position
                semaphores.append(Semaphore(name: semaphore.name, permits: semaphore.permits))
            }
            semaphores[position].permits = semaphore.permits
            semaphores[position].maxWait = semaphore.maxWait
            semaphores[position].maxHold = semaphore.maxHold
        }
    }

    var isEmpty: Bool { semaphores.isEmpty }

    /// Whether waiting for any of them has a limit.
    var limitsWaits: Bool { semaphores.contains { $0.maxWait != nil } }

    /// The positions of these names, in order and each once; names nobody declared are left out,
    /// because the check of the configuration has refused them.
    func positions(of names: [String]) -> [Int] {
        var result: [Int] = []
        for name in names {
            if let position = positions[name], !result.contains(position) {
                result.append(position)
            }
        }
        return result.sorted()
    }

    /// Whether each has a permit free, besides those that are kept for others.
    func canAcquire(_ wanted: [Int], besides reserved: [Int] = []) -> Bool {
        wanted.allSatisfy { position in
            let kept = reserved.isEmpty ? 0 : reserved.count { $0 == position }
            return semaphores[position].held + kept < semaphores[position].permits
        }
    }

    mutating func acquire(_ wanted: [Int]) {
        for position in wanted { semaphores[position].held += 1 }
    }

    mutating func release(_ held: [Int]) {
        for position in held {
            semaphores[position].held -= 1
            precondition(
                semaphores[position].held >= 0,
                "semaphore \(semaphores[position].name) was released more often than acquired"
            )
        }
    }
}
