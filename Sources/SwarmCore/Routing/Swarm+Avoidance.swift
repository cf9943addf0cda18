import SwarmModel

// Avoidance: a subtask whose result was invalid goes to another worker, while there is one.

extension Swarm {
    /// Leaves out the worker whose result for this very subtask was invalid, as long as another
    /// may take it.
    func eligible(
        _ ranking: [Ranked],
        for entry: ReadyEntry,
        in lane: Int,
        _ now: Instant
    ) -> [Ranked] {
        let slot = liveSlot(of: entry.run)
        let avoided = Int(runs.slots[slot].subtasks[Int(entry.index)].avoids)
        guard avoided >= 0, mayGoElsewhere(entry, than: avoided, in: lane, now) else {
            return ranking
        }
        return ranking.filter { $0.worker != avoided }
    }

    /// Whether a worker but one may take a subtask, now or when it is free.
    ///
    /// A silent or paused one is not waited for, nor one that an operator keeps calls from or that
    /// the budget will not pay: it may be for ever, with a worker at hand that would do.
    private func mayGoElsewhere(
        _ entry: ReadyEntry,
        than avoided: Int,
        in lane: Int,
        _ now: Instant
    ) -> Bool {
        let agent = router.lanes[lane].agent
        let budget = settledBudget(for: entry)
        return router.offers(of: lane).contains { offer in
            let worker = workers[offer.worker]
            guard offer.worker != avoided, worker.phase == .ready, !worker.isRetired,
                agent == nil || worker.id.agent == agent,
                breakers[offer.breaker].breaker.state != .forcedOpen,
                breakers[worker.breaker].breaker.state != .forcedOpen
            else { return false }
            return budget.map { exhausted(by: entry, at: offer.worker, from: lane, $0, now) == nil }
                ?? true
        }
    }
}
