public import SwarmModel

/// What the control API can ask of a coordinator; the seam between HTTP and everything behind it.
///
/// Each method throws an `ErrorDocument` for what is the caller's to mend; anything else that is
/// thrown reaches the caller as `E_INTERNAL`. Calls may come from any number of connections at
/// once.
public protocol SwarmOperations: Sendable {
    /// Whether the coordinator serves; answers at once and never waits for workers.
    func health() async throws -> HealthDocument

    /// The coordinator and every worker.
    func status() async throws -> SwarmStatusDocument

    /// Starts a run; returns after the submission is durable, not after the run.
    func submit(_ request: SubmitRequest) async throws -> RunDocument

    /// A page of runs, newest first.
    func runs(_ query: RunListQuery) async throws -> RunListDocument

    /// One run as it stands; throws `E_NOT_FOUND` for an unknown one.
    func run(_ run: RunID, including parts: RunParts) async throws -> RunDocument

    /// One run, as soon as it has ended. Ends early, by throwing, when the caller is cancelled.
    func ended(_ run: RunID) async throws -> RunDocument

    /// Asks a run to cancel; returns once that is durable. A run that has ended is left as it is.
    func cancel(_ run: RunID, reason: String?) async throws -> RunDocument

    /// Everything that waits for a person's decision.
    func questions() async throws -> QuestionListDocument

    /// Answers what a subtask waits with; returns once that is durable.
    ///
    /// Throws `E_CONFLICT` when it waits for nothing, `E_BAD_INPUT` for an answer that makes no
    /// sense.
    func decide(_ request: DecisionRequest) async throws -> RunDocument

    /// Has a run undone, or accepts what it leaves; returns once that is durable.
    func compensate(_ run: RunID, _ request: CompensationRequest) async throws -> RunDocument

    /// Every circuit breaker that counts or was moved.
    func breakers() async throws -> BreakerListDocument

    /// Moves a circuit breaker, and says how all of them stand once that is durable.
    func command(_ request: BreakerRequest) async throws -> BreakerListDocument

    /// What a run has used up, and what it may.
    func budget(_ run: RunID) async throws -> BudgetDocument

    /// Every named semaphore.
    func semaphores() async throws -> SemaphoreListDocument

    /// Calls one capability and waits for what comes of it.
    func call(_ request: CallRequest) async throws -> CallDocument

    /// The workflows that can be run by name.
    func workflows() async throws -> WorkflowListDocument

    /// The capabilities the agents declare.
    func capabilities() async throws -> CapabilityListDocument

    /// Puts a worker back into service, and says how the swarm stands then.
    ///
    /// Throws `E_NOT_FOUND` for an unknown worker, `E_CONFLICT` for one that is in service.
    func release(_ worker: WorkerID) async throws -> SwarmStatusDocument

    /// Begins to end the coordinator; returns before it has ended.
    func stop(_ request: StopRequest) async throws -> StopDocument
}

/// Which runs to list.
public struct RunListQuery: Hashable, Sendable {
    /// Only runs in these states; all when empty.
    public var states: [RunDocument.State]
    /// Only runs of this workflow.
    public var workflow: String?
    /// Only runs older than this one; the cursor of the next page.
    public var before: RunID?
    /// At most this many, 1 to 1,000.
    public var limit: Int

    /// A query.
    public init(
        states: [RunDocument.State] = [],
        workflow: String? = nil,
        before: RunID? = nil,
        limit: Int = 50
    ) {
        self.states = states
        self.workflow = workflow
        self.before = before
        self.limit = limit
    }
}

/// Which of the larger parts of a run to include.
public struct RunParts: Hashable, Sendable {
    /// The run's input.
    public var input: Bool
    /// Its nodes, with counts.
    public var nodes: Bool
    /// A page of its subtasks; none when nil.
    public var subtasks: SubtaskQuery?

    /// Parts.
    public init(input: Bool = false, nodes: Bool = false, subtasks: SubtaskQuery? = nil) {
        self.input = input
        self.nodes = nodes
        self.subtasks = subtasks
    }
}

/// Which subtasks of a run to include.
public struct SubtaskQuery: Hashable, Sendable {
    /// Only subtasks in these states; all when empty.
    public var states: [SubtaskDocument.State]
    /// Only subtasks of this node.
    public var node: String?
    /// How many matching subtasks to leave out first.
    public var offset: Int
    /// At most this many, 1 to 1,000.
    public var limit: Int
    /// Whether to include arguments and results.
    public var payloads: Bool

    /// A query.
    public init(
        states: [SubtaskDocument.State] = [],
        node: String? = nil,
        offset: Int = 0,
        limit: Int = 100,
        payloads: Bool = false
    ) {
        self.states = states
        self.node = node
        self.offset = offset
        self.limit = limit
        self.payloads = payloads
    }
}
