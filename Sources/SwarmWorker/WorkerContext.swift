import SwarmModel
import SwarmWire

/// What a handler can know about the subtask it works on, and say about it.
public struct WorkerContext: Sendable {
    let lease: HeldLease
    private let outbox: Outbox
    private let workerLog: WorkerLog

    init(lease: HeldLease, outbox: Outbox, log: WorkerLog) {
        self.lease = lease
        self.outbox = outbox
        workerLog = log
    }

    /// The subtask's name, as in `r_17/check[42]`.
    public var subtask: String { lease.assignment.subtask }
    /// The capability that was asked for.
    public var capability: String { lease.assignment.capability }
    /// Which attempt this is, from 1.
    public var attempt: Int { lease.assignment.attempt }
    /// A number that rises with every dispatch of the subtask.
    ///
    /// Hand it to what is written to, when that can refuse an older number: then a worker that was
    /// given up for lost cannot overwrite what its successor wrote.
    public var epoch: UInt64 { lease.assignment.epoch }
    /// The key under which work done again is the same work, whatever the attempt.
    public var idempotencyKey: String { lease.assignment.stableKey }
    /// When the result is no longer wanted; nil when there is no limit.
    public var deadline: ContinuousClock.Instant? { lease.deadline }
    /// The time left until ``deadline``, never negative; nil when there is no limit.
    public var remaining: Duration? {
        deadline.map { max(.zero, $0 - ContinuousClock.now) }
    }
    /// The W3C trace context, `traceparent`; nil when the run is not traced.
    public var traceparent: String? { lease.assignment.traceParent }
    /// What tracing systems add to it, `tracestate`.
    public var tracestate: String? { lease.assignment.traceState }

    /// Whether the result is no longer wanted.
    ///
    /// The handler's Swift task is cancelled too, so sleeps and requests end by themselves; long
    /// computations look here now and then. To stop, throw `CancellationError`.
    public var isCancelled: Bool { lease.isCancelled }

    /// Throws `CancellationError` when the result is no longer wanted.
    public func checkCancellation() throws {
        if isCancelled { throw CancellationError() }
    }

    /// Log lines that carry the name of this subtask.
    public var log: WorkerLog { workerLog.about(subtask) }

    /// Says how far the work is.
    ///
    /// Only the newest step is kept when they come faster than they can be sent, so it may be
    /// called as often as is convenient.
    ///
    /// - Parameters:
    ///   - done: steps done.
    ///   - total: steps there are; nil when not known.
    ///   - note: a few words for people; more than 1 KiB are cut off.
    public func progress(done: Int, total: Int? = nil, note: String? = nil) {
        advance(
            HeldLease.Step(
                done: Int64(max(0, done)),
                total: total.map { Int64(max(0, $0)) },
                note: note
            )
        )
    }

    /// Says how far the work is, as a part of one; see ``progress(done:total:note:)``.
    ///
    /// - Parameters:
    ///   - fraction: from 0 to 1; kept to a tenth of a percent.
    ///   - note: a few words for people; more than 1 KiB are cut off.
    public func progress(fraction: Double, note: String? = nil) {
        let steps = fraction.isFinite ? Int64((min(max(fraction, 0), 1) * 1000).rounded()) : 0
        advance(HeldLease.Step(done: steps, total: 1000, note: note))
    }

    /// Adds to what the subtask has cost, itself and without what it delegated.
    ///
    /// Reported with the result, whether that is a success or not; budgets are settled with it.
    public func report(cost: Cost) { lease.add(cost) }

    // MARK: Delegation

    /// How many levels of delegation are left: 0 when this subtask may not delegate.
    public var depthLeft: Int { lease.assignment.depth ?? 0 }
    /// What this subtask and all it delegates may still use up; nil when nothing is limited.
    ///
    /// As the coordinator last said, with the subtask and with each answer to what it delegated.
    public var budgetLeft: Budget? { lease.budget }
    /// The calls that led to this subtask, outermost first; the last is the one that delegated it.
    ///
    /// Empty for a subtask of a workflow. Of more than 16 the innermost are named.
    public var stack: [CallFrame] { lease.assignment.stack.map { CallFrame($0) } }

    /// Asks the coordinator, and waits for the answer.
    func ask(_ request: [UInt8]) async throws -> [UInt8] {
        try checkCancellation()
        let call = DelegatedCall(request, for: lease)
        return try await withTaskCancellationHandler {
            outbox.post(.asked(call))
            return try await call.answer()
        } onCancel: {
            call.abandon()
            outbox.post(.gaveUp(call))
        }
    }

    private func advance(_ step: HeldLease.Step) {
        if lease.advance(to: step) { outbox.post(.progress(lease)) }
    }
}
