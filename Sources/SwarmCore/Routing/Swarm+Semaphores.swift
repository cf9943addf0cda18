import SwarmModel

// Semaphores: how long a subtask waits for one, and how long it may hold it.

extension Swarm {
    /// When an attempt that holds these semaphores must be over, as far as they limit it.
    func holdLimit(of held: [Int]) -> Duration? {
        held.lazy.compactMap { self.semaphores.semaphores[$0].maxHold }.min()
    }

    /// All semaphores an attempt at a worker holds: those of its lane, and those of its agent.
    func semaphores(of lane: Int, at worker: Int) -> [Int] {
        let wanted = router.lanes[lane].semaphores
        let own = workers[worker].semaphores
        return own.isEmpty ? wanted : wanted + own.filter { !wanted.contains($0) }
    }

    /// Fails subtasks that have waited for a permit for longer than its semaphore allows.
    ///
    /// Only what a full semaphore keeps waiting fails so; time spent for other reasons counts, too,
    /// because a caller cares how long it waits and not for what.
    mutating func expireWaits(_ now: Instant, _ step: inout Step) {
        for lane in router.lanes.indices where !router.lanes[lane].queue.isEmpty {
            while let (limit, semaphore) = waitLimit(of: lane),
                let entry = router.lanes[lane].queue.longestWaiting, entry.since + limit <= now,
                let slot = runs.slot(of: entry.run)
            {
                let message =
                    "it waited \((now - entry.since).configurationText) for semaphore "
                    + "\"\(semaphore)\", and may wait \(limit.configurationText)"
                failUnheld(
                    Int(entry.index),
                    in: slot,
                    Failure(.unavailable, message, retryable: false),
                    rule: "semaphores.\(semaphore).max_wait",
                    now,
                    &step
                )
                settle(slot, now, &step)
            }
        }
    }

    /// Asks to be called when something that now waits has waited long enough.
    mutating func noteWait(in lane: Int) {
        guard semaphores.limitsWaits, let entry = router.lanes[lane].queue.longestWaiting else {
            return
        }
        let wanted =
            router.lanes[lane].semaphores
            + router.offers(of: lane).flatMap { workers[$0.worker].semaphores }
        let limit = wanted.compactMap { semaphores.semaphores[$0].maxWait }.min()
        if let limit { clock.note(entry.since + limit) }
    }

    /// The first moment at which ``expireWaits(_:_:)`` has something to do.
    var waitDeadline: Instant? {
        router.lanes.indices.lazy.compactMap { lane -> Instant? in
            guard let entry = self.router.lanes[lane].queue.longestWaiting,
                let (limit, _) = self.waitLimit(of: lane)
            else { return nil }
            return entry.since + limit
        }.min()
    }

    /// How long a lane's subtasks may wait for the full semaphore that keeps them waiting; nil when
    /// none does, or none has a limit.
    private func waitLimit(of lane: Int) -> (limit: Duration, semaphore: String)? {
        var shortest: (limit: Duration, semaphore: String)?
        func note(_ wanted: [Int]) {
            for position in wanted where !semaphores.canAcquire([position]) {
                let semaphore = semaphores.semaphores[position]
                guard let limit = semaphore.maxWait else { continue }
                if let shortest, shortest.limit <= limit { continue }
                shortest = (limit, semaphore.name)
            }
        }
        note(router.lanes[lane].semaphores)
        if shortest != nil { return shortest }
        // Those of the agent matter when no worker is without a full one.
        let agent = router.lanes[lane].agent
        let candidates = router.offers(of: lane).filter {
            agent == nil || workers[$0.worker].id.agent == agent
        }
        guard !candidates.isEmpty,
            candidates.allSatisfy({ !semaphores.canAcquire(workers[$0.worker].semaphores) })
        else { return nil }
        for candidate in candidates { note(workers[candidate.worker].semaphores) }
        return shortest
    }
}
