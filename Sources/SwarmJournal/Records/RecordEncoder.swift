public import SwarmCore
import SwarmModel

/// Writes records as the JSON objects of a batch, by hand and straight into bytes.
///
/// Each object starts with `type`, then `run`, `subtask`, `worker` and `lease` where they apply, so
/// that a person who reads the table finds them at the same place in every line.
public struct RecordEncoder: Sendable {
    var writer: JSONWriter
    /// The large payloads the records name.
    private var payloads: [JournalPayload] = []
    /// How many records were written.
    public private(set) var count = 0

    /// Starts an array of records.
    public init(reservingCapacity capacity: Int = 4096) {
        writer = JSONWriter(reservingCapacity: capacity)
        writer.beginArray()
    }

    /// How many bytes were written.
    public var byteCount: Int { writer.bytes.count }

    /// Hands out the finished array and the payloads, and starts a new one.
    public mutating func finish() -> (records: [UInt8], payloads: [JournalPayload]) {
        writer.endArray()
        let records = writer.takeBytes()
        let stored = payloads
        payloads = []
        count = 0
        writer = JSONWriter(reservingCapacity: max(4096, records.count + records.count / 4))
        writer.beginArray()
        return (records, stored)
    }

    /// Writes one record behind those written so far.
    public mutating func append(_ record: Record) {
        writer.beginObject()
        writer.key("type")
        switch record {
        case .opened(let epoch, let seed):
            type("opened")
            integer("epoch", epoch)
            integer("seed", seed)
        case .configured(let plan):
            type("configured")
            writer.key("plan")
            writer.value(plan.json)
        case .stopping(let drain):
            type("stopping")
            bool("drain", drain)
        case .stopped:
            type("stopped")
        case .workflowRegistered(let digest, let workflow):
            write(digest, workflow)
        case .runSubmitted(let submitted):
            write(submitted)
        case .runEnding(let ending):
            write(ending)
        case .runFinished(let finished):
            write(finished)
        case .subtaskExpanded(let expanded):
            write(expanded)
        case .subtaskReady(let subtask):
            type("subtask_ready")
            self.subtask(subtask)
            integer("index", subtask.index)
        case .subtaskDispatched(let dispatched):
            write(dispatched)
        case .subtaskStarted(let subtask, let lease, let worker):
            type("subtask_started")
            self.subtask(subtask)
            self.worker(worker)
            self.lease(lease)
            integer("index", subtask.index)
        case .subtaskSucceeded(let succeeded):
            write(succeeded)
        case .attemptEnded(let ended):
            write(ended)
        case .leaseReleased(let lease, let worker):
            type("lease_released")
            self.worker(worker)
            self.lease(lease)
        case .workerLaunching(let worker, let incarnation):
            type("worker_launching")
            self.worker(worker)
            integer("incarnation", incarnation.number)
        case .workerLaunched(let worker, let incarnation, let process):
            type("worker_launched")
            self.worker(worker)
            integer("incarnation", incarnation.number)
            integer("pid", process.pid)
            integer("start_time", process.startTime)
        case .workerReady(let ready):
            write(ready)
        case .workerCredit(let worker, let credit):
            type("worker_credit")
            self.worker(worker)
            integer("credit", credit)
        case .workerMoved(let worker, let phase, let reason):
            type("worker_moved")
            self.worker(worker)
            word("phase", phase)
            string("reason", reason)
        case .workerSignalled(let worker, let incarnation, let signal):
            type("worker_signalled")
            self.worker(worker)
            integer("incarnation", incarnation.number)
            word("signal", signal)
        case .workerExited(let exited):
            write(exited)
        case .ignored(let ignored):
            write(ignored)
        case .subtaskSkipped, .subtaskBlocked, .doubtOpened, .questionAsked, .decided,
            .callAdded, .callRenewed, .callClaimed, .callRefused, .subtaskParked,
            .subtaskUnparked, .undoRegistered, .runUndoing, .undoFailed, .runParked, .runResumed,
            .breakerMoved, .budgetExhausted, .loopStopped:
            writeGovernance(record)
        }
        writer.endObject()
        count += 1
    }

    // MARK: Runs and subtasks

    private mutating func write(_ digest: Digest, _ workflow: Workflow) {
        type("workflow_registered")
        writer.key("workflow")
        writer.digest(digest)
        string("name", workflow.name)
        string("version", workflow.version)
        writer.key("document")
        writer.value(workflow.source)
    }

    private mutating func write(_ submitted: RunSubmitted) {
        type("run_submitted")
        run(submitted.run)
        writer.key("workflow")
        writer.digest(submitted.workflow)
        payload("input", submitted.input)
        moment("deadline_us", submitted.deadline)
    }

    private mutating func write(_ ending: RunEnding) {
        type("run_ending")
        run(ending.run)
        if let subtask = ending.subtask {
            writer.key("subtask")
            writer.label(subtask)
            integer("index", subtask.index)
        }
        word("outcome", ending.outcome)
        bool("undoes", ending.undoes)
        failure(ending.failure)
    }

    private mutating func write(_ finished: RunFinished) {
        type("run_finished")
        run(finished.run)
        word("outcome", finished.outcome)
        payload("output", finished.output)
        if let reason = finished.failure { failure(reason) }
        standing(finished.standing)
    }

    private mutating func write(_ expanded: SubtaskExpanded) {
        type("subtask_expanded")
        run(expanded.run)
        string("subtask", expanded.name)
        integer("definition", expanded.definition)
        integer("count", expanded.count)
    }

    private mutating func write(_ dispatched: SubtaskDispatched) {
        type("subtask_dispatched")
        subtask(dispatched.subtask)
        worker(dispatched.worker)
        lease(dispatched.lease)
        integer("index", dispatched.subtask.index)
        string("capability", dispatched.capability)
        integer("attempt", dispatched.attempt)
        payload("arguments", dispatched.arguments)
        moment("deadline_us", dispatched.deadline)
        integer("score", dispatched.score)
        if !dispatched.alternatives.isEmpty {
            writer.key("alternatives")
            writer.beginArray()
            for alternative in dispatched.alternatives {
                writer.beginObject()
                worker(alternative.worker)
                integer("score", alternative.score)
                writer.endObject()
            }
            writer.endArray()
        }
        // What is so for few is written for few.
        if dispatched.requiresGo { bool("requires_go", true) }
        if dispatched.isHedge { bool("hedge", true) }
        if dispatched.reserved != .zero { cost("reserved", dispatched.reserved) }
        if !dispatched.probes.isEmpty { probes(dispatched.probes) }
    }

    private mutating func write(_ succeeded: SubtaskSucceeded) {
        type("subtask_succeeded")
        subtask(succeeded.subtask)
        worker(succeeded.worker)
        lease(succeeded.lease)
        integer("index", succeeded.subtask.index)
        payload("result", succeeded.result)
        if let cost = succeeded.cost { self.cost("cost", cost) }
    }

    private mutating func write(_ ended: AttemptEnded) {
        type("attempt_ended")
        subtask(ended.subtask)
        if let worker = ended.worker { self.worker(worker) }
        if let lease = ended.lease { self.lease(lease) }
        integer("index", ended.subtask.index)
        directive(ended.directive)
        if !ended.rule.isEmpty { string("rule", ended.rule) }
        bool("may_have_happened", ended.mayHaveHappened)
        bool("still_held", ended.stillHeld)
        if ended.isFault { bool("fault", true) }
        failure(ended.failure)
        if let cost = ended.cost { self.cost("cost", cost) }
    }

    // MARK: Workers

    private mutating func write(_ ready: WorkerReady) {
        type("worker_ready")
        worker(ready.worker)
        integer("incarnation", ready.incarnation.number)
        integer("session", ready.session)
        integer("credit", ready.credit)
        writer.key("adopt")
        writer.leases(ready.adopt)
        writer.key("drop")
        writer.leases(ready.drop)
        if let sequence = ready.sequence { integer("sequence", sequence) }
    }

    private mutating func write(_ exited: WorkerExited) {
        type("worker_exited")
        worker(exited.worker)
        integer("incarnation", exited.incarnation.number)
        switch exited.status {
        case .exited(let code): integer("exit_code", code)
        case .signalled(let number): integer("exit_signal", number)
        case .unknown: break
        }
        word("phase", exited.phase)
        string("reason", exited.reason)
        moment("restart_at_us", exited.restartAt)
        if let reason = exited.failure { failure(reason) }
    }

    private mutating func write(_ ignored: Ignored) {
        type("ignored")
        if let worker = ignored.worker { self.worker(worker) }
        if let lease = ignored.lease { self.lease(lease) }
        word("subject", ignored.subject)
        string("reason", ignored.reason)
    }

    // MARK: Members

    mutating func type(_ name: String) { writer.string(name) }

    mutating func run(_ run: RunID) {
        writer.key("run")
        writer.run(run)
    }

    mutating func subtask(_ subtask: SubtaskID) {
        run(subtask.run)
        writer.key("subtask")
        writer.label(subtask)
    }

    mutating func worker(_ worker: WorkerID) {
        writer.key("worker")
        writer.worker(worker)
    }

    mutating func lease(_ lease: LeaseID) {
        writer.key("lease")
        writer.lease(lease)
    }

    mutating func payload(_ key: StaticString, _ payload: Payload) {
        writer.key(key)
        PayloadForm.write(payload, to: &writer, storing: &payloads)
    }

    mutating func failure(_ failure: Failure) {
        writer.key("failure")
        writer.beginObject()
        word("kind", failure.kind)
        string("message", failure.message)
        if let retryable = failure.retryable { bool("retryable", retryable) }
        if let duration = failure.retryAfter {
            integer("retry_after_us", duration.wholeMicroseconds)
        }
        if let details = failure.details { string("details", details) }
        writer.endObject()
    }

    mutating func moment(_ key: StaticString, _ moment: Instant?) {
        guard let moment else { return }
        integer(key, moment.microseconds)
    }

    mutating func string(_ key: StaticString, _ text: String) {
        writer.key(key)
        writer.string(text)
    }

    mutating func word<Word: RawRepresentable>(_ key: StaticString, _ word: Word)
    where Word.RawValue == String { string(key, word.rawValue) }

    mutating func bool(_ key: StaticString, _ value: Bool) {
        writer.key(key)
        writer.bool(value)
    }

    mutating func integer(_ key: StaticString, _ value: some FixedWidthInteger) {
        writer.key(key)
        if let value = Int64(exactly: value) {
            writer.integer(value)
        } else {
            writer.integer(UInt64(truncatingIfNeeded: value))
        }
    }
}
