import SwarmModel

// The tree of delegated calls: who is above, who is below, and what no longer has a caller.

extension Swarm {
    // MARK: Above

    /// The calls a subtask is part of, outermost first, its own last.
    func stack(above index: Int, in run: Int) -> [StackFrame] {
        let indices = runs.slots[run].delegation.ancestors(of: Int32(index)) + [Int32(index)]
        return indices.map { index in
            let subtask = runs.slots[run].subtasks[Int(index)]
            let isRunning = subtask.phase == .running && subtask.worker >= 0
            return StackFrame(
                subtask: runs.slots[run].id(
                    of: Int(index),
                    in: workflows[runs.slots[run].workflow]
                ),
                capability: capabilityName(of: Int(index), in: run),
                agent: isRunning ? workers[Int(subtask.worker)].id.agent : ""
            )
        }
    }

    /// A call that is asked for, as loops and cycles compare it.
    func canonicalCall(
        _ capability: String,
        _ contract: CapabilityContract?,
        _ arguments: Payload
    ) -> CanonicalCall {
        CanonicalCall(
            capability: capability,
            effect: contract?.sideEffect ?? .destructive,
            isIdempotent: contract?.idempotent ?? false,
            arguments: arguments.bytes ?? []
        )
    }

    /// The call of a subtask, as loops and cycles compare it.
    ///
    /// A delegated call counts as what was asked for, whatever it fell back to since.
    mutating func canonicalCall(of index: Int, in run: Int) -> CanonicalCall {
        if runs.slots[run].delegation.parent(of: Int32(index)) != nil,
            let call = runs.slots[run].originalCall(of: index)
        {
            let contract = plan.flatMap {
                CapabilityRouter.contract(call.capability, agent: call.agent, by: $0)
            }
            let name = contract?.name ?? call.capability
            return canonicalCall(name, contract, call.arguments ?? .empty)
        }
        let contract = contract(of: index, in: run)?.contract
        let arguments = (try? self.arguments(of: index, in: run).get()) ?? []
        return CanonicalCall(
            capability: capabilityName(of: index, in: run),
            effect: contract?.sideEffect ?? .destructive,
            isIdempotent: contract?.idempotent ?? false,
            arguments: arguments
        )
    }

    // MARK: Loops

    /// Tells subtasks that call apart, so that a delegated one made again is the same caller.
    mutating func caller(_ index: Int, in run: Int) -> UInt64 {
        guard runs.slots[run].delegation.parent(of: Int32(index)) != nil else {
            return UInt64(index)
        }
        return canonicalCall(of: index, in: run).fingerprint
    }

    /// Brings the loop detector of a run up to what its records say.
    mutating func refreshLoops(of run: Int) {
        let limits = runs.slots[run].limits
        var cache = runs.slots[run].loops
        if !cache.isReady {
            let oldest = runs.slots[run].delegation.count - limits.loopWindow
            cache = LoopCache(limits: limits, from: max(oldest, 0))
        }
        for position in cache.noted..<max(cache.noted, runs.slots[run].delegation.count) {
            let index = Int(runs.slots[run].delegation[position].subtask)
            let parent = Int(runs.slots[run].delegation[position].parent)
            cache.note(canonicalCall(of: index, in: run), by: caller(parent, in: run))
        }
        for position in cache.unsettled {
            let index = Int(runs.slots[run].delegation[position].subtask)
            let subtask = runs.slots[run].subtasks[index]
            guard subtask.isDone else { continue }
            let failure = runs.slots[run].call(of: index)?.failure
            cache.settle(
                position,
                failure.map { CanonicalOutcome(failure: $0) }
                    ?? CanonicalOutcome(result: subtask.result?.bytes ?? [])
            )
        }
        runs.slots[run].loops = cache
    }

    // MARK: Below

    /// Whether nobody waits for a delegated call any more, nor will: its caller is through.
    func isAbandoned(_ index: Int, in run: Int) -> Bool {
        var next = runs.slots[run].delegation.parent(of: Int32(index))
        while let parent = next {
            if runs.slots[run].subtasks[Int(parent)].isDone { return true }
            next = runs.slots[run].delegation.parent(of: parent)
        }
        return false
    }

    /// Whether a subtask shall end and not be tried again: its run is ending, or nobody waits.
    func isCalledOff(_ index: Int, in run: Int) -> Bool {
        guard !runs.slots[run].isProtected(index) else { return false }
        return runs.slots[run].ending != nil || isAbandoned(index, in: run)
    }

    /// Ends what a subtask that is through has delegated and nobody waits for, all the way down.
    ///
    /// A call that may not be repeated is asked to stop, and its answer still counts: whether it
    /// happened must be known.
    mutating func callOff(below index: Int, in run: Int, _ now: Instant, _ step: inout Step) {
        guard runs.isLive(run), runs.slots[run].ending == nil,
            runs.slots[run].subtasks[index].isDone
        else {
            return
        }
        var open = runs.slots[run].delegation.children(of: Int32(index))
        while let next = open.popLast() {
            let child = Int(next)
            open += runs.slots[run].delegation.children(of: next)
            switch runs.slots[run].subtasks[child].phase {
            case .ready, .waiting, .held: cancelUnheld(child, in: run, now, &step)
            case .running: cancelHeld(child, in: run, now, &step)
            case .verifying, .asking, .succeeded, .failed, .cancelled, .skipped: continue
            }
            // Whoever called it may itself be asked to stop only, and waits.
            answerDelegated(child, in: run, now, &step)
        }
    }

    static let callerIsThrough = Failure(
        .cancelled,
        "its caller has ended and waits for it no longer",
        retryable: false
    )

    private mutating func cancelUnheld(
        _ index: Int,
        in run: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        emit(
            .attemptEnded(
                AttemptEnded(
                    subtask: runs.slots[run].id(of: index, in: workflows[runs.slots[run].workflow]),
                    lease: nil,
                    worker: nil,
                    failure: Swarm.callerIsThrough,
                    mayHaveHappened: false,
                    stillHeld: false,
                    directive: .cancel,
                    rule: "its caller has ended"
                )
            ),
            now,
            &step
        )
    }

    private mutating func cancelHeld(
        _ index: Int,
        in run: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        let slot = Int(runs.slots[run].subtasks[index].worker)
        guard let position = workers[slot].position(of: runs.slots[run].subtasks[index].lease)
        else {
            preconditionFailure("\(runs.slots[run].id) runs a subtask without a lease")
        }
        let lease = workers[slot].leases[position]
        if lease.isSafeToRepeat {
            emit(
                .attemptEnded(
                    AttemptEnded(
                        subtask: subtask(of: lease),
                        lease: LeaseID(lease.number),
                        worker: workers[slot].id,
                        failure: Swarm.callerIsThrough,
                        mayHaveHappened: lease.contract?.hasEffect ?? true,
                        stillHeld: true,
                        directive: .cancel,
                        rule: "its caller has ended"
                    )
                ),
                now,
                &step
            )
        }
        step.effects.append(
            .cancel(
                workers[slot].id,
                LeaseID(lease.number),
                reason: .abandoned,
                grace: shutdown(of: workers[slot]).grace
            )
        )
    }

    // MARK: Applying

    /// Puts a delegated call in its place in the tree, and its allowance aside.
    mutating func applyDelegated(_ call: inout Call, parent: Int32, in slot: Int, at time: Instant)
    {
        runs.slots[slot].delegation.add(call.subtask, under: parent)
        let account = account(of: Int(parent), in: slot)
        call.account = account
        if let allowance = call.allowance, !allowance.isUnlimited {
            call.account = runs.slots[slot].budget.open(allowance, from: account, at: time)
            call.hasOwnAccount = true
            runs.slots[slot].isMetered = true
        }
        forgetResults(of: slot)
    }

    /// Drops the results that neither a caller made again nor the loop detector can ask for.
    private mutating func forgetResults(of slot: Int) {
        let position = runs.slots[slot].delegation.count - 1 - runs.slots[slot].limits.loopWindow
        guard position >= 0 else { return }
        let node = runs.slots[slot].delegation[position]
        guard runs.slots[slot].subtasks[Int(node.parent)].isDone else { return }
        runs.slots[slot].subtasks[Int(node.subtask)].result = nil
    }

    /// Notes that a delegated call is through, and how when it did not succeed.
    mutating func applyDelegatedEnd(_ index: Int, _ failure: Failure?, in slot: Int) {
        let position = Int(runs.slots[slot].subtasks[index].call)
        guard position >= 0, case .delegated? = runs.slots[slot].calls[position].origin else {
            return
        }
        runs.slots[slot].calls[position].failure = failure
        if runs.slots[slot].calls[position].hasOwnAccount {
            runs.slots[slot].budget.close(runs.slots[slot].calls[position].account)
        }
    }

    mutating func applyClaimed(_ claim: CallClaimed) {
        let slot = liveSlot(of: claim.subtask.run)
        let position = Int(runs.slots[slot].subtasks[Int(claim.subtask.index)].call)
        runs.slots[slot].calls[position].request = claim.request
    }

    mutating func applyRefused(_ refused: CallRefused) {
        let slot = liveSlot(of: refused.parent.run)
        runs.slots[slot].refusals.append(
            RefusedCall(request: refused.request, failure: refused.failure)
        )
    }

    /// Gives back what a call holds while it waits for one of its own, which may need just that.
    mutating func applyParked(_ lease: LeaseID, _ worker: WorkerID, at time: Instant) {
        guard let (slot, position) = find(lease, of: worker) else {
            preconditionFailure("a record parks \(lease), which \(worker) does not hold")
        }
        workers[slot].leases[position].isParked = true
        workers[slot].parked += 1
        semaphores.release(workers[slot].leases[position].semaphores)
        returnProbes(of: workers[slot].leases[position], at: slot, time)
    }

    /// Takes the permits again at once, even if others have them: who waits for itself never ends.
    mutating func applyUnparked(_ lease: LeaseID, _ worker: WorkerID) {
        guard let (slot, position) = find(lease, of: worker) else {
            preconditionFailure("a record unparks \(lease), which \(worker) does not hold")
        }
        unpark(position, of: slot)
    }

    mutating func unpark(_ position: Int, of slot: Int) {
        guard workers[slot].leases[position].isParked else { return }
        workers[slot].leases[position].isParked = false
        workers[slot].parked -= 1
        semaphores.acquire(workers[slot].leases[position].semaphores)
    }
}

/// A call a worker asked for in vain.
struct RefusedCall: Hashable, Sendable {
    let request: CallReference
    let failure: Failure
}

extension Run {
    /// What a delegated call was asked for as, whatever it fell back to since.
    func originalCall(of index: Int) -> Call? {
        guard let call = call(of: index), call.isFallback else { return call(of: index) }
        return calls.first { $0.subtask == call.subtask }
    }
}
