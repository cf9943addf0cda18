public import SwarmModel

/// One worker as an operator sees it.
public struct WorkerView: Hashable, Sendable {
    /// Its name.
    public var id: WorkerID
    /// Where it stands.
    public var phase: WorkerPhase
    /// Its process, if one runs.
    public var process: ProcessIdentity?
    /// Which launch that is.
    public var incarnation: Incarnation
    /// When that launch was.
    public var launchedAt: Instant
    /// How many subtasks it takes at once.
    public var credit: Int
    /// How many it holds.
    public var held: Int
    /// Restarts within the supervision window.
    public var restarts: Int
    /// When it is started again, if it waits for that.
    public var restartAt: Instant?
    /// Whether only an operator brings it back: it was given up, or ended in order.
    public var isReleasable: Bool
}

/// One live run as an operator sees it.
public struct RunView: Hashable, Sendable {
    /// Its name.
    public var id: RunID
    /// Definitions that wait for others, and elements held back by `max_parallel`.
    public var waiting = 0
    /// Subtasks that wait for a worker or a semaphore.
    public var ready = 0
    /// Subtasks that wait for their retry delay.
    public var retrying = 0
    /// Subtasks a worker has.
    public var running = 0
    /// Subtasks that succeeded.
    public var succeeded = 0
    /// Subtasks that failed.
    public var failed = 0
    /// Subtasks that ended because their run did.
    public var cancelled = 0
    /// Subtasks that were left out.
    public var skipped = 0
    /// Subtasks of which a tool is asked whether their call happened.
    public var verifying = 0
    /// Subtasks that wait for a person.
    public var asking = 0
    /// Whether what it did is being undone.
    public var isUndoing = false
    /// Whether it could not be undone and waits for someone to mend the cause.
    public var isParked = false
    /// What its calls have cost, those under way left out.
    public var spent = Spending.zero
    /// What calls under way have reserved.
    public var reserved = Spending.zero
    /// Whether it has spent what it may, and only does what is marked `finally`.
    public var isWrappingUp = false
    /// Whether it is being ended, and how it will end.
    public var ending: RunOutcome?
    /// Some of the subtasks that run, the longest running first.
    public var current: [RunningSubtask] = []
}

/// A subtask a worker has.
public struct RunningSubtask: Hashable, Sendable {
    /// Which.
    public var subtask: SubtaskID
    /// Who has it.
    public var worker: WorkerID
    /// Under which lease.
    public var lease: LeaseID
    /// Since when.
    public var since: Instant
}

extension Swarm {
    /// All workers, in the order of the topology.
    public var workerViews: [WorkerView] {
        workers.filter { !$0.isRetired || $0.hasProcess }.map { worker in
            WorkerView(
                id: worker.id,
                phase: worker.phase,
                process: worker.process,
                incarnation: worker.incarnation,
                launchedAt: worker.launchedAt,
                credit: worker.credit,
                held: worker.leases.count,
                restarts: worker.restarts.count,
                restartAt: worker.phase == .waiting ? worker.wakeAt : nil,
                isReleasable: worker.isReleasable
            )
        }
    }

    /// A live run; nil once it has ended.
    ///
    /// - Parameters:
    ///   - run: Which run.
    ///   - limit: How many running subtasks to name.
    /// - Returns: Its counts, and as many running subtasks as were asked for.
    public func view(of run: RunID, naming limit: Int = 0) -> RunView? {
        guard let slot = runs.slot(of: run) else { return nil }
        var view = RunView(id: run)
        view.ending = runs.slots[slot].ending?.outcome
        view.isUndoing = runs.slots[slot].undo.isUndoing
        view.isParked = runs.slots[slot].isParked
        view.spent = runs.slots[slot].budget.spent
        view.reserved = runs.slots[slot].budget.reserved
        view.isWrappingUp = runs.slots[slot].wrapUp != nil
        view.waiting = runs.slots[slot].groups.count { $0.base < 0 }
        for subtask in runs.slots[slot].subtasks {
            switch subtask.phase {
            case .held: view.waiting += 1
            case .ready: view.ready += 1
            case .waiting: view.retrying += 1
            case .running: view.running += 1
            case .succeeded: view.succeeded += 1
            case .failed: view.failed += 1
            case .verifying: view.verifying += 1
            case .asking: view.asking += 1
            case .cancelled: view.cancelled += 1
            case .skipped: view.skipped += 1
            }
        }
        guard limit > 0 else { return view }
        var current: [RunningSubtask] = []
        for worker in workers {
            for lease in worker.leases where lease.run == run && !lease.isRevoked {
                current.append(
                    RunningSubtask(
                        subtask: subtask(of: lease),
                        worker: worker.id,
                        lease: LeaseID(lease.number),
                        since: lease.dispatched
                    )
                )
            }
        }
        current.sort { $0.lease < $1.lease }
        view.current = Array(current.prefix(limit))
        return view
    }

    /// How many subtasks wait for a worker of each agent, counted once for each agent that offers
    /// what they need.
    public func queueLength(agent: String) -> Int {
        router.lanes.indices.reduce(0) { total, lane in
            let isOffered = router.offers(of: lane).contains {
                workers[$0.worker].id.agent == agent
            }
            return isOffered ? total + router.lanes[lane].queue.count : total
        }
    }

    /// How many subtasks a worker takes at once.
    public func credit(of worker: WorkerID) -> Int {
        slot(of: worker).map { workers[$0].credit } ?? 0
    }

    /// The capability a worker was given a lease for; nil when it does not hold it.
    public func capability(of lease: LeaseID, worker: WorkerID) -> String? {
        guard let (slot, position) = find(lease, of: worker) else { return nil }
        return router.capabilities[Int(workers[slot].leases[position].capability)].name
    }

    /// The calls that a lease is part of, outermost first and its own last; empty when the worker
    /// does not hold it.
    ///
    /// What a refusal names as the chain, but for the call refused.
    public func callStack(of lease: LeaseID, worker: WorkerID) -> [StackFrame] {
        guard let (slot, position) = find(lease, of: worker) else { return [] }
        let held = workers[slot].leases[position]
        return runs.slot(of: held.run).map { stack(above: Int(held.index), in: $0) } ?? []
    }

    /// The process of a worker; nil while none is known.
    public func process(of worker: WorkerID) -> ProcessIdentity? {
        slot(of: worker).flatMap { workers[$0].process }
    }

    /// The latest launch of a worker; nil for a worker no topology declared.
    public func incarnation(of worker: WorkerID) -> Incarnation? {
        slot(of: worker).map { workers[$0].incarnation }
    }

    /// Whether a process has been answered a greeting that it said after this one, or this very
    /// one.
    ///
    /// It lay somewhere meanwhile, and tells of leases that were given since as of lost ones.
    public func isOutdated(
        _ greeting: Int64?,
        of worker: WorkerID,
        _ incarnation: Incarnation
    ) -> Bool {
        guard let greeting, let slot = slot(of: worker) else { return false }
        return workers[slot].incarnation == incarnation && greeting <= workers[slot].greeting
    }

    /// The topology in force; nil before the first.
    public var topology: SwarmPlan? { plan }

    /// Whether any run has not ended.
    public var hasRuns: Bool { runs.live.first != nil }

    /// Whether the coordinator is ending.
    public var isEnding: Bool { isStopping }
}
