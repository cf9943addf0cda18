/// Every circuit breaker that counts or was moved.
///
/// Schema `swarm.breaker/v1`.
public struct BreakerListDocument: Codable, Hashable, Sendable {
    /// The breakers: those of workers in the order of the topology, then those of workflows.
    public var breakers: [BreakerDocument]

    /// A list.
    public init(breakers: [BreakerDocument]) { self.breakers = breakers }
}

/// One circuit breaker.
public struct BreakerDocument: Codable, Hashable, Sendable {
    /// What it guards: `post_entry@ledger-1`, `ledger-1` or `workflow:month-end`.
    public var breaker: String
    /// Where it stands.
    public var state: BreakerState
    /// When an open one lets a trial call pass, RFC 3339.
    public var until: String?
    /// How often it opened in a row; the wait grows with it.
    public var openings: Int
    /// Calls counted in its window, or trial calls of a half-open one.
    public var calls: Int
    /// Those that failed.
    public var failures: Int
    /// Those that were slow.
    public var slow: Int
    /// Trial calls under way.
    public var probes: Int

    /// A breaker.
    public init(
        target: BreakerTarget,
        state: BreakerState,
        until: Instant? = nil,
        openings: Int,
        calls: Int,
        failures: Int,
        slow: Int,
        probes: Int
    ) {
        breaker = target.description
        self.state = state
        self.until = until?.rfc3339
        self.openings = openings
        self.calls = calls
        self.failures = failures
        self.slow = slow
        self.probes = probes
    }
}

/// An operator's word to a circuit breaker.
public struct BreakerRequest: Codable, Hashable, Sendable {
    /// Which breaker, as ``BreakerDocument/breaker`` names it.
    public var breaker: String
    /// What it shall do.
    public var command: BreakerCommand
    /// Why; it goes into the journal.
    public var reason: String?
    /// Who says so; the user of the coordinator if left out.
    public var by: String?

    /// A word.
    public init(
        breaker: String,
        command: BreakerCommand,
        reason: String? = nil,
        by: String? = nil
    ) {
        self.breaker = breaker
        self.command = command
        self.reason = reason
        self.by = by
    }
}

/// Every named semaphore.
///
/// Schema `swarm.sem/v1`.
public struct SemaphoreListDocument: Codable, Hashable, Sendable {
    /// The semaphores, in the order of the topology.
    public var semaphores: [SemaphoreDocument]

    /// A list.
    public init(semaphores: [SemaphoreDocument]) { self.semaphores = semaphores }
}

/// One named semaphore.
public struct SemaphoreDocument: Codable, Hashable, Sendable {
    /// Its name.
    public var name: String
    /// How many subtasks may hold it at once.
    public var permits: Int
    /// How many hold it.
    public var held: Int
    /// Subtasks that wait for a worker and need it.
    public var waiting: Int
    /// Who holds it, the longest first; at most 100.
    public var holders: [Holder]

    /// A subtask that holds a semaphore.
    public struct Holder: Codable, Hashable, Sendable {
        /// The subtask with its run.
        public var subtask: String
        /// Who runs it.
        public var worker: String
        /// Since its dispatch.
        public var elapsedMs: Int64

        enum CodingKeys: String, CodingKey {
            case subtask, worker
            case elapsedMs = "elapsed_ms"
        }

        /// A holder.
        public init(subtask: SubtaskID, worker: WorkerID, elapsed: Duration) {
            self.subtask = subtask.description
            self.worker = worker.description
            elapsedMs = elapsed.wholeMilliseconds
        }
    }

    /// A semaphore.
    public init(name: String, permits: Int, held: Int, waiting: Int, holders: [Holder]) {
        self.name = name
        self.permits = permits
        self.held = held
        self.waiting = waiting
        self.holders = holders
    }
}

/// What a run has used up, and what it may.
///
/// Schema `swarm.budget/v1`.
public struct BudgetDocument: Codable, Hashable, Sendable {
    /// The run.
    public var run: String
    /// Where it stands.
    public var state: RunDocument.State
    /// Used and allowed, by owner and dimension: the run first, then agents with a budget.
    public var lines: [BudgetLine]
    /// Budgets that were used up, in words.
    public var exhausted: [String]

    /// A budget.
    public init(
        run: RunID,
        state: RunDocument.State,
        lines: [BudgetLine],
        exhausted: [String]
    ) {
        self.run = run.description
        self.state = state
        self.lines = lines
        self.exhausted = exhausted
    }
}

/// One dimension of one budget.
public struct BudgetLine: Codable, Hashable, Sendable {
    /// The agent whose budget in the run it is; absent for the run's own.
    public var agent: String?
    /// What is counted.
    public var dimension: Dimension
    /// Used up, in dollars, tokens, calls or seconds.
    public var used: Double
    /// Set aside for calls under way; absent once the run has ended.
    public var reserved: Double?
    /// The limit; absent when there is none, or the run has ended.
    public var limit: Double?

    /// What a budget counts.
    public enum Dimension: String, Codable, Hashable, Sendable, CaseIterable {
        /// US dollars.
        case usd
        /// Model tokens.
        case tokens
        /// Calls of capabilities.
        case calls
        /// Seconds since the submission.
        case time
    }

    /// A line.
    public init(
        agent: String? = nil,
        _ dimension: Dimension,
        used: Double,
        reserved: Double? = nil,
        limit: Double? = nil
    ) {
        self.agent = agent
        self.dimension = dimension
        self.used = used
        self.reserved = reserved
        self.limit = limit
    }
}
