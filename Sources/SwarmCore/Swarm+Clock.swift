import SwarmModel

// Time: what the core does because a moment has come.

extension Swarm {
    mutating func tick(_ now: Instant, _ step: inout Step) {
        retryDue(now, &step)
        advanceBreakers(now, &step)
        expireBlocked(now, &step)
        expireWaits(now, &step)
        for slot in workers.indices {
            expireLeases(of: slot, now, &step)
            advance(slot, now, &step)
        }
        for slot in runs.live {
            expireCalls(of: slot, now, &step)
            guard runs.isLive(slot), let deadline = runs.slots[slot].deadline, deadline <= now
            else {
                continue
            }
            end(
                slot,
                as: .failed,
                because: Failure(.deadlineExceeded, "the run's deadline has passed"),
                subtask: nil,
                now,
                &step
            )
        }
        hedgeSlowCalls(now, &step)
        clock.reset(to: earliestDeadline(after: now))
    }

    private mutating func retryDue(_ now: Instant, _ step: inout Step) {
        let due = retries.filter { $0.at <= now }
        for retry in due {
            let slot = liveSlot(of: retry.run)
            let subtask = runs.slots[slot].id(
                of: Int(retry.index),
                in: workflows[runs.slots[slot].workflow]
            )
            emit(.subtaskReady(subtask), now, &step)
        }
    }

    /// Fails calls that no worker has and whose time is over.
    private mutating func expireCalls(of slot: Int, _ now: Instant, _ step: inout Step) {
        for position in runs.slots[slot].calls.indices {
            let call = runs.slots[slot].calls[position]
            let index = Int(call.subtask)
            guard let deadline = call.deadline, deadline <= now,
                Int(runs.slots[slot].subtasks[index].call) == position,
                runs.slots[slot].subtasks[index].phase == .ready
                    || runs.slots[slot].subtasks[index].phase == .waiting
            else { continue }
            let failure = Failure(.timeout, "its time was over before a worker could take it")
            failUnheld(index, in: slot, failure, rule: "deadline", now, &step)
            settle(slot, now, &step)
            guard runs.isLive(slot) else { return }
        }
    }

    /// Takes hung subtasks away, and gives up on workers that do not let go of them.
    private mutating func expireLeases(of slot: Int, _ now: Instant, _ step: inout Step) {
        for lease in workers[slot].leases where lease.deadline <= now {
            // The end of one may end others, and with them their run.
            guard isLive(lease, of: slot), lease.graceEnds == nil else { continue }
            let run = liveSlot(of: lease.run)
            let grace = shutdown(of: workers[slot]).grace
            let took = (lease.deadline - lease.dispatched).configurationText
            fail(
                lease,
                of: slot,
                Attempt(
                    failure: Failure(.leaseExpired, "no result within \(took)"),
                    evidence: .unknown,
                    isStillHeld: true
                ),
                now,
                &step
            )
            step.effects.append(
                .cancel(
                    workers[slot].id,
                    LeaseID(lease.number),
                    reason: .timedOut,
                    grace: grace
                )
            )
            settle(run, now, &step)
        }
        var isStuck = false
        for lease in workers[slot].leases {
            guard let ends = lease.graceEnds, ends <= now else { continue }
            isStuck = true
            guard isLive(lease, of: slot) else { continue }
            let run = liveSlot(of: lease.run)
            let failure = Failure(.cancelled, "it did not stop when asked")
            let attempt = Attempt(failure: failure, evidence: .unknown, isStillHeld: true)
            fail(lease, of: slot, attempt, now, &step)
            settle(run, now, &step)
        }
        guard isStuck else { return }
        switch workers[slot].phase {
        case .ready, .suspect:
            emit(
                .workerMoved(
                    workers[slot].id,
                    to: .draining,
                    reason: "it holds a subtask it was told to stop; it is replaced when its other "
                        + "subtasks have ended"
                ),
                now,
                &step
            )
            leaveIfIdle(slot, now, &step)
        case .stopped, .waiting, .launching, .expected, .lost, .draining, .stopping, .quarantined:
            break
        }
    }

    /// Moves a worker on whose phase has lasted as long as it may.
    private mutating func advance(_ slot: Int, _ now: Instant, _ step: inout Step) {
        guard let wakeAt = workers[slot].wakeAt, wakeAt <= now else { return }
        switch workers[slot].phase {
        case .waiting: launch(slot, now, &step)
        case .launching, .expected:
            // A process that never said HELLO holds nothing we can ask back.
            lose(slot, "it did not say HELLO in time", now, &step)
            signal(slot, .kill, now, &step)
        case .lost, .draining: signal(slot, .terminate, now, &step)
        case .stopping: signal(slot, .kill, now, &step)
        case .ready, .suspect:
            if workers[slot].isRetired { signal(slot, .terminate, now, &step) }
        case .stopped, .quarantined: break
        }
    }

    /// The next moment anything can become due, over the whole state.
    func earliestDeadline(after now: Instant) -> Instant? {
        var earliest: Instant?
        func note(_ instant: Instant?) {
            guard let instant else { return }
            earliest = min(earliest ?? instant, instant)
        }
        for retry in retries { note(retry.at) }
        note(blockedDeadline)
        note(waitDeadline)
        note(hedgeDeadline(after: now))
        for position in breakers.unsettled { note(breakers[position].breaker.deadline(after: now)) }
        for worker in workers {
            switch worker.phase {
            case .stopped, .quarantined: break
            case .ready, .suspect: note(worker.isRetired ? worker.wakeAt : nil)
            case .waiting, .launching, .expected, .lost, .draining, .stopping: note(worker.wakeAt)
            }
            for lease in worker.leases {
                // Of a revoked lease only the end of its grace matters, and once.
                if let ends = lease.graceEnds {
                    if worker.phase == .ready || worker.phase == .suspect || !lease.isRevoked {
                        note(ends)
                    }
                } else if !lease.isRevoked {
                    note(lease.deadline)
                }
            }
        }
        for slot in runs.live {
            if runs.slots[slot].ending == nil { note(runs.slots[slot].deadline) }
            for call in runs.slots[slot].calls {
                switch runs.slots[slot].subtasks[Int(call.subtask)].phase {
                case .ready, .waiting: note(call.deadline)
                default: break
                }
            }
        }
        return earliest
    }
}
