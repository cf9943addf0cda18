import SwarmModel

// Scheduling: which ready subtask goes to which worker now.

extension Swarm {
    /// Hands out ready subtasks until no worker has a free permit for any of them.
    mutating func schedule(_ now: Instant, _ step: inout Step) {
        guard !isStopping else { return }
        repeat {
            while let choice = nextChoice(now) {
                if let exhausted = choice.exhausted {
                    exhaust(choice.entry, exhausted, now, &step)
                } else {
                    dispatch(choice, now, &step)
                }
            }
        } while reportBlocked(now, &step)
    }

    struct Choice {
        var lane: Int
        var entry: ReadyEntry
        var ranking: [Ranked]
        /// The budget that stands against it.
        var exhausted: ExhaustedBudget?
    }

    /// A worker that could take a subtask now, with what the order is made of.
    struct Ranked {
        var worker: Int
        var offer: Int
        var score: Int64
        var turn: Int
    }

    /// The next subtask in each lane, with the rank it has by now.
    private struct Head {
        var lane: Int
        var rank: Int
        var entry: ReadyEntry
    }

    /// Of the heads of all lanes that can run now, the one of largest rank that waits longest.
    ///
    /// A head that has waited for a while, and that only semaphores hold back, keeps what is free
    /// of them: otherwise one that needs two could wait for ever while others, which need one each,
    /// never have both free at once. It holds nothing meanwhile, so nobody waits in a circle.
    private func nextChoice(_ now: Instant) -> Choice? {
        var heads: [Head] = []
        for lane in router.lanes.indices {
            guard let (rank, entry) = router.lanes[lane].queue.first(at: now) else { continue }
            heads.append(Head(lane: lane, rank: rank, entry: entry))
        }
        if heads.count > 1 {
            heads.sort { ($1.rank, $0.entry.order) < ($0.rank, $1.entry.order) }
        }
        var reserved: [Int] = []
        for head in heads {
            if let choice = choice(for: head, besides: reserved, now) { return choice }
            if now - head.entry.since >= ReadyQueue.agingStep {
                reserved += wantedSemaphores(of: head, now)
            }
        }
        return nil
    }

    /// How far a lane is looked through for a subtask that can start when its head cannot.
    ///
    /// Of one account only the first is asked, so that a lane full of subtasks whose run waits for
    /// money costs little each time, and hides nobody.
    private static let lookLimit = (entries: 4096, accounts: 64)

    private func choice(for head: Head, besides reserved: [Int], _ now: Instant) -> Choice? {
        let lane = head.lane
        guard semaphores.canAcquire(router.lanes[lane].semaphores, besides: reserved) else {
            return nil
        }
        let ranking = rank(lane, besides: reserved, now)
        guard !ranking.isEmpty else { return nil }
        let own = eligible(ranking, for: head.entry, in: lane, now)
        if !own.isEmpty, let choice = admitted(head.entry, to: lane, own, now) { return choice }
        // It waits until a call of its run has been paid, or for another worker; others need not.
        var heldBack: [(run: RunID, account: Int)] = []
        return router.lanes[lane].queue.firstMatch(
            ofNext: Swarm.lookLimit.entries,
            at: now
        ) { entry in
            guard entry != head.entry else { return nil }
            let slot = liveSlot(of: entry.run)
            let account = account(of: Int(entry.index), in: slot)
            let spends = isLimited(Int(entry.index), in: slot)
            if spends, heldBack.contains(where: { $0.run == entry.run && $0.account == account }) {
                return nil
            }
            let own = eligible(ranking, for: entry, in: lane, now)
            guard !own.isEmpty else { return nil }
            if let choice = admitted(entry, to: lane, own, now) { return choice }
            if own.count == ranking.count, heldBack.count < Swarm.lookLimit.accounts {
                heldBack.append((entry.run, account))
            }
            return nil
        }
    }

    /// The choice of a subtask, unless what its run has reserved holds it back.
    private func admitted(
        _ entry: ReadyEntry,
        to lane: Int,
        _ ranking: [Ranked],
        _ now: Instant
    ) -> Choice? {
        switch admission(of: entry, in: lane, ranking, now) {
        case .hold: nil
        case .start(let open): Choice(lane: lane, entry: entry, ranking: open)
        case .exhausted(let budget):
            Choice(lane: lane, entry: entry, ranking: ranking, exhausted: budget)
        }
    }

    /// The semaphores that alone keep a head waiting; none when it waits for a worker, for another
    /// than the free one, or for money, too.
    private func wantedSemaphores(of head: Head, _ now: Instant) -> [Int] {
        guard !semaphores.isEmpty else { return [] }
        let ranking = eligible(
            rank(head.lane, besides: nil, now),
            for: head.entry,
            in: head.lane,
            now
        )
        guard let best = ranking.first, admitted(head.entry, to: head.lane, ranking, now) != nil
        else { return [] }
        return semaphores(of: head.lane, at: best.worker)
    }

    /// The workers that can take a subtask of a lane now, best first.
    ///
    /// Cheaper declared cost first; then the shorter expected wait, which is the observed latency
    /// times the share of permits in use, longer the more calls fail; then whoever's turn it is.
    ///
    /// What is reserved are semaphores kept for others; nil looks at no semaphore of an agent.
    func rank(_ lane: Int, besides reserved: [Int]?, _ now: Instant) -> [Ranked] {
        let capability = router.lanes[lane].capability
        let agent = router.lanes[lane].agent
        let count = router.capabilities[capability].offers.count
        let rotation = router.capabilities[capability].rotation
        var ranking: [Ranked] = []
        let fastest = router.capabilities[capability].fastest
        for position in 0..<count {
            let worker = router.capabilities[capability].offers[position].worker
            guard workers[worker].isRoutable,
                breakers.admits(router.capabilities[capability].offers[position].breaker, at: now),
                breakers.admits(workers[worker].breaker, at: now),
                agent == nil || workers[worker].id.agent == agent,
                reserved == nil || workers[worker].semaphores.isEmpty
                    || semaphores.canAcquire(workers[worker].semaphores, besides: reserved ?? [])
            else { continue }
            ranking.append(
                Ranked(
                    worker: worker,
                    offer: position,
                    score: Swarm.score(
                        router.capabilities[capability].offers[position],
                        held: workers[worker].leases.count,
                        credit: workers[worker].credit,
                        unknown: fastest,
                        errorRate: breakers[
                            router.capabilities[capability].offers[position].breaker
                        ].errorRate(at: now)
                    ),
                    turn: (position - rotation + count) % count
                )
            )
        }
        if ranking.count > 1 {
            ranking.sort { ($0.score, $0.turn) < ($1.score, $1.turn) }
        }
        return ranking
    }

    /// Declared cost in millionths of a dollar above, expected wait in microseconds below.
    ///
    /// The wait is that for a success: where half of the calls fail, two are needed for one. The
    /// factor ends at 8. A worker that has had no success yet counts as fast as the fastest: taken
    /// as faster, one that fails at once would draw all the work.
    static func score(
        _ offer: CapabilityRouter.Offer,
        held: Int,
        credit: Int,
        unknown: Int64,
        errorRate: Int64
    ) -> Int64 {
        let known = offer.latency > 0 ? offer.latency : unknown
        let latency = min(max(known, 1), 1 << 31)
        let plain = latency * Int64(held + 1) / Int64(max(credit, 1))
        let wait = min(plain * 65_536 / max(65_536 - errorRate, 8192), (1 << 32) - 1)
        return offer.microdollars << 32 | wait
    }

    mutating func dispatch(
        _ choice: Choice,
        isHedge: Bool = false,
        _ now: Instant,
        _ step: inout Step
    ) {
        let slot = liveSlot(of: choice.entry.run)
        let index = Int(choice.entry.index)
        let compiled = workflows[runs.slots[slot].workflow]
        let subtask = runs.slots[slot].id(of: index, in: compiled)
        if let limit = runs.slots[slot].call(of: index)?.deadline, limit <= now, !isHedge {
            // Whoever decided that it be made again took longer than the call has.
            let failure = Failure(.timeout, "its time was over before a worker could take it")
            failUnheld(index, in: slot, failure, rule: "deadline", now, &step)
            return settle(slot, now, &step)
        }
        let arguments: [UInt8]
        switch self.arguments(of: index, in: slot) {
        case .success(let bytes): arguments = bytes
        case .failure(let error):
            guard !isHedge else { return }
            let failure = Failure(.unresolved, error.message, retryable: false)
            failUnheld(index, in: slot, failure, rule: "an argument is missing", now, &step)
            return settle(slot, now, &step)
        }
        let definition = Int(runs.slots[slot].subtasks[index].definition)
        let chosen = choice.ranking[0]
        let capability = router.lanes[choice.lane].capability
        let name = router.capabilities[capability].name
        let contract = router.contract(capability: capability, worker: chosen.worker)
        let timeout =
            (definition < 0 ? nil : compiled.timeouts[definition])
            ?? router.capabilities[capability].offers[chosen.offer].timeout
        let worker = workers[chosen.worker].id
        let lease = LeaseID(lastLease + 1)
        let attempt = Int(runs.slots[slot].subtasks[index].attempt) + (isHedge ? 0 : 1)
        let call = runs.slots[slot].call(of: index)
        var deadline = min(now + timeout, call?.deadline ?? now + timeout)
        if let limit = holdLimit(of: semaphores(of: choice.lane, at: chosen.worker)) {
            deadline = min(deadline, now + limit)
        }
        if let compensation = contract?.compensation, !runs.slots[slot].isProtected(index),
            !runs.slots[slot].hasUndo(index)
        {
            emit(
                .undoRegistered(
                    UndoRegistered(
                        subtask: subtask,
                        capability: compensation.capability,
                        arguments: .inline(compensation.args.encoded()),
                        within: compensation.deadline
                    )
                ),
                now,
                &step
            )
        }
        let breaker = router.capabilities[capability].offers[chosen.offer].breaker
        var probes: [ProbePermit] = []
        if let probe = claimProbe(breaker, now, &step) { probes.append(probe) }
        if let probe = claimProbe(workers[chosen.worker].breaker, now, &step) {
            probes.append(probe)
        }
        emit(
            .subtaskDispatched(
                SubtaskDispatched(
                    subtask: subtask,
                    capability: name,
                    attempt: attempt,
                    lease: lease,
                    worker: worker,
                    arguments: .inline(arguments),
                    deadline: deadline,
                    alternatives: choice.ranking.dropFirst().prefix(3).map {
                        RankedWorker(worker: workers[$0.worker].id, score: $0.score)
                    },
                    score: chosen.score,
                    requiresGo: contract?.requiresGo ?? false,
                    isHedge: isHedge,
                    reserved: contract?.estimate ?? .zero,
                    probes: probes
                )
            ),
            now,
            &step
        )
        step.effects.append(
            .dispatch(
                Dispatch(
                    subtask: subtask,
                    attempt: attempt,
                    lease: lease,
                    worker: worker,
                    capability: name,
                    arguments: arguments,
                    deadline: deadline,
                    requiresGo: contract?.requiresGo ?? false,
                    depthLeft: max(
                        runs.slots[slot].limits.delegationDepth
                            - runs.slots[slot].delegation.depth(of: Int32(index)),
                        0
                    ),
                    allowance: runs.slots[slot].isMetered
                        ? runs.slots[slot].budget.left(
                            in: account(of: index, in: slot),
                            agent: worker.agent,
                            at: now
                        ) : Allowance(),
                    stack: call == nil ? [] : stack(above: index, in: slot).dropLast()
                )
            )
        )
    }

    // MARK: Applying

    mutating func applyDispatched(_ dispatch: SubtaskDispatched, at time: Instant) {
        let slot = liveSlot(of: dispatch.subtask.run)
        let index = Int(dispatch.subtask.index)
        guard let worker = workerSlots[dispatch.worker] else {
            preconditionFailure("\(dispatch.subtask) went to \(dispatch.worker), which is unknown")
        }
        let lane = lane(of: index, in: slot)
        if !dispatch.isHedge {
            router.lanes[lane].queue.remove(
                runs.slots[slot].subtasks[index].order,
                priority: priority(of: index, in: slot)
            )
        }
        let held = semaphores(of: lane, at: worker)
        semaphores.acquire(held)
        if !held.isEmpty, semaphores.limitsWaits { clock.note(waitDeadline) }
        let capability = router.lanes[lane].capability
        router.turn(capability: capability)
        let contract = router.contract(capability: capability, worker: worker)
        let tool = router.capabilities[capability].offers.first { $0.worker == worker }?.breaker
        let permits = tool.map { takePermits(of: dispatch, tool: $0, worker: worker, at: time) }
        lastLease = max(lastLease, dispatch.lease.number)
        router.lanes[lane].blockedThrough = 0
        reserve(dispatch, in: slot)
        workers[worker].leases.append(
            Lease(
                number: dispatch.lease.number,
                run: dispatch.subtask.run,
                index: dispatch.subtask.index,
                capability: Int32(capability),
                dispatched: time,
                deadline: dispatch.deadline,
                semaphores: held,
                contract: contract,
                requiresGo: dispatch.requiresGo,
                permits: permits
            )
        )
        clock.note(dispatch.deadline)
        if let after = contract?.contract.hedge?.after { clock.note(time + after) }
        guard !dispatch.isHedge else { return applyHedge(dispatch, worker: worker, in: slot) }
        if !runs.slots[slot].isProtected(index) {
            runs.slots[slot].running += 1
            if contract?.isTracked ?? true { applyAttempt(dispatch, index, in: slot) }
        }
        if runs.slots[slot].subtasks[index].first == nil {
            runs.slots[slot].subtasks[index].first = time
        }
        runs.slots[slot].subtasks[index].phase = .running
        runs.slots[slot].subtasks[index].attempt = UInt16(clamping: dispatch.attempt)
        runs.slots[slot].subtasks[index].worker = Int32(worker)
        runs.slots[slot].subtasks[index].lease = dispatch.lease.number
    }

    /// Notes that a call which may have an effect is on its way.
    private mutating func applyAttempt(_ dispatch: SubtaskDispatched, _ index: Int, in slot: Int) {
        let effect = openEffect(of: index, in: slot)
        runs.slots[slot].undo.reopen(effect)
        if let undo = runs.slots[slot].undo[effect].undo, undo.arguments == nil {
            runs.slots[slot].undo[effect].undo?.arguments = dispatch.arguments
        }
    }
}
