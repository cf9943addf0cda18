import SwarmModel

// Budgets: which calls may start, and what happens when one may not.

extension Swarm {
    /// Whether a ready subtask may start as far as money, tokens, calls and time go.
    enum Admission {
        /// Yes, at these workers.
        case start([Ranked])
        /// Not now: what calls under way have reserved stands in the way, and may come back.
        case hold
        /// Never.
        case exhausted(ExhaustedBudget)
    }

    /// The account a subtask spends from.
    func account(of index: Int, in slot: Int) -> Int {
        runs.slots[slot].call(of: index)?.account ?? BudgetLedger.run
    }

    /// Whether a subtask starts only if a budget allows it.
    ///
    /// Undoing what was done must never fail for want of money.
    func isLimited(_ index: Int, in slot: Int) -> Bool {
        runs.slots[slot].isMetered && !runs.slots[slot].isProtected(index)
            && !isFinal(index, in: slot)
    }

    func admission(
        of entry: ReadyEntry,
        in lane: Int,
        _ ranking: [Ranked],
        _ now: Instant
    ) -> Admission {
        let slot = liveSlot(of: entry.run)
        let index = Int(entry.index)
        guard isLimited(index, in: slot) else { return .start(ranking) }
        let budget = runs.slots[slot].budget
        var first: ExhaustedBudget?
        var open: [Ranked] = []
        for ranked in ranking {
            let exhausted = exhausted(by: entry, at: ranked.worker, from: lane, budget, now)
            if let exhausted { first = first ?? exhausted } else { open.append(ranked) }
        }
        guard let first, open.isEmpty else { return .start(open) }
        // Who has money may only be busy, or not be there yet.
        let settled = settledBudget(for: entry) ?? budget
        let mayCome = router.offers(of: lane).contains { offer in
            mayTake(offer.worker, from: lane)
                && exhausted(by: entry, at: offer.worker, from: lane, settled, now) == nil
        }
        return mayCome ? .hold : .exhausted(first)
    }

    /// What stands against a subtask at a worker in a ledger.
    func exhausted(
        by entry: ReadyEntry,
        at worker: Int,
        from lane: Int,
        _ budget: BudgetLedger,
        _ now: Instant
    ) -> ExhaustedBudget? {
        budget.exhausted(
            by: estimate(in: lane, of: worker),
            account: account(of: Int(entry.index), in: liveSlot(of: entry.run)),
            agent: workers[worker].id.agent,
            at: now
        )
    }

    /// The best that the ledger of its run may come to when calls under way have been paid; nil
    /// when no budget limits a subtask.
    ///
    /// What is reserved for calls that wait for this one never comes back before it.
    func settledBudget(for entry: ReadyEntry) -> BudgetLedger? {
        let slot = liveSlot(of: entry.run)
        guard isLimited(Int(entry.index), in: slot) else { return nil }
        return runs.slots[slot].budget.settled(
            except: parkedLeases(of: entry.run),
            keeping: account(of: Int(entry.index), in: slot)
        )
    }

    /// Whether a worker takes subtasks of a lane, now or when it is free or back.
    private func mayTake(_ worker: Int, from lane: Int) -> Bool {
        let agent = router.lanes[lane].agent
        guard agent == nil || workers[worker].id.agent == agent, !workers[worker].isRetired
        else { return false }
        switch workers[worker].phase {
        case .stopped, .quarantined: return false
        case .launching, .expected, .ready, .suspect, .lost, .draining, .stopping, .waiting:
            return true
        }
    }

    private func estimate(in lane: Int, of worker: Int) -> Cost {
        let capability = router.lanes[lane].capability
        return router.contract(capability: capability, worker: worker)?.estimate ?? .zero
    }

    /// The leases of a run that wait for calls they have delegated.
    private func parkedLeases(of run: RunID) -> [UInt64] {
        workers.flatMap { worker in
            worker.parked == 0
                ? [] : worker.leases.filter { $0.isParked && $0.run == run }.map(\.number)
        }
    }

    /// Whether a run that wraps up still does this.
    func isFinal(_ index: Int, in slot: Int) -> Bool {
        guard runs.slots[slot].wrapUp != nil else { return false }
        let definition = Int(runs.slots[slot].subtasks[runs.slots[slot].root(of: index)].definition)
        return definition >= 0
            && workflows[runs.slots[slot].workflow].workflow.subtasks[definition].isFinally
    }

    /// Does what policy says about a subtask that no budget allows.
    mutating func exhaust(
        _ entry: ReadyEntry,
        _ exhausted: ExhaustedBudget,
        _ now: Instant,
        _ step: inout Step
    ) {
        let slot = liveSlot(of: entry.run)
        let index = Int(entry.index)
        let subtask = runs.slots[slot].id(of: index, in: workflows[runs.slots[slot].workflow])
        let failure = Failure(.budgetExhausted, exhausted.explanation, retryable: false)
        var agent: String?
        if case .agent(let name) = exhausted.owner { agent = name }
        let wrapsUp = exhausted.owner == .run && runs.slots[slot].limits.onExhausted == .wrapUp
        if exhausted.owner != .delegation {
            emit(
                .budgetExhausted(
                    BudgetExhausted(
                        run: entry.run,
                        agent: agent,
                        dimension: exhausted.dimension,
                        subtask: subtask,
                        used: exhausted.used,
                        limit: exhausted.limit,
                        wrapsUp: wrapsUp
                    )
                ),
                now,
                &step
            )
        }
        switch exhausted.owner {
        case .run where wrapsUp: break
        case .run:
            return end(slot, as: .failed, because: failure, subtask: subtask, now, &step)
        case .delegation: failUnheld(index, in: slot, failure, rule: "budget", now, &step)
        case .agent: failUnheld(index, in: slot, failure, rule: "agent.budget", now, &step)
        }
        settle(slot, now, &step)
    }

    /// In a run that wraps up, leaves out what has not begun and is not marked `finally`.
    ///
    /// - Returns: Whether there was anything.
    mutating func leaveOut(of slot: Int, _ now: Instant, _ step: inout Step) -> Bool {
        guard let failure = runs.slots[slot].wrapUp else { return false }
        let rule = "on_exhausted: wrap_up"
        var index = 0
        var hasFound = false
        // What is left out may open others, behind it.
        while index < runs.slots[slot].subtasks.count, runs.slots[slot].ending == nil {
            defer { index += 1 }
            let phase = runs.slots[slot].subtasks[index].phase
            guard phase == .ready || phase == .waiting, !runs.slots[slot].isProtected(index),
                !isFinal(index, in: slot)
            else { continue }
            hasFound = true
            if runs.slots[slot].call(of: index)?.origin != nil {
                // Its caller is told, and does what it can without it.
                failUnheld(index, in: slot, failure, rule: rule, now, &step)
                continue
            }
            emit(
                .attemptEnded(
                    AttemptEnded(
                        subtask: runs.slots[slot].id(
                            of: index,
                            in: workflows[runs.slots[slot].workflow]
                        ),
                        lease: nil,
                        worker: nil,
                        failure: failure,
                        mayHaveHappened: false,
                        stillHeld: false,
                        directive: .skip,
                        rule: rule
                    )
                ),
                now,
                &step
            )
            callOff(below: index, in: slot, now, &step)
        }
        return hasFound
    }

    // MARK: Applying

    mutating func applyExhausted(_ exhausted: BudgetExhausted, at time: Instant) {
        guard exhausted.wrapsUp else { return }
        let slot = liveSlot(of: exhausted.run)
        let found = ExhaustedBudget(
            owner: .run,
            dimension: exhausted.dimension,
            used: exhausted.used,
            limit: exhausted.limit,
            wanted: 0
        )
        runs.slots[slot].wrapUp = Failure(.budgetExhausted, found.summary, retryable: false)
    }

    mutating func reserve(_ dispatch: SubtaskDispatched, in slot: Int) {
        runs.slots[slot].budget.reserve(
            dispatch.lease.number,
            dispatch.reserved,
            account: account(of: Int(dispatch.subtask.index), in: slot),
            agent: dispatch.worker.agent
        )
    }

    mutating func settleBudget(_ end: AttemptEnded, in slot: Int) {
        guard let lease = end.lease else { return }
        let settlement: BudgetLedger.Settlement =
            if end.directive == .reassign {
                .notBegun
            } else {
                end.cost.map { .reported($0) } ?? .unreported
            }
        runs.slots[slot].budget.settle(lease.number, settlement)
        runs.slots[slot].refusals.removeAll { $0.request.lease == lease }
    }

    mutating func settleBudget(_ success: SubtaskSucceeded, in slot: Int) {
        let settlement = success.cost.map { BudgetLedger.Settlement.reported($0) }
        runs.slots[slot].budget.settle(success.lease.number, settlement ?? .unreported)
        runs.slots[slot].refusals.removeAll { $0.request.lease == success.lease }
    }
}

extension Run {
    /// The ledger a run begins with.
    static func ledger(_ limits: RunLimits, _ plan: SwarmPlan?, at time: Instant) -> BudgetLedger {
        let limit = limits.runBudget.map { Allowance($0) } ?? Allowance()
        var ledger = BudgetLedger(limit: limit, start: time)
        for agent in plan?.agents ?? [] {
            guard let budget = agent.configuration.budget else { continue }
            ledger.limit(agent.name, to: Allowance(budget), start: time)
        }
        return ledger
    }
}
