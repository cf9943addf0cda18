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
        if workers[slot].leases[position].requiresGo { step.effects.append(.go(worker, lease)) }
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
            let counts = letGo(held, of: worker, LastWord(outcome), now, &step)
            step.effects.append(.acknowledge(worker, lease, counts ? .accepted : .stale))
            return leaveIfIdle(slot, now, &step)
        }
        let run = liveSlot(of: held.run)
        switch outcome {
        case .succeeded(let payload):
            let success = SubtaskSucceeded(
                subtask: subtask(of: held),
                lease: lease,
                worker: worker,
                result: payload,
                cost: cost
            )
            yield(to: held, now, &step)
            emit(.subtaskSucceeded(success), now, &step)
            step.effects.append(.acknowledge(worker, lease, .accepted))
            succeeded(Int(held.index), in: run, payload, now, &step)
            callOff(below: Int(held.index), in: run, now, &step)
        case .failed(let failure):
            let attempt = Attempt(failure: failure, evidence: .reported, cost: cost)
            fail(held, of: slot, attempt, now, &step)
            step.effects.append(.acknowledge(worker, lease, .accepted))
        case .rejected(let failure):
            let attempt = Attempt(failure: failure, evidence: .invalid, cost: cost)
            fail(held, of: slot, attempt, now, &step)
            step.effects.append(.acknowledge(worker, lease, .rejected))
        case .cancelled:
            // When nobody asked for it, the worker itself gave up halfway. Either way only it knows
            // how far it had come.
            let wasAsked = isCalledOff(Int(held.index), in: run)
            let failure =
                wasAsked
                ? Failure(.cancelled, "it stopped when asked")
                : Failure(.workerLost, "the worker stopped it unasked")
            let attempt = Attempt(failure: failure, evidence: .unknown, cost: cost)
            fail(held, of: slot, attempt, now, &step)
            step.effects.append(.acknowledge(worker, lease, .accepted))
        }
        settle(run, now, &step)
        leaveIfIdle(slot, now, &step)
    }

    /// What the result of a call means for the subtask it belongs to.
    private mutating func succeeded(
        _ index: Int,
        in run: Int,
        _ result: Payload,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let call = runs.slots[run].call(of: index), let origin = call.origin else { return }
        switch origin {
        case .undo: break
        case .verify(let of):
            guard runs.slots[run].subtasks[Int(of)].phase == .verifying else { return }
            verified(Int(of), in: run, result, by: call.capability, now, &step)
        case .delegated: answerDelegated(index, in: run, now, &step)
        }
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
        // It would only happen again, a hundred times in a moment, until the worker has connected
        // anew. Whatever is heard of it next makes it ready again.
        guard let slot = slot(of: worker), workers[slot].phase == .ready else { return }
        emit(
            .workerMoved(worker, to: .suspect, reason: "a message could not be delivered to it"),
            now,
            &step
        )
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
            letGo(held, of: worker, .didNothing, now, &step)
        } else {
            let run = liveSlot(of: held.run)
            fail(held, of: slot, Attempt(failure: failure, evidence: .notBegun), now, &step)
            settle(run, now, &step)
        }
        leaveIfIdle(slot, now, &step)
    }

    // MARK: Looking up

    func find(_ lease: LeaseID, of worker: WorkerID) -> (slot: Int, position: Int)? {
        guard let slot = workerSlots[worker],
            let position = workers[slot].position(of: lease.number)
        else { return nil }
        return (slot, position)
    }

    /// Whether a lease still counts, now and not when it was looked at.
    func isLive(_ lease: Lease, of slot: Int) -> Bool {
        workers[slot].position(of: lease.number).map { !workers[slot].leases[$0].isRevoked }
            ?? false
    }

    func subtask(of lease: Lease) -> SubtaskID {
        let run = liveSlot(of: lease.run)
        return runs.slots[run].id(of: Int(lease.index), in: workflows[runs.slots[run].workflow])
    }

    // MARK: Applying

    mutating func applyStarted(_ lease: LeaseID, _ worker: WorkerID) {
        guard let (slot, position) = find(lease, of: worker) else { return }
        workers[slot].leases[position].isStarted = true
    }

    mutating func applySucceeded(_ success: SubtaskSucceeded, at time: Instant) {
        let slot = liveSlot(of: success.subtask.run)
        let index = Int(success.subtask.index)
        let lease = takeLease(success.lease, of: success.worker)
        let worker = Int(runs.slots[slot].subtasks[index].worker)
        count(.succeeded, of: lease, at: worker, time)
        returnTokens(of: lease)
        router.observe(
            time - lease.dispatched,
            capability: Int(lease.capability),
            worker: worker
        )
        settleBudget(success, in: slot)
        runs.slots[slot].subtasks[index].worker = -1
        runs.slots[slot].subtasks[index].phase = .succeeded
        if !runs.slots[slot].isProtected(index) { runs.slots[slot].running -= 1 }
        let effect = Int(runs.slots[slot].subtasks[index].effect)
        if effect >= 0 {
            runs.slots[slot].undo[effect].undo?.result = success.result
            runs.slots[slot].undo.close(effect, as: .present)
        }
        applyResult(success.result, of: index, in: slot)
    }

    /// Takes in the result of a subtask that has succeeded, and opens what waited for it.
    mutating func applyResult(_ result: Payload, of index: Int, in slot: Int) {
        let compiled = workflows[runs.slots[slot].workflow]
        let definition = Int(runs.slots[slot].subtasks[index].definition)
        guard definition >= 0 else {
            let call = runs.slots[slot].call(of: index)
            if call?.isProtected == true { runs.slots[slot].openCalls -= 1 }
            switch call?.origin {
            case .undo(let of):
                let effect = Int(runs.slots[slot].subtasks[Int(of)].effect)
                runs.slots[slot].undo.undone(effect, compiled.graph)
            case .delegated:
                runs.slots[slot].subtasks[index].result = result
                applyDelegatedEnd(index, nil, in: slot)
            case .verify, nil: break
            }
            return
        }
        if compiled.isReferred[definition] { runs.slots[slot].subtasks[index].result = result }
        runs.slots[slot].groups[definition].succeeded += 1
        release(after: definition, in: slot, compiled)
    }

    /// A subtask of a fan-out is through: the next may come, or what waited for all of them.
    private mutating func release(
        after definition: Int,
        in slot: Int,
        _ compiled: CompiledWorkflow
    ) {
        guard runs.slots[slot].ending == nil else { return }
        let group = runs.slots[slot].groups[definition]
        if group.released < group.count {
            runs.slots[slot].groups[definition].released += 1
            enqueue(Int(group.base + group.released), of: slot)
        }
        if group.isComplete { complete(definition, of: slot, compiled) }
    }

    mutating func applyEnded(_ end: AttemptEnded, at time: Instant) {
        let slot = liveSlot(of: end.subtask.run)
        let index = Int(end.subtask.index)
        count(end, at: time)
        settleBudget(end, in: slot)
        if let lease = end.lease, let worker = end.worker {
            if case .repair = end.directive {
                runs.slots[slot].subtasks[index].avoids = runs.slots[slot].subtasks[index].worker
            }
            if end.stillHeld {
                revoke(lease, of: worker, at: time)
            } else {
                _ = takeLease(lease, of: worker)
            }
            guard end.directive != .yield else {
                settleBudget(end, in: slot)
                return applyYield(end, in: slot)
            }
            if !runs.slots[slot].isProtected(index) { runs.slots[slot].running -= 1 }
        } else {
            // It failed before any worker had it, so it still stands in its lane, or waits to.
            removeFromLane(index, of: slot)
            retries.removeAll { $0.run == runs.slots[slot].id && $0.index == end.subtask.index }
        }
        runs.slots[slot].subtasks[index].worker = -1
        let effect = Int(runs.slots[slot].subtasks[index].effect)
        // What no worker had says nothing about the attempts before it.
        if effect >= 0, end.lease != nil {
            runs.slots[slot].undo.close(effect, as: end.mayHaveHappened ? .doubtful : .absent)
        }
        obey(end.directive, of: index, in: slot, at: time)
        if runs.slots[slot].subtasks[index].isDone, end.directive != .skip {
            applyDelegatedEnd(index, end.failure, in: slot)
        }
    }

    /// Moves a subtask to where a directive wants it.
    mutating func obey(_ directive: Directive, of index: Int, in slot: Int, at time: Instant) {
        switch directive {
        case .fail:
            setPhase(.failed, of: index, in: slot)
            guard let call = runs.slots[slot].call(of: index), call.isProtected else { return }
            runs.slots[slot].openCalls -= 1
            if case .undo(let of)? = call.origin {
                let effect = Int(runs.slots[slot].subtasks[Int(of)].effect)
                runs.slots[slot].undo.failed(effect, workflows[runs.slots[slot].workflow].graph)
            }
        case .cancel: setPhase(.cancelled, of: index, in: slot)
        case .yield: break
        case .verify: setPhase(.verifying, of: index, in: slot)
        case .ask(let doubt): setPhase(.asking(doubt), of: index, in: slot)
        case .skip:
            setPhase(.skipped, of: index, in: slot)
            let definition = Int(runs.slots[slot].subtasks[index].definition)
            guard definition >= 0 else { return }
            runs.slots[slot].groups[definition].skipped += 1
            release(after: definition, in: slot, workflows[runs.slots[slot].workflow])
        case .reassign:
            // What never began is no attempt.
            runs.slots[slot].subtasks[index].attempt -= 1
            runs.slots[slot].subtasks[index].returns += 1
            enqueue(index, of: slot)
        case .repair:
            runs.slots[slot].subtasks[index].attempt -= 1
            runs.slots[slot].subtasks[index].invalid += 1
            enqueue(index, of: slot)
        case .fallback(let call):
            replaceCall(of: index, in: slot, by: call)
            enqueue(index, of: slot)
        case .retry(let at) where at <= time: enqueue(index, of: slot)
        case .retry(let at):
            setPhase(.waiting, of: index, in: slot)
            retries.append(Retry(at: at, run: runs.slots[slot].id, index: Int32(index)))
            clock.note(at)
        }
    }

    mutating func applyReady(_ subtask: SubtaskID) {
        let slot = liveSlot(of: subtask.run)
        retries.removeAll { $0.run == subtask.run && $0.index == subtask.index }
        enqueue(Int(subtask.index), of: slot)
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
        if held.isParked {
            workers[slot].parked -= 1
        } else {
            semaphores.release(held.semaphores)
        }
        return held
    }

    private mutating func revoke(_ lease: LeaseID, of worker: WorkerID, at time: Instant) {
        guard let (slot, position) = find(lease, of: worker) else {
            preconditionFailure("a record revokes \(lease), which \(worker) does not hold")
        }
        workers[slot].leases[position].isRevoked = true
        unpark(position, of: slot)
        if workers[slot].leases[position].graceEnds == nil {
            let ends = time + shutdown(of: workers[slot]).grace
            workers[slot].leases[position].graceEnds = ends
            clock.note(ends)
        }
    }

    private mutating func removeFromLane(_ index: Int, of slot: Int) {
        let order = runs.slots[slot].subtasks[index].order
        router.lanes[lane(of: index, in: slot)].queue.remove(
            order,
            priority: priority(of: index, in: slot)
        )
    }
}
