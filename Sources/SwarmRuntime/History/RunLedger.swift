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
            }
        case .subtaskExpanded(let expansion):
            change(expansion.run) { $0.total += Int(expansion.count) - 1 }
        case .subtaskDispatched(let dispatch):
            dispatched[dispatch.lease] = time
            change(dispatch.subtask.run) { $0.started = $0.started ?? time }
        case .subtaskSucceeded(let success):
            if let start = dispatched.removeValue(forKey: success.lease) {
                latencies[success.worker, default: LatencyWindow()].add(time - start)
            }
            change(success.subtask.run) { $0.succeeded += 1 }
        case .attemptEnded(let end):
            if let lease = end.lease { dispatched[lease] = nil }
            if let worker = end.worker, end.directive != .cancel {
                lastFailures[worker] = end.failure.message
            }
            if end.directive == .fail { change(end.subtask.run) { $0.failed += 1 } }
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

/// The latest durations of a worker's calls.
struct LatencyWindow {
    private var samples: [Int64] = []
    private var next = 0

    static let capacity = 256

    mutating func add(_ duration: Duration) {
        let sample = duration.wholeMicroseconds
        if samples.count < LatencyWindow.capacity {
            samples.append(sample)
        } else {
            samples[next] = sample
            next = (next + 1) % LatencyWindow.capacity
        }
    }

    var p95Milliseconds: Double? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        return Double(sorted[min(sorted.count * 95 / 100, sorted.count - 1)]) / 1000
    }
}
