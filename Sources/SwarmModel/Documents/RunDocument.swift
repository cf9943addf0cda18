/// One execution of a workflow.
///
/// Schema `swarm.show/v1`.
///
/// The parts that can be large (`input`, `nodes`, `subtasks`) are there only when asked for.
public struct RunDocument: Codable, Hashable, Sendable {
    /// The run, such as `r_17`.
    public var run: String
    /// The workflow's name.
    public var workflow: String
    /// The workflow's version.
    public var version: String?
    /// Where the run stands.
    public var state: State
    /// When it was accepted, RFC 3339.
    public var submittedAt: String
    /// When its first subtask was dispatched.
    public var startedAt: String?
    /// When it ended.
    public var finishedAt: String?
    /// From acceptance to the end, or to now.
    public var elapsedMs: Int64
    /// How many subtasks there are in which state.
    ///
    /// Grows while fan-outs unfold.
    public var counts: Counts
    /// Subtasks that run now, longest first; at most 16.
    public var current: [Current]
    /// The workflow's output; absent until the run succeeds.
    public var output: JSON?
    /// Why the run did not succeed.
    public var failure: FailureDocument?
    /// What waits for a person, and how to answer it.
    public var questions: [QuestionDocument]?
    /// Subtasks that no worker may take; at most 16.
    public var blocked: [BlockedDocument]?
    /// What the run leaves in the world although it did not succeed.
    public var standing: [StandingDocument]?
    /// Limits it reached, in words.
    public var limits: [String]?
    /// Commands with which a person can go on, if the run needs one.
    public var next: [String]?
    /// What the run was given; with `include=input`.
    public var input: JSON?
    /// The workflow's nodes with their counts; with `include=nodes`.
    public var nodes: [NodeDocument]?
    /// A page of subtasks; with `include=subtasks`.
    public var subtasks: [SubtaskDocument]?
    /// Where the next page of subtasks starts; absent on the last one.
    public var nextOffset: Int?

    /// Where a run stands.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Accepted and not ended.
        case running
        /// Accepted and not ended, and something of it waits for a person's decision.
        case asking
        /// It shall end early; workers are being told.
        case cancelling
        /// Nothing of it runs any more, and what it did is being undone.
        case undoing
        /// Every subtask succeeded or was skipped on purpose; there is an output.
        case succeeded
        /// A subtask failed for good.
        case failed
        /// Cancelled on request.
        case cancelled
        /// The run's own deadline passed.
        case deadlineExceeded = "deadline_exceeded"
        /// It failed, and everything it did was undone.
        case compensated
        /// It failed or was cancelled; what could be undone was, and the rest stands.
        case partiallyCompensated = "partially_compensated"
        /// Undoing failed; without an end it waits for `swarm compensate`.
        case compensationFailed = "compensation_failed"

        /// Whether nothing more will happen unless an operator acts.
        public var isTerminal: Bool {
            switch self {
            case .running, .asking, .cancelling, .undoing: false
            case .succeeded, .failed, .cancelled, .deadlineExceeded, .compensated,
                .partiallyCompensated, .compensationFailed:
                true
            }
        }

        /// What the command line ends with when it waited for this outcome.
        ///
        /// What could not be undone matters more than why the run failed, and that more than that
        /// all is well again: 12 before 15 before 14 before 11.
        public func exit(after failure: FailureKind?) -> Int32 {
            switch self {
            case .running, .cancelling, .undoing: return CommandExit.stillRunning
            case .asking: return CommandExit.waitingForPerson
            case .succeeded: return CommandExit.done
            case .compensationFailed: return CommandExit.compensationFailed
            case .failed, .cancelled, .deadlineExceeded, .compensated, .partiallyCompensated: break
            }
            switch failure {
            case .loopStopped: return CommandExit.runLoopStopped
            case .budgetExhausted, .deadlineExceeded: return CommandExit.runLimitReached
            default: break
            }
            return switch self {
            case .compensated, .partiallyCompensated: CommandExit.runCompensated
            case .cancelled: CommandExit.runCancelled
            case .deadlineExceeded: CommandExit.runLimitReached
            default: CommandExit.runFailed
            }
        }
    }

    /// What the command line ends with when it waited for this run.
    public var exit: Int32 { state.exit(after: failure?.kind) }

    /// A subtask that runs now.
    public struct Current: Codable, Hashable, Sendable {
        /// The subtask within the run, such as `check[42]`.
        public var subtask: String
        /// Who runs it.
        public var worker: String
        /// Since its dispatch.
        public var elapsedMs: Int64
        /// The worker's own last word on its progress, from 0 to 1.
        public var progress: Double?
        /// The worker's own last word in words.
        public var note: String?

        enum CodingKeys: String, CodingKey {
            case subtask, worker
            case elapsedMs = "elapsed_ms"
            case progress, note
        }

        /// A running subtask.
        public init(
            subtask: String,
            worker: String,
            elapsed: Duration,
            progress: Double? = nil,
            note: String? = nil
        ) {
            self.subtask = subtask
            self.worker = worker
            elapsedMs = elapsed.wholeMilliseconds
            self.progress = progress
            self.note = note
        }
    }

    enum CodingKeys: String, CodingKey {
        case run, workflow, version, state
        case submittedAt = "submitted_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case elapsedMs = "elapsed_ms"
        case counts, current, output, failure, questions, blocked, standing, limits, next
        case input, nodes, subtasks
        case nextOffset = "next_offset"
    }

    /// A run.
    public init(
        run: RunID,
        workflow: String,
        version: String? = nil,
        state: State,
        submittedAt: Instant,
        startedAt: Instant? = nil,
        finishedAt: Instant? = nil,
        elapsed: Duration,
        counts: Counts,
        current: [Current] = [],
        output: JSON? = nil,
        failure: FailureDocument? = nil,
        input: JSON? = nil,
        nodes: [NodeDocument]? = nil,
        subtasks: [SubtaskDocument]? = nil,
        nextOffset: Int? = nil
    ) {
        self.run = run.description
        self.workflow = workflow
        self.version = version
        self.state = state
        self.submittedAt = submittedAt.rfc3339
        self.startedAt = startedAt?.rfc3339
        self.finishedAt = finishedAt?.rfc3339
        elapsedMs = elapsed.wholeMilliseconds
        self.counts = counts
        self.current = current
        self.output = output
        self.failure = failure
        self.input = input
        self.nodes = nodes
        self.subtasks = subtasks
        self.nextOffset = nextOffset
    }
}

/// How many subtasks are in which state.
public struct Counts: Codable, Hashable, Sendable {
    /// Waits for others.
    public var waiting: Int
    /// Could run, and waits for a worker or a permit.
    public var ready: Int
    /// With a worker.
    public var running: Int
    /// With a worker, and waits for what it delegated.
    public var parked: Int
    /// Failed, and waits for its next attempt.
    public var retrying: Int
    /// In doubt, and its tool is being asked.
    public var verifying: Int
    /// Waits for a person's decision.
    public var asking: Int
    /// Done.
    public var succeeded: Int
    /// Failed for good.
    public var failed: Int
    /// Will not run: left out, or needs something that was, or its run failed before.
    public var skipped: Int
    /// Cancelled with its run.
    public var cancelled: Int

    /// Counts; what is not given is zero.
    public init(
        waiting: Int = 0,
        ready: Int = 0,
        running: Int = 0,
        parked: Int = 0,
        retrying: Int = 0,
        verifying: Int = 0,
        asking: Int = 0,
        succeeded: Int = 0,
        failed: Int = 0,
        skipped: Int = 0,
        cancelled: Int = 0
    ) {
        self.waiting = waiting
        self.ready = ready
        self.running = running
        self.parked = parked
        self.retrying = retrying
        self.verifying = verifying
        self.asking = asking
        self.succeeded = succeeded
        self.failed = failed
        self.skipped = skipped
        self.cancelled = cancelled
    }

    /// All subtasks known so far.
    public var total: Int {
        ended + waiting + ready + running + parked + retrying + verifying + asking
    }

    /// Those to which nothing more will happen.
    public var ended: Int { succeeded + failed + skipped + cancelled }
}

/// One line of `swarm runs`.
public struct RunSummaryDocument: Codable, Hashable, Sendable {
    /// The run, such as `r_17`.
    public var run: String
    /// The workflow's name.
    public var workflow: String
    /// Where the run stands.
    public var state: RunDocument.State
    /// When it was accepted, RFC 3339.
    public var submittedAt: String
    /// When it ended.
    public var finishedAt: String?
    /// From acceptance to the end, or to now.
    public var elapsedMs: Int64
    /// How many subtasks there are in which state.
    public var counts: Counts
    /// Why it did not succeed.
    public var failure: FailureDocument?
    /// The command with which a person can go on, if the run needs one.
    public var next: String?

    enum CodingKeys: String, CodingKey {
        case run, workflow, state
        case submittedAt = "submitted_at"
        case finishedAt = "finished_at"
        case elapsedMs = "elapsed_ms"
        case counts, failure, next
    }

    /// A line.
    public init(
        run: RunID,
        workflow: String,
        state: RunDocument.State,
        submittedAt: Instant,
        finishedAt: Instant? = nil,
        elapsed: Duration,
        counts: Counts,
        failure: FailureDocument? = nil,
        next: String? = nil
    ) {
        self.run = run.description
        self.workflow = workflow
        self.state = state
        self.submittedAt = submittedAt.rfc3339
        self.finishedAt = finishedAt?.rfc3339
        elapsedMs = elapsed.wholeMilliseconds
        self.counts = counts
        self.failure = failure
        self.next = next
    }
}

/// A page of runs, newest first.
///
/// Schema `swarm.runs/v1`.
public struct RunListDocument: Codable, Hashable, Sendable {
    /// The runs of this page.
    public var runs: [RunSummaryDocument]
    /// Pass as `before` for the next page; absent on the last one.
    public var nextBefore: String?

    enum CodingKeys: String, CodingKey {
        case runs
        case nextBefore = "next_before"
    }

    /// A page.
    public init(runs: [RunSummaryDocument], nextBefore: RunID? = nil) {
        self.runs = runs
        self.nextBefore = nextBefore?.description
    }
}
