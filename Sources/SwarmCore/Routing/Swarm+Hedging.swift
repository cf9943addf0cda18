import SwarmModel

/// A second try of a subtask that runs elsewhere already.
struct Hedge: Hashable, Sendable {
    let index: Int32
    let worker: Int32
    let lease: UInt64
}

// Hedging: a call that takes long is made a second time elsewhere, and the first result wins.

extension Swarm {
    // MARK: Deciding

    /// Makes calls a second time that have run for as long as their contract lets them alone.
    ///
    /// Only at a worker that has not got the call, whose breakers are closed and that is free at
    /// once: a hedge is there to save time, so it never waits, and never is a trial. It takes the
    /// tokens of a retry, because it is one made early, and is paid from the budget of its run like
    /// any call. One that waits for calls of its own is left alone.
    mutating func hedgeSlowCalls(_ now: Instant, _ step: inout Step) {
        guard !isStopping else { return }
        for slot in workers.indices {
            for lease in workers[slot].leases {
                guard let due = hedgeDue(of: lease, at: slot), due <= now else { continue }
                hedge(lease, now, &step)
            }
        }
    }

    /// The first moment at which ``hedgeSlowCalls(_:_:)`` has something to do, or to try again.
    func hedgeDeadline(after now: Instant) -> Instant? {
        var earliest: Instant?
        for slot in workers.indices {
            for lease in workers[slot].leases {
                guard var due = hedgeDue(of: lease, at: slot) else { continue }
                // Nobody was free for it: it is looked again after as long as was waited.
                if due <= now, let after = lease.contract?.contract.hedge?.after {
                    due = now + max(after, .milliseconds(10))
                }
                earliest = min(earliest ?? due, due)
            }
        }
        return earliest
    }

    /// When a call may be made a second time; nil when it may not.
    private func hedgeDue(of lease: Lease, at worker: Int) -> Instant? {
        guard let policy = lease.contract?.contract.hedge, lease.isSafeToRepeat,
            !lease.isRevoked, !lease.isParked, lease.graceEnds == nil,
            let run = runs.slot(of: lease.run),
            runs.slots[run].ending == nil,
            // A run that wraps up starts nothing more of the rest.
            runs.slots[run].wrapUp == nil || isFinal(Int(lease.index), in: run)
        else { return nil }
        let index = Int(lease.index)
        // Of several copies the first sets the pace.
        guard runs.slots[run].subtasks[index].lease == lease.number,
            runs.slots[run].call(of: index)?.origin == nil,
            runs.slots[run].delegation.children(of: lease.index).isEmpty
        else { return nil }
        let copies = runs.slots[run].hedges.count { $0.index == lease.index }
        guard copies < policy.maximum else { return nil }
        return lease.dispatched + policy.after * (copies + 1)
    }

    private mutating func hedge(_ lease: Lease, _ now: Instant, _ step: inout Step) {
        guard let run = runs.slot(of: lease.run) else { return }
        let index = Int(lease.index)
        let lane = lane(of: index, in: run)
        let budget = retryBudget(under: lease.contract).value
        let name = router.capabilities[Int(lease.capability)].name
        guard retryTokens.left(of: name, under: budget) >= budget.retryCost,
            semaphores.canAcquire(router.lanes[lane].semaphores)
        else { return }
        let entry = ReadyEntry(run: lease.run, index: lease.index, order: 0, since: now)
        let ranking = eligible(rank(lane, besides: [], now), for: entry, in: lane, now).filter {
            candidate in
            let offer = router.offers(of: lane)[candidate.offer]
            return breakers[offer.breaker].isClosed
                && breakers[workers[candidate.worker].breaker].isClosed
                && !workers[candidate.worker].leases.contains {
                    $0.run == lease.run && $0.index == lease.index
                }
        }
        guard !ranking.isEmpty,
            case .start(let affordable) = admission(of: entry, in: lane, ranking, now)
        else { return }
        dispatch(
            Choice(lane: lane, entry: entry, ranking: affordable),
            isHedge: true,
            now,
            &step
        )
    }

    /// Takes a subtask from all that have it but the one whose result counts.
    mutating func yield(to winner: Lease, _ now: Instant, _ step: inout Step) {
        guard let run = runs.slot(of: winner.run), runs.slots[run].isHedged(Int(winner.index))
        else {
            return
        }
        for (slot, lease) in copies(of: winner) {
            let worker = workers[slot].id
            emit(
                .attemptEnded(
                    AttemptEnded(
                        subtask: subtask(of: lease),
                        lease: LeaseID(lease.number),
                        worker: worker,
                        failure: Failure(.cancelled, "another worker was faster"),
                        mayHaveHappened: lease.contract?.hasEffect ?? true,
                        stillHeld: true,
                        directive: .yield,
                        rule: "contract.hedge"
                    )
                ),
                now,
                &step
            )
            step.effects.append(
                .cancel(
                    worker,
                    LeaseID(lease.number),
                    reason: .abandoned,
                    grace: shutdown(of: workers[slot]).grace
                )
            )
        }
    }

    /// Asks the other copies of the hedged subtasks of a run to stop.
    mutating func cancelHedges(of run: Int, _ reason: CancelReason, _ step: inout Step) {
        for hedge in runs.slots[run].hedges {
            let worker = workers[Int(hedge.worker)]
            step.effects.append(
                .cancel(
                    worker.id,
                    LeaseID(hedge.lease),
                    reason: reason,
                    grace: shutdown(of: worker).grace
                )
            )
        }
    }

    /// The other live leases of the same subtask, with the slots of their workers.
    private func copies(of lease: Lease) -> [(slot: Int, lease: Lease)] {
        workers.indices.flatMap { slot in
            workers[slot].leases.filter {
                $0.run == lease.run && $0.index == lease.index && $0.number != lease.number
                    && !$0.isRevoked
            }.map { (slot, $0) }
        }
    }

    // MARK: Applying

    mutating func applyHedge(_ dispatch: SubtaskDispatched, worker: Int, in slot: Int) {
        runs.slots[slot].hedges.append(
            Hedge(
                index: dispatch.subtask.index,
                worker: Int32(worker),
                lease: dispatch.lease.number
            )
        )
        guard let lease = workers[worker].leases.last else { return }
        retryTokens.take(
            retryBudget(under: lease.contract).value.retryCost,
            of: dispatch.capability
        )
    }

    /// One of several copies of a subtask is over, and the subtask goes on without it.
    mutating func applyYield(_ end: AttemptEnded, in slot: Int) {
        let index = Int(end.subtask.index)
        if runs.slots[slot].subtasks[index].lease == end.lease?.number {
            guard
                let next = runs.slots[slot].hedges.firstIndex(where: {
                    $0.index == end.subtask.index
                })
            else { preconditionFailure("\(end.subtask) yields to nobody") }
            let hedge = runs.slots[slot].hedges.remove(at: next)
            runs.slots[slot].subtasks[index].worker = hedge.worker
            runs.slots[slot].subtasks[index].lease = hedge.lease
        } else {
            runs.slots[slot].hedges.removeAll { $0.lease == end.lease?.number }
        }
        let effect = Int(runs.slots[slot].subtasks[index].effect)
        if effect >= 0, end.mayHaveHappened { runs.slots[slot].undo.doubt(effect) }
    }
}

extension Run {
    /// Whether several workers have a subtask.
    func isHedged(_ index: Int) -> Bool {
        !hedges.isEmpty && hedges.contains { $0.index == Int32(index) }
    }
}
