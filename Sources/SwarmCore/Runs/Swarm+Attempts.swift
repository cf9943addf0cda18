import SwarmModel

// Attempts: what becomes of a subtask a worker has had.

extension Swarm {
    mutating func started(
        _ worker: WorkerID,
        _ lease: LeaseID,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let (slot, position) = find(lease, of: worker) else {
            return ignore(
                .started,
                "it does not hold this lease",
                worker: worker,
                lease: lease,
                now,
                &step
            )
        }
        guard !workers[slot].leases[position].isRevoked else {
            return ignore(
                .started,
                "the lease was revoked",
                worker: worker,
                lease: lease,
                now,
                &step
            )
        }
        emit(
            .subtaskStarted(subtask(of: workers[slot].leases[position]), lease, worker),
            now,
            &step
        )
    }

    mutating func result(
        _ worker: WorkerID,
        _ lease: LeaseID,
        _ outcome: AttemptOutcome,
        _ cost: Cost?,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let (slot, position) = find(lease, of: worker) else {
            // Numbers never given out were made up; older ones were answered or taken away.
            let reason =
                lease.number > lastLease
                ? "no such lease was ever given"
                : "the lease has ended: answered before, or taken away"
            ignore(.result, reason, worker: worker, lease: lease, now, &step)
            step.effects.append(.acknowledge(worker, lease, .stale))
            return
        }
        let held = workers[slot].leases[position]
        guard !held.isRevoked else {
            emit(.leaseReleased(lease, worker), now, &step)
            step.effects.append(.acknowledge(worker, lease, .stale))
            return leaveIfIdle(slot, now, &step)
        }
        let run = liveSlot(of: held.run)
        switch outcome {
        case .succeeded(let payload):
            let success = SubtaskSucceeded(
                subtask: subtask(of: held),
                lease: lease,
                worker: worker,
                result: payload
            )
            emit(.subtaskSucceeded(success), now, &step)
            step.effects.append(.acknowledge(worker, lease, .accepted))
        case .failed(let failure):
            fail(held, of: slot, failure, hasBegun: nil, stillHeld: false, now, &step)
            step.effects.append(.acknowledge(worker, lease, .accepted))
        case .rejected(let failure):
            fail(held, of: slot, failure, hasBegun: nil, stillHeld: false, now, &step)
            step.effects.append(.acknowledge(worker, lease, .rejected))
        case .cancelled:
            // When nobody asked for it, the worker itself gave up halfway.
            let wasAsked = runs[run].ending != nil
            let failure =
                wasAsked
                ? Failure(.cancelled, "it stopped when asked")
                : Failure(.workerLost, "the worker stopped it unasked")
            fail(
                held,
                of: slot,
                failure,
                hasBegun: wasAsked ? nil : true,
                stillHeld: false,
                now,
                &step
            )
            step.effects.append(.acknowledge(worker, lease, .accepted))
        }
        settle(run, now, &step)
        leaveIfIdle(slot, now, &step)
    }

    mutating func returned(
        _ worker: WorkerID,
        _ lease: LeaseID,
        _ now: Instant,
        _ step: inout Step
    ) {
        giveBack(
            worker,
            lease,
            Failure(.unavailable, "the worker gave it back unstarted"),
            as: .returned,
            now,
            &step
        )
    }

    mutating func undeliverable(
        _ lease: LeaseID,
        _ worker: WorkerID,
        _ failure: Failure,
        _ now: Instant,
        _ step: inout Step
    ) {
        giveBack(worker, lease, failure, as: .returned, now, &step)
    }

    private mutating func giveBack(
        _ worker: WorkerID,
        _ lease: LeaseID,
        _ failure: Failure,
        as subject: Ignored.Subject,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let (slot, position) = find(lease, of: worker) else {
            return ignore(
                subject,
                "it does not hold this lease",
                worker: worker,
                lease: lease,
                now,
                &step
            )
        }
        let held = workers[slot].leases[position]
        if held.isRevoked {
            emit(.leaseReleased(lease, worker), now, &step)
        } else {
            let run = liveSlot(of: held.run)
            fail(held, of: slot, failure, hasBegun: false, stillHeld: false, now, &step)
            settle(run, now, &step)
        }
        leaveIfIdle(slot, now, &step)
    }

    /// Decides what follows a failed attempt, by the declared policy alone.
    ///
    /// `hasBegun` is what is known of the call when its worker did not report: false when it
    /// certainly did nothing, true when it may have; nil when the worker itself reports.
    mutating func fail(
        _ held: Lease,
        of slot: Int,
        _ failure: Failure,
        hasBegun: Bool?,
        stillHeld: Bool,
        _ now: Instant,
        _ step: inout Step
    ) {
        let run = liveSlot(of: held.run)
        let subtask = subtask(of: held)
        let attempt = Int(runs[run].subtasks[Int(held.index)].attempt)
        let returns = Int(runs[run].subtasks[Int(held.index)].returns)
        let definition = definition(of: held)
        let policy = definition.retry?.resolved(over: held.retryPolicy) ?? held.retryPolicy
        let isSafe = held.isSafeToRepeat
        var failure = failure
        let directive: Directive
        if runs[run].ending != nil {
            directive = .cancel
        } else if hasBegun == false {
            directive = returns < Swarm.reassignLimit ? .reassign : .fail
        } else if hasBegun == true, !isSafe {
            directive = .fail
            failure = Failure(
                .unknownOutcome,
                "\(failure.message); the call may have happened, and \"\(definition.capability)\" "
                    + "is neither read-only nor idempotent, so it is not run again",
                retryable: false
            )
        } else if attempt >= policy.maxAttempts || !isRetryable(failure, policy, isSafe: isSafe) {
            directive = .fail
        } else if hasBegun == true {
            // Its worker is gone or hung. Another can take it at once; waiting helps nobody.
            directive = .retry(at: now)
        } else {
            let chance = Chance(seed: seed).draw(
                held.run.number,
                UInt64(held.index),
                UInt64(attempt)
            )
            let delay = policy.delay(
                afterFailures: attempt,
                kind: failure.kind,
                chance: chance,
                retryAfter: failure.retryAfter
            )
            directive = .retry(at: now + delay)
        }
        emit(
            .attemptEnded(
                AttemptEnded(
                    subtask: subtask,
                    lease: LeaseID(held.number),
                    worker: workers[slot].id,
                    failure: failure,
                    mayHaveHappened: hasBegun == true,
                    stillHeld: stillHeld,
                    directive: directive
                )
            ),
            now,
            &step
        )
        if directive == .fail {
            end(run, as: .failed, because: failure, subtask: subtask, now, &step)
        }
    }

    /// How often a subtask may come back unbegun before that counts as a failure of its own.
    static let reassignLimit = 100

    private func isRetryable(_ failure: Failure, _ policy: RetryPolicy, isSafe: Bool) -> Bool {
        if failure.retryable == false { return false }
        // A worker that reports a failure says nothing about what it did before it failed. Only its
        // explicit word, or a contract that makes repeating harmless, allows another try.
        guard isSafe || failure.retryable == true else { return false }
        return failure.retryable == true || policy.retryOn.contains(failure.kind)
    }

    // MARK: Looking up

    func find(_ lease: LeaseID, of worker: WorkerID) -> (slot: Int, position: Int)? {
        guard let slot = workerSlots[worker],
            let position = workers[slot].position(of: lease.number)
        else { return nil }
        return (slot, position)
    }

    func subtask(of lease: Lease) -> SubtaskID {
        let run = liveSlot(of: lease.run)
        return runs[run].id(of: Int(lease.index), in: workflows[runs[run].workflow])
    }

    func definition(of lease: Lease) -> SubtaskDefinition {
        let run = liveSlot(of: lease.run)
        let definition = Int(runs[run].subtasks[Int(lease.index)].definition)
        return workflows[runs[run].workflow].workflow.subtasks[definition]
    }

    // MARK: Applying

    mutating func applySucceeded(_ success: SubtaskSucceeded, at time: Instant) {
        let slot = liveSlot(of: success.subtask.run)
        let lease = takeLease(success.lease, of: success.worker)
        router.observe(
            time - lease.dispatched,
            capability: Int(lease.capability),
            worker: Int(runs[slot].subtasks[Int(success.subtask.index)].worker)
        )
        let index = Int(success.subtask.index)
        let compiled = workflows[runs[slot].workflow]
        let definition = Int(runs[slot].subtasks[index].definition)
        runs[slot].running -= 1
        runs[slot].subtasks[index].phase = .succeeded
        runs[slot].subtasks[index].worker = -1
        if compiled.isReferred[definition] { runs[slot].subtasks[index].result = success.result }
        runs[slot].groups[definition].succeeded += 1
        guard runs[slot].ending == nil else { return }
        let group = runs[slot].groups[definition]
        if group.released < group.count {
            runs[slot].groups[definition].released += 1
            enqueue(Int(group.base + group.released), of: slot, compiled)
        }
        if group.isComplete { complete(definition, of: slot, compiled) }
    }

    mutating func applyEnded(_ end: AttemptEnded, at time: Instant) {
        let slot = liveSlot(of: end.subtask.run)
        let index = Int(end.subtask.index)
        if let lease = end.lease, let worker = end.worker {
            if end.stillHeld {
                revoke(lease, of: worker, at: time)
            } else {
                _ = takeLease(lease, of: worker)
            }
            runs[slot].running -= 1
        } else {
            // It failed before any worker had it, so it still stands in its lane.
            removeFromLane(index, of: slot)
        }
        runs[slot].subtasks[index].worker = -1
        switch end.directive {
        case .fail: runs[slot].subtasks[index].phase = .failed
        case .cancel: runs[slot].subtasks[index].phase = .cancelled
        case .reassign:
            // What never began is no attempt.
            runs[slot].subtasks[index].attempt -= 1
            runs[slot].subtasks[index].returns += 1
            enqueue(index, of: slot, workflows[runs[slot].workflow])
        case .repair, .fallback, .verify, .ask, .skip, .yield: break
        case .retry(let at) where at <= time:
            enqueue(index, of: slot, workflows[runs[slot].workflow])
        case .retry(let at):
            runs[slot].subtasks[index].phase = .waiting
            retries.append(Retry(at: at, run: end.subtask.run, index: end.subtask.index))
            clock.note(at)
        }
    }

    mutating func applyReady(_ subtask: SubtaskID) {
        let slot = liveSlot(of: subtask.run)
        retries.removeAll { $0.run == subtask.run && $0.index == subtask.index }
        enqueue(Int(subtask.index), of: slot, workflows[runs[slot].workflow])
    }

    mutating func applyReleased(_ lease: LeaseID, _ worker: WorkerID) {
        _ = takeLease(lease, of: worker)
    }

    /// Takes a lease out of a worker's hands and gives its semaphores back.
    private mutating func takeLease(_ lease: LeaseID, of worker: WorkerID) -> Lease {
        guard let (slot, position) = find(lease, of: worker) else {
            preconditionFailure("a record ends \(lease), which \(worker) does not hold")
        }
        let held = workers[slot].leases.remove(at: position)
        semaphores.release(held.semaphores)
        return held
    }

    private mutating func revoke(_ lease: LeaseID, of worker: WorkerID, at time: Instant) {
        guard let (slot, position) = find(lease, of: worker) else {
            preconditionFailure("a record revokes \(lease), which \(worker) does not hold")
        }
        workers[slot].leases[position].isRevoked = true
        if workers[slot].leases[position].graceEnds == nil {
            let ends = time + shutdown(of: workers[slot]).grace
            workers[slot].leases[position].graceEnds = ends
            clock.note(ends)
        }
    }

    private mutating func removeFromLane(_ index: Int, of slot: Int) {
        let subtask = runs[slot].subtasks[index]
        let workflow = runs[slot].workflow
        let definition = Int(subtask.definition)
        router.lanes[workflows.lanes[workflow][definition]].queue.remove(
            ReadyEntry(run: runs[slot].id, index: Int32(index), order: subtask.order),
            priority: workflows[workflow].priorities[definition]
        )
    }
}
