/// One node of a workflow within a run; a fan-out is one node with many subtasks.
public struct NodeDocument: Codable, Hashable, Sendable {
    /// The node's name in the workflow.
    public var name: String
    /// What its subtasks call.
    public var capability: String
    /// The nodes it waits for, in the order of the file.
    public var needs: [String]
    /// Whether it unfolds into one subtask an item.
    public var fansOut: Bool
    /// Its subtasks by state.
    public var counts: Counts

    enum CodingKeys: String, CodingKey {
        case name, capability, needs
        case fansOut = "fans_out"
        case counts
    }

    /// A node.
    public init(
        name: String,
        capability: String,
        needs: [String],
        fansOut: Bool,
        counts: Counts
    ) {
        self.name = name
        self.capability = capability
        self.needs = needs
        self.fansOut = fansOut
        self.counts = counts
    }
}

/// One unit of work of a run.
public struct SubtaskDocument: Codable, Hashable, Sendable {
    /// The subtask with its run, such as `r_17/check[42]`.
    public var subtask: String
    /// The node's name in the workflow.
    public var name: String
    /// Which item of a fan-out, from 0; absent when the node does not fan out.
    public var item: Int?
    /// What it calls.
    public var capability: String
    /// Where it stands.
    public var state: State
    /// Who runs it, or ran it last.
    public var worker: String?
    /// How often it was dispatched.
    public var attempts: Int
    /// When it last was dispatched, RFC 3339.
    public var startedAt: String?
    /// When it ended.
    public var finishedAt: String?
    /// From the last dispatch to the end, or to now.
    public var durationMs: Int64?
    /// Why it failed, or why its last attempt did.
    public var failure: FailureDocument?
    /// Why it exists, if its workflow does not define it: `delegated`, `undo` or `verify`.
    public var origin: String?
    /// The subtask it belongs to then, such as `r_17/plan`.
    public var of: String?
    /// Why it is where it is: what keeps workers away, what a person must decide or has decided,
    /// what it needs and cannot have.
    public var reason: String?
    /// The rule that decided what followed its last failed attempt, such as
    /// `contract.retry_policy`.
    public var rule: String?
    /// The capability that undoes it, if it is to be undone.
    public var undoneBy: String?
    /// Why its effect stands although the run did not succeed.
    public var standing: Standing.Reason?
    /// What it cost so far, where workers said so.
    public var cost: CostDocument?
    /// What it was called with; with `include=payloads`.
    public var args: JSON?
    /// What it returned; with `include=payloads`.
    public var result: JSON?

    /// Where a subtask stands; the names of ``Counts``.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Waits for others.
        case waiting
        /// Could run, and waits for a worker or a permit.
        case ready
        /// With a worker.
        case running
        /// With a worker, and waits for what it delegated.
        case parked
        /// Failed, and waits for its next attempt.
        case retrying
        /// Nobody knows whether its call happened, and its tool is being asked.
        case verifying
        /// Waits for a person's decision.
        case asking
        /// Done.
        case succeeded
        /// Failed for good.
        case failed
        /// Will not run, since something it needs did not succeed.
        case skipped
        /// Cancelled with its run.
        case cancelled
    }

    enum CodingKeys: String, CodingKey {
        case subtask, name, item, capability, state, worker, attempts
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case durationMs = "duration_ms"
        case failure, origin, of, reason, rule
        case undoneBy = "undone_by"
        case standing, cost, args, result
    }

    /// A subtask.
    public init(
        run: RunID,
        name: String,
        label: String? = nil,
        item: Int? = nil,
        capability: String,
        state: State,
        worker: String? = nil,
        attempts: Int,
        startedAt: Instant? = nil,
        finishedAt: Instant? = nil,
        duration: Duration? = nil,
        failure: FailureDocument? = nil,
        args: JSON? = nil,
        result: JSON? = nil
    ) {
        let label = label ?? item.map { "\(name)[\($0)]" } ?? name
        subtask = "\(run)/\(label)"
        self.name = name
        self.item = item
        self.capability = capability
        self.state = state
        self.worker = worker
        self.attempts = attempts
        self.startedAt = startedAt?.rfc3339
        self.finishedAt = finishedAt?.rfc3339
        durationMs = duration?.wholeMilliseconds
        self.failure = failure
        self.args = args
        self.result = result
    }
}

/// Why an attempt, a subtask or a run did not succeed.
public struct FailureDocument: Codable, Hashable, Sendable {
    /// The class that policies key on.
    public var kind: FailureKind
    /// What happened, for a person.
    public var message: String
    /// The subtask behind the failure of a run.
    public var subtask: String?
    /// The worker's own word on whether a retry can help.
    public var retryable: Bool?
    /// The earliest sensible retry.
    public var retryAfterMs: Int64?
    /// Anything structured the worker wanted kept.
    public var details: JSON?

    enum CodingKeys: String, CodingKey {
        case kind, message, subtask, retryable
        case retryAfterMs = "retry_after_ms"
        case details
    }

    /// The document of a failure; details that are not JSON are kept as a string.
    public init(_ failure: Failure, subtask: String? = nil) {
        kind = failure.kind
        message = failure.message
        self.subtask = subtask
        retryable = failure.retryable
        retryAfterMs = failure.retryAfter?.wholeMilliseconds
        details = failure.details.map { text in
            (try? JSON(parsing: Array(text.utf8))) ?? .string(text)
        }
    }
}
