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
}

/// One live run as an operator sees it.
public struct RunView: Hashable, Sendable {
    /// Its name.
    public var id: RunID
    /// How many subtasks stand where.
    public var counts: [SubtaskCount]
    /// How many subtasks exist so far.
    public var total: Int
    /// Whether it is being ended.
    public var isEnding: Bool
}

/// How many subtasks of a run are in a state.
public struct SubtaskCount: Hashable, Sendable {
    /// The state: blocked, ready, waiting, held, running, succeeded, failed or cancelled.
    public var state: String
    /// How many.
    public var count: Int
}

extension Swarm {
    /// All workers, in the order of the topology.
    public var workerViews: [WorkerView] {
        workers.filter { !$0.isRetired || $0.hasProcess }.map { worker in
            WorkerView(
                id: worker.id, phase: worker.phase, process: worker.process,
                incarnation: worker.incarnation, launchedAt: worker.launchedAt,
                credit: worker.credit, held: worker.leases.count, restarts: worker.restarts.count,
                restartAt: worker.phase == .waiting ? worker.wakeAt : nil)
        }
    }

    /// A live run; nil once it has ended.
    public func view(of run: RunID) -> RunView? {
        guard let slot = runs.slot(of: run) else { return nil }
        var counts = [Int](repeating: 0, count: 7)
        for subtask in runs[slot].subtasks { counts[Int(subtask.phase.rawValue)] += 1 }
        let names = ["ready", "waiting", "running", "held", "succeeded", "failed", "cancelled"]
        let blocked = runs[slot].groups.count { $0.base < 0 }
        var list = zip(names, counts).map { SubtaskCount(state: $0, count: $1) }
        list.insert(SubtaskCount(state: "blocked", count: blocked), at: 0)
        return RunView(
            id: run, counts: list.filter { $0.count > 0 }, total: runs[slot].subtasks.count,
            isEnding: runs[slot].ending != nil)
    }

    /// How many subtasks wait for a worker of each agent, counted once for each agent that offers
    /// what they need.
    public func queueLength(agent: String) -> Int {
        router.lanes.indices.reduce(0) { total, lane in
            let isOffered = router.offers(of: lane).contains { workers[$0.worker].id.agent == agent }
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

    /// The process of a worker; nil while none is known.
    public func process(of worker: WorkerID) -> ProcessIdentity? {
        slot(of: worker).flatMap { workers[$0].process }
    }

    /// The latest launch of a worker; nil for a worker no topology declared.
    public func incarnation(of worker: WorkerID) -> Incarnation? {
        slot(of: worker).map { workers[$0].incarnation }
    }

    /// The topology in force; nil before the first.
    public var topology: SwarmPlan? { plan }

    /// Whether the coordinator is ending.
    public var isEnding: Bool { isStopping }
}
