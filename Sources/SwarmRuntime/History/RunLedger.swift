import SwarmCore
public import SwarmModel
import Synchronization

/// What is remembered of each run without reading the journal: enough for lists, and to know which
/// part of the journal to read for more.
///
/// Rebuilt from the journal at start, kept up to date with each batch. Holds the latest
/// ``capacity`` runs; older ones are in the journal only.
public final class RunLedger: CoordinatorObserver {
    /// How many runs are remembered.
    public static let capacity = 10_000

    /// One run.
    public struct Entry: Hashable, Sendable {
        /// Its name.
        public var id: RunID
        /// The name of its workflow.
        public var workflow: String
        /// The version of its workflow.
        public var version: String
        /// The digest of its workflow.
        public var digest: Digest
        /// When it was submitted.
        public var submitted: Instant
        /// When its first subtask was dispatched.
        public var started: Instant?
        /// When it ended.
        public var finished: Instant?
        /// How it ended.
        public var outcome: RunOutcome?
        /// Why it did not succeed, once that is known.
        public var failure: Failure?
        /// The subtask that brought it down.
        public var culprit: SubtaskID?
        /// What it returned.
        public var output: Payload?
        /// What it was given.
        public var input: Payload
        /// The journal position of its submission.
        public var first: UInt64
        /// The journal position of its end; nil while it runs.
        public var last: UInt64?
        /// Subtasks that exist so far; definitions that have not fanned out count as one.
        public var total: Int
        /// Subtasks that succeeded.
        public var succeeded = 0
        /// Subtasks that failed.
        public var failed = 0
        /// Subtasks that were left out.
        public var skipped = 0
        /// Subtasks that were cut off.
        public var cancelled = 0
        /// As what it ends early, before what it did is undone; nil when it does not.
        public var ending: RunOutcome?
        /// Whether it ends early, and what it did is undone then.
        public var undoes = false
        /// Whether what it did is being undone now.
        public var isUndoing = false
        /// Whether it could not be undone and waits for an operator.
        public var isParked = false
        /// What it leaves in the world, or would now.
        public var standing: [Standing] = []
        /// What waits for a person's decision, in the order it was asked.
        public var questions: [OpenQuestion] = []
        /// Subtasks that no worker may take, with the reason; at most ``blockedLimit``.
        public var blocked: [BlockedSubtask] = []
        /// Limits it reached, in words.
        public var limits: [String] = []
        /// Those of them that are budgets.
        public var exhausted: [String] = []

        /// How many blocked subtasks are remembered.
        static let blockedLimit = 16

        /// Forgets what nobody has answered by the time nothing of it runs any more.
        mutating func dropQuestions() {
            cancelled += questions.count
            questions = []
        }
    }

    /// A subtask that waits for a person's decision.
    public struct OpenQuestion: Hashable, Sendable {
        /// Which subtask.
        public var subtask: SubtaskID
        /// What is in doubt.
        public var doubt: Doubt
        /// Why nobody but a person can say.
        public var reason: String
        /// When it was asked.
        public var asked: Instant
    }

    /// A subtask that no worker may take.
    public struct BlockedSubtask: Hashable, Sendable {
        /// Which subtask.
        public var subtask: SubtaskID
        /// What keeps each worker away.
        public var reason: String
    }

    fileprivate struct State {
        /// Entries in order of their numbers, the oldest first.
        var entries: [Entry] = []
        var workflows: [Digest: Workflow] = [:]
        var seq: UInt64 = 0
        var active = 0
        var lastFailures: [WorkerID: String] = [:]
        /// Why workers were given up whose processes have not ended yet.
        var abandonments: [WorkerID: String] = [:]
        var latencies: [WorkerID: LatencyWindow] = [:]
        var outcomes: [WorkerID: OutcomeHistory] = [:]
        var dispatched: [LeaseID: Instant] = [:]

        func position(of run: RunID) -> Int? {
            // Runs are numbered without gaps, so an entry's place follows from the first one's.
            guard let first = entries.first, run.number >= first.id.number else { return nil }
            let position = Int(run.number - first.id.number)
            return position < entries.count ? position : nil
        }
    }

    private let state = Mutex(State())

    /// An empty ledger.
    public init() {}

    /// The journal position of the latest record.
    public var seq: UInt64 { state.withLock { $0.seq } }

    /// How many runs have not ended.
    public var active: Int { state.withLock { $0.active } }

    /// One run; nil when it is unknown or too old.
    public func entry(_ run: RunID) -> Entry? {
        state.withLock { state in state.position(of: run).map { state.entries[$0] } }
    }

    /// Runs older than a given one, newest first.
    ///
    /// - Parameters:
    ///   - before: Where to begin; nil for the newest.
    ///   - limit: At most so many.
    ///   - matching: Which to take.
    /// - Returns: The entries, the newest first.
    public func entries(
        before: RunID?,
        limit: Int,
        matching: (Entry) -> Bool
    ) -> [Entry] {
        state.withLock { state in
            var found: [Entry] = []
            for entry in state.entries.reversed() {
                if let before, entry.id >= before { continue }
                guard matching(entry) else { continue }
                found.append(entry)
                if found.count == limit { break }
            }
            return found
        }
    }

    /// The workflow of a run.
    public func workflow(_ digest: Digest) -> Workflow? {
        state.withLock { $0.workflows[digest] }
    }

    /// The last thing that went wrong with a worker.
    public func lastFailure(of worker: WorkerID) -> String? {
        state.withLock { $0.lastFailures[worker] }
    }

    /// The time within which 95 of 100 of a worker's latest calls came back, in milliseconds.
    public func p95(of worker: WorkerID) -> Double? {
        state.withLock { $0.latencies[worker]?.p95Milliseconds }
    }

    /// How many of a worker's latest calls failed, from 0 to 1; nil before the first.
    public func errorRate(of worker: WorkerID) -> Double? {
        state.withLock { $0.outcomes[worker]?.errorRate }
    }

    // MARK: Following the journal

    /// Takes note of records that became durable.
    public func committed(_ batch: CommittedBatch) {
        state.withLock { state in
            for (offset, record) in batch.records.enumerated() {
                state.seq = batch.first + UInt64(offset)
                state.note(record, at: batch.time)
            }
        }
    }

    /// Nothing that is no record is remembered.
    public func noticed(_ notice: CoordinatorNotice, at time: Instant) {}
}

extension RunLedger.State {
    fileprivate mutating func note(_ record: Record, at time: Instant) {
        switch record {
        case .workflowRegistered(let digest, let workflow): workflows[digest] = workflow
        case .runSubmitted(let submission): add(submission, at: time)
        case .runEnding(let ending):
            change(ending.run) { entry in
                entry.failure = ending.failure
                entry.culprit = ending.subtask
                entry.ending = ending.outcome
                entry.undoes = ending.undoes
                entry.blocked = []
            }
        case .runFinished(let finished):
            active -= 1
            let seq = seq
            change(finished.run) { entry in
                entry.finished = time
                entry.outcome = finished.outcome
                entry.failure = finished.failure ?? entry.failure
                entry.output = finished.output
                entry.last = seq
                entry.standing = finished.standing
                entry.isUndoing = false
                entry.isParked = false
                entry.dropQuestions()
                entry.blocked = []
            }
        case .subtaskExpanded(let expansion):
            change(expansion.run) { $0.total += Int(expansion.count) - 1 }
        case .subtaskDispatched(let dispatch):
            dispatched[dispatch.lease] = time
            change(dispatch.subtask.run) { entry in
                entry.started = entry.started ?? time
                entry.blocked.removeAll { $0.subtask == dispatch.subtask }
            }
        case .subtaskSucceeded(let success):
            if let start = dispatched.removeValue(forKey: success.lease) {
                latencies[success.worker, default: LatencyWindow()].add(time - start)
            }
            outcomes[success.worker, default: OutcomeHistory()].add(isFailure: false)
            change(success.subtask.run) { $0.succeeded += 1 }
        case .attemptEnded(let end):
            if let lease = end.lease { dispatched[lease] = nil }
            if let worker = end.worker, end.directive != .cancel {
                lastFailures[worker] = end.failure.message
                if end.directive != .yield, end.directive != .reassign {
                    outcomes[worker, default: OutcomeHistory()].add(isFailure: true)
                }
            }
            if end.directive == .fail { change(end.subtask.run) { $0.failed += 1 } }
            if end.directive == .skip { change(end.subtask.run) { $0.skipped += 1 } }
            if end.directive == .cancel { change(end.subtask.run) { $0.cancelled += 1 } }
            if case .ask(let doubt) = end.directive {
                ask(end.subtask, doubt, reason: end.failure.message, at: time)
            } else {
                change(end.subtask.run) { $0.questions.removeAll { $0.subtask == end.subtask } }
            }
        case .workerMoved(let worker, .lost, let reason),
            .workerMoved(let worker, .draining, let reason):
            abandonments[worker] = reason
        case .workerReady(let ready): abandonments[ready.worker] = nil
        case .workerMoved(let worker, .ready, _): abandonments[worker] = nil
        case .workerExited(let exit):
            // That we ended it says less than why.
            let abandonment = abandonments.removeValue(forKey: exit.worker)
            if exit.phase != .stopped {
                let cause = exit.failure?.message ?? abandonment ?? exit.status.description
                lastFailures[exit.worker] = "\(cause): \(exit.reason)"
            }
        case .opened, .configured, .stopping, .stopped, .subtaskReady, .subtaskStarted,
            .leaseReleased, .workerLaunching, .workerLaunched, .workerCredit, .workerMoved,
            .workerSignalled, .ignored:
            break
        default: noteGovernance(record, at: time)
        }
    }

    private mutating func noteGovernance(_ record: Record, at time: Instant) {
        switch record {
        case .subtaskSkipped(let skipped): change(skipped.run) { $0.skipped += 1 }
        case .questionAsked(let question):
            ask(question.subtask, question.doubt, reason: question.reason, at: time)
        case .decided(let decided):
            change(decided.subtask.run) { entry in
                entry.questions.removeAll { $0.subtask == decided.subtask }
                if decided.decision == .happened { entry.succeeded += 1 }
                if decided.directive == .fail { entry.failed += 1 }
                if decided.directive == .skip { entry.skipped += 1 }
                if decided.directive == .cancel { entry.cancelled += 1 }
            }
            if case .ask(let doubt) = decided.directive {
                ask(decided.subtask, doubt, reason: decided.reason, at: time)
            }
        case .subtaskBlocked(let blocked):
            change(blocked.subtask.run) { entry in
                entry.blocked.removeAll { $0.subtask == blocked.subtask }
                guard entry.blocked.count < RunLedger.Entry.blockedLimit else { return }
                entry.blocked.append(
                    RunLedger.BlockedSubtask(subtask: blocked.subtask, reason: blocked.reason)
                )
            }
        case .callAdded(let call): change(call.subtask.run) { $0.total += 1 }
        // It is made anew because it had failed.
        case .callRenewed(let call, _): change(call.run) { $0.failed = max($0.failed - 1, 0) }
        case .runUndoing(let run):
            change(run) { entry in
                entry.isUndoing = true
                entry.dropQuestions()
            }
        case .runParked(let parked):
            change(parked.run) { entry in
                entry.isUndoing = false
                entry.isParked = true
                entry.standing = parked.standing
                entry.failure = entry.failure ?? parked.failure
            }
        case .runResumed(let resumed):
            change(resumed.run) { entry in
                entry.isParked = false
                entry.isUndoing = !resumed.accepts
            }
        case .budgetExhausted(let exhausted):
            change(exhausted.run) { entry in
                entry.limits.append(exhausted.sentence)
                entry.exhausted.append(exhausted.sentence)
            }
        case .loopStopped(let loop): change(loop.run) { $0.limits.append(loop.reason) }
        default: break
        }
    }

    private mutating func ask(
        _ subtask: SubtaskID,
        _ doubt: Doubt,
        reason: String,
        at time: Instant
    ) {
        change(subtask.run) { entry in
            entry.questions.removeAll { $0.subtask == subtask }
            entry.questions.append(
                RunLedger.OpenQuestion(subtask: subtask, doubt: doubt, reason: reason, asked: time)
            )
        }
    }

    private mutating func add(_ submission: RunSubmitted, at time: Instant) {
        let workflow = workflows[submission.workflow]
        active += 1
        entries.append(
            RunLedger.Entry(
                id: submission.run,
                workflow: workflow?.name ?? "",
                version: workflow?.version ?? "",
                digest: submission.workflow,
                submitted: time,
                input: submission.input,
                first: seq,
                total: workflow?.subtasks.count ?? 0
            )
        )
        if entries.count > 2 * RunLedger.capacity {
            entries.removeFirst(entries.count - RunLedger.capacity)
            // A swarm that is sent a fresh workflow with each call must not keep them all.
            let used = Set(entries.map(\.digest))
            workflows = workflows.filter { used.contains($0.key) }
        }
    }

    private mutating func change(_ run: RunID, _ body: (inout RunLedger.Entry) -> Void) {
        guard let position = position(of: run) else { return }
        body(&entries[position])
    }
}

extension BudgetExhausted {
    /// What was used up, for a person.
    var sentence: String {
        let whose = agent.map { "agent \($0)" } ?? "the run"
        let amounts: String =
            switch dimension {
            case .money: "\(BudgetExhausted.dollars(used)) of \(BudgetExhausted.dollars(limit)) USD"
            case .tokens: "\(used) of \(limit) tokens"
            case .calls: "\(used) of \(limit) calls"
            case .time:
                "\(Duration.microseconds(used).configurationText) of "
                    + Duration.microseconds(limit).configurationText
            }
        return "\(whose) has used \(amounts)"
    }

    /// Millionths as dollars, without a trailing zero too many.
    static func dollars(_ micros: Int64) -> String {
        var text = "\(micros / 1_000_000)"
        var rest = String(String(1_000_000 + micros % 1_000_000).dropFirst())
        while rest.hasSuffix("0"), rest.count > 2 { rest.removeLast() }
        text += ".\(rest)"
        return text
    }
}
