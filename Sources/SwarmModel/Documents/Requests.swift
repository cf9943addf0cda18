/// A request to start a run.
public struct SubmitRequest: Codable, Hashable, Sendable {
    /// The workflow: its name in the topology as a string, or the whole definition as an object.
    public var workflow: JSON
    /// The run's input; validated against the workflow's input schema.
    ///
    /// An empty object if left out.
    public var input: JSON?

    /// A request.
    public init(workflow: JSON, input: JSON? = nil) {
        self.workflow = workflow
        self.input = input
    }
}

/// A request to call one capability once, outside any workflow, and wait for its result.
public struct CallRequest: Codable, Hashable, Sendable {
    /// The agent that must take the call; any that offers the capability if left out.
    public var agent: String?
    /// What to call.
    public var capability: String
    /// The arguments.
    ///
    /// An empty object if left out.
    public var args: JSON?
    /// How long the caller waits; the contract's own timeout if left out.
    public var timeoutMs: Int64?

    enum CodingKeys: String, CodingKey {
        case agent, capability, args
        case timeoutMs = "timeout_ms"
    }

    /// A request.
    public init(
        agent: String? = nil,
        capability: String,
        args: JSON? = nil,
        timeoutMs: Int64? = nil
    ) {
        self.agent = agent
        self.capability = capability
        self.args = args
        self.timeoutMs = timeoutMs
    }
}

/// What came of a call.
///
/// Schema `swarm.call/v1`.
///
/// A call is a run of one subtask, so it is journaled, retried and reassigned like any other.
public struct CallDocument: Codable, Hashable, Sendable {
    /// The run made for the call.
    public var run: String
    /// Where it stands; terminal unless the caller's wait ended first.
    public var state: RunDocument.State
    /// Who answered.
    public var worker: String?
    /// How often it was dispatched.
    public var attempts: Int
    /// From acceptance to the end.
    public var elapsedMs: Int64
    /// What it returned; absent unless it succeeded.
    public var result: JSON?
    /// Why it did not succeed.
    public var failure: FailureDocument?

    enum CodingKeys: String, CodingKey {
        case run, state, worker, attempts
        case elapsedMs = "elapsed_ms"
        case result, failure
    }

    /// The outcome of a call.
    public init(
        run: RunID,
        state: RunDocument.State,
        worker: String? = nil,
        attempts: Int,
        elapsed: Duration,
        result: JSON? = nil,
        failure: FailureDocument? = nil
    ) {
        self.run = run.description
        self.state = state
        self.worker = worker
        self.attempts = attempts
        elapsedMs = elapsed.wholeMilliseconds
        self.result = result
        self.failure = failure
    }
}

/// A request to cancel a run.
public struct CancelRequest: Codable, Hashable, Sendable {
    /// Why, for the journal.
    public var reason: String?

    /// A request.
    public init(reason: String? = nil) { self.reason = reason }

    /// The longest reason, in bytes of UTF-8; the same for every reason an operator gives.
    public static let reasonLimit = 1024
}

/// A request to end the coordinator.
public struct StopRequest: Codable, Hashable, Sendable {
    /// Whether workers may finish what they hold; true if left out.
    public var drain: Bool?
    /// Whether to go on until every run has ended, and end then; false if left out.
    ///
    /// Looked at and acted on in one step, so no run can slip in between.
    public var whenIdle: Bool?

    enum CodingKeys: String, CodingKey {
        case drain
        case whenIdle = "when_idle"
    }

    /// A request.
    public init(drain: Bool? = nil, whenIdle: Bool? = nil) {
        self.drain = drain
        self.whenIdle = whenIdle
    }
}

/// The answer to a stop: the coordinator has begun to end, and has not ended yet.
public struct StopDocument: Codable, Hashable, Sendable {
    /// The process to wait for.
    public var pid: Int32
    /// Whether workers may finish what they hold.
    public var draining: Bool
    /// Whether it first goes on until the runs of others have ended.
    public var waiting: Bool

    /// An answer.
    public init(pid: Int32, draining: Bool, waiting: Bool = false) {
        self.pid = pid
        self.draining = draining
        self.waiting = waiting
    }
}
