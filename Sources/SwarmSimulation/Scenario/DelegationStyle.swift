import SwarmModel

/// How the handlers of a scenario delegate, and how far its topology lets them.
struct DelegationStyle {
    /// How many subtasks of a thousand have a handler that delegates.
    var share: Int
    /// How many of a thousand scripts mean harm: recursion, cycles, loops, endless asking.
    var hostility: Int
    /// Whether nobody asks for much more than it may have, or fails because a call does.
    var isModest: Bool
    var limits: RunLimits

    /// Draws a style; nil when nobody delegates, as in half of all scenarios.
    static func drawn(_ faults: FaultSet, _ random: inout SimulationRandom) -> DelegationStyle? {
        let isUsed = random.perMille(500)
        let share = random.pick([60, 150, 300, 600])
        let hostility = random.pick([0, 150, 400, 700])
        var limits = RunLimits()
        limits.delegationDepth = random.within(0...4)
        limits.children = random.pick([1, 3, 8, 32])
        limits.delegatedSubtasks = random.pick([5, 30, 100, 200])
        limits.repeatThreshold = random.within(1...4)
        limits.loopWindow = random.pick([4, 16, 64])
        limits.loopSimilarity = random.pick([0.6, 0.7, 0.75])
        return isUsed
            ? DelegationStyle(
                share: share,
                hostility: faults.contains(.runaway) ? hostility : 0,
                isModest: !faults.contains(.runaway),
                limits: limits
            ) : nil
    }
}

/// One call that a handler means to delegate, with what is known of it by construction.
struct PlannedCall {
    /// What the one who is called answers.
    enum Answer {
        /// What no other call answers.
        case own
        /// The same as each call of its group: nothing has changed.
        case same
        /// The same failure each time.
        case failure
    }

    /// Nil when nobody offers it.
    var capability: Int?
    var name: String
    var agent: Int?
    /// How long it may take, in microseconds; nil for as long as its caller may.
    var timeout: Int64?
    var allowance: Allowance?
    var arguments: [UInt8]
    /// The number in them that tells things apart, as it is written.
    var number: String
    /// What the calls for the same thing share, however they are written; no other call has it.
    var group: UInt64
    /// Whether the calls of its group differ in spelling alone, not in words.
    var isSameWording = true
    /// Whether it is one of those that it is itself part of.
    var isCycle = false
    var answer = Answer.own

    /// Whether another asks for the same, but for the order of keys and for white space.
    func asksTheSame(as other: PlannedCall) -> Bool {
        guard name == other.name else { return false }
        if arguments == other.arguments { return true }
        guard group == other.group, let own = try? JSON(parsing: arguments) else { return false }
        return own == (try? JSON(parsing: other.arguments))
    }
}

/// What a handler delegates while it works on one subtask: drawn from the subtask alone, so that
/// another attempt asks for the same.
struct DelegationScript {
    /// What it does when a call fails.
    enum OnFailure { case goOn, fail(retryable: Bool) }

    /// One part after the other; the calls of one part are made at once.
    var parts: [[PlannedCall]] = []
    var onFailure = OnFailure.goOn
    /// Before which part a handler that does not come to its end breaks off.
    var cut = 0
    /// Whether it changes the world before its calls, and not after them.
    var actsFirst = false
}
