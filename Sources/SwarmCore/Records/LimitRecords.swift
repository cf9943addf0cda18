public import SwarmModel

/// A circuit breaker moved to another state.
///
/// A fold takes the state from here, so that a later version which counts otherwise does not judge
/// the past again.
public struct BreakerMoved: Hashable, Sendable {
    /// What it guards.
    public var target: BreakerTarget
    /// The state it has now.
    public var state: BreakerState
    /// When an open one lets a trial call pass.
    public var until: Instant?
    /// The opening it is in; outcomes of trial calls of an older one change nothing.
    public var generation: UInt64
    /// How often it opened in a row; sets the next wait.
    public var openings: Int
    /// One sentence: what moved it.
    public var reason: String
    /// Who moved it, when a person did.
    public var by: String?

    /// A move.
    public init(
        target: BreakerTarget,
        state: BreakerState,
        until: Instant?,
        generation: UInt64,
        openings: Int,
        reason: String,
        by: String? = nil
    ) {
        self.target = target
        self.state = state
        self.until = until
        self.generation = generation
        self.openings = openings
        self.reason = reason
        self.by = by
    }
}

/// A run, or an agent in it, has spent what it may.
public struct BudgetExhausted: Hashable, Sendable {
    /// What a budget counts.
    public enum Dimension: String, Hashable, Sendable, CaseIterable, Codable {
        case money = "usd"
        case tokens, calls, time
    }

    /// Which run.
    public var run: RunID
    /// The agent whose budget in the run it is; nil when it is the run's own.
    public var agent: String?
    /// What was used up.
    public var dimension: Dimension
    /// The subtask that could not start for it.
    public var subtask: SubtaskID?
    /// Used and reserved, in the dimension's unit: microdollars, tokens, calls, microseconds.
    public var used: Int64
    /// The limit, in the same unit.
    public var limit: Int64
    /// Whether subtasks marked `finally` may still run; otherwise the run ends.
    public var wrapsUp: Bool

    /// A budget that is used up.
    public init(
        run: RunID,
        agent: String?,
        dimension: Dimension,
        subtask: SubtaskID?,
        used: Int64,
        limit: Int64,
        wrapsUp: Bool
    ) {
        self.run = run
        self.agent = agent
        self.dimension = dimension
        self.subtask = subtask
        self.used = used
        self.limit = limit
        self.wrapsUp = wrapsUp
    }
}

/// A call was the same again, once too often.
public struct LoopStopped: Hashable, Sendable {
    /// How a repetition was recognised.
    public enum Pattern: String, Hashable, Sendable, CaseIterable, Codable {
        /// The same call.
        case identical
        /// The same call in other words.
        case reworded
        /// The same error again.
        case sameError = "same_error"
        /// Two calls that take turns.
        case pingPong = "ping_pong"
        /// Calls that change nothing.
        case noChange = "no_change"
    }

    /// Which run.
    public var run: RunID
    /// The subtask that asked for the call.
    public var parent: SubtaskID
    /// What it wanted to call.
    public var capability: String
    /// How the repetition was recognised.
    public var pattern: Pattern
    /// How often it had been made before.
    public var count: Int
    /// One sentence for a person, with the earlier calls in it.
    public var reason: String

    /// A repetition that was stopped.
    public init(
        run: RunID,
        parent: SubtaskID,
        capability: String,
        pattern: Pattern,
        count: Int,
        reason: String
    ) {
        self.run = run
        self.parent = parent
        self.capability = capability
        self.pattern = pattern
        self.count = count
        self.reason = reason
    }
}
