public import SwarmModel

extension Swarm {
    /// The idempotency key of a subtask: equal for all its attempts, and for no other work.
    ///
    /// Names of subtasks begin anew with each journal. What a tool remembers does not, and one tool
    /// may serve several swarms; so the key begins with the number that a journal draws when it
    /// begins.
    public func idempotencyKey(of subtask: SubtaskID) -> String {
        let digits = String(seed, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + "/\(subtask)"
    }
}
