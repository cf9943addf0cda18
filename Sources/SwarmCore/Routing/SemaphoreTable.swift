import SwarmModel

/// Named semaphores of the swarm: at most so many subtasks at once, over all workers.
///
/// All semaphores of a subtask are taken together when it is dispatched and given back together, so
/// no subtask ever holds one while it waits for another, and no deadlock can arise.
struct SemaphoreTable: Hashable, Sendable {
    struct Semaphore: Hashable, Sendable {
        let name: String
        var permits: Int
        var held: Int
    }

    private(set) var semaphores: [Semaphore] = []
    private var positions: [String: Int] = [:]

    /// Takes over the declared semaphores; what is held stays held, even above a lowered limit.
    mutating func configure(_ declared: [NamedSemaphore]) {
        for semaphore in declared {
            if let position = positions[semaphore.name] {
                semaphores[position].permits = semaphore.permits
            } else {
                positions[semaphore.name] = semaphores.count
                semaphores.append(
                    Semaphore(name: semaphore.name, permits: semaphore.permits, held: 0)
                )
            }
        }
    }

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

    func canAcquire(_ wanted: [Int]) -> Bool {
        wanted.allSatisfy { semaphores[$0].held < semaphores[$0].permits }
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
