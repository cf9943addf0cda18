import SwarmModel

// Delegation: calls that a worker asks for while it runs a subtask.

extension Swarm {
    mutating func delegate(
        _ worker: WorkerID,
        _ lease: LeaseID,
        _ request: DelegateRequest,
        _ now: Instant,
        _ step: inout Step
    ) {
        let reference = CallReference(lease: lease, number: request.number)
        guard let (slot, position) = find(lease, of: worker),
            !workers[slot].leases[position].isRevoked
        else {
            ignore(
                .call,
                "it does not hold this lease",
                worker: worker,
                lease: lease,
                now,
                &step
            )
            let failure = Failure(.cancelled, "\(lease) has ended", retryable: false)
            return step.effects.append(.reply(worker, reference, .refused(failure)))
        }
        let held = workers[slot].leases[position]
        let run = liveSlot(of: held.run)
        // Whoever asks again, for its connection broke or we were away, gets what it would have.
        let parent = Int(held.index)
        let known = runs.slots[run].delegation.children(of: held.index).first {
            runs.slots[run].call(of: Int($0))?.request == reference
        }
        if let child = known.map({ Int($0) }) {
            guard let answer = answer(of: child, in: run) else { return }
            return step.effects.append(.reply(worker, reference, answer))
        }
        if let refused = runs.slots[run].refusals.first(where: { $0.request == reference }) {
            return step.effects.append(.reply(worker, reference, .refused(refused.failure)))
        }
        guard runs.slots[run].ending == nil else {
            let failure = Failure(.cancelled, "the run is ending", retryable: false)
            return step.effects.append(.reply(worker, reference, .refused(failure)))
        }
        // It was asked to stop, and goes on: what it does must be known, but it starts no more.
        guard !isAbandoned(parent, in: run) else {
            return step.effects.append(
                .reply(worker, reference, .refused(Swarm.callerIsThrough))
            )
        }
        guard !isStopping else {
            // Nothing starts any more, so its caller would wait until it is killed.
            let failure = Failure(.unavailable, "the swarm is stopping", retryable: true)
            return step.effects.append(.reply(worker, reference, .refused(failure)))
        }
        if let child = claimable(request, by: parent, lease, in: run) {
            let subtask = runs.slots[run].id(of: child, in: workflows[runs.slots[run].workflow])
            emit(.callClaimed(CallClaimed(subtask: subtask, request: reference)), now, &step)
            if let answer = answer(of: child, in: run) {
                return step.effects.append(.reply(worker, reference, answer))
            }
        } else if let refusal = refusal(of: request, by: parent, in: run) {
            return refuse(request, reference, refusal, by: held, of: slot, now, &step)
        } else {
            add(
                .delegated(parent: held.index),
                named: "\(runs.slots[run].delegation.childCount(of: held.index) + 1)",
                capability: request.capability,
                agent: request.agent,
                arguments: request.arguments,
                deadline: DelegationTree.deadline(
                    request.timeout,
                    from: now,
                    within: held.deadline
                ),
                allowance: request.allowance,
                request: reference,
                to: run,
                now,
                &step
            )
        }
        // Of several copies of a subtask, the first that delegates is the one that goes on: what
        // is called must not be called by each.
        yield(to: held, now, &step)
        if !workers[slot].leases[position].isParked {
            emit(.subtaskParked(subtask(of: held), lease, worker), now, &step)
        }
    }

    /// The call an earlier attempt of a subtask has made that one asks for again: it never runs
    /// twice.
    ///
    /// A call that failed is made anew, unless it may have happened: then its failure is the
    /// answer.
    private func claimable(
        _ request: DelegateRequest,
        by parent: Int,
        _ lease: LeaseID,
        in run: Int
    ) -> Int? {
        var wanted: JSON?
        for child in runs.slots[run].delegation.children(of: Int32(parent)) {
            let index = Int(child)
            guard runs.slots[run].call(of: index)?.request?.lease != lease,
                let call = runs.slots[run].originalCall(of: index),
                call.capability == request.capability
            else { continue }
            switch runs.slots[run].subtasks[index].phase {
            case .failed, .cancelled:
                let effect = Int(runs.slots[run].subtasks[index].effect)
                guard effect >= 0, runs.slots[run].undo[effect].state == .doubtful else { continue }
            case .ready, .waiting, .running, .held, .verifying, .asking, .succeeded, .skipped:
                break
            }
            guard let known = call.arguments?.bytes, let asked = request.arguments.bytes else {
                continue
            }
            if known == asked { return index }
            wanted = wanted ?? (try? JSON(parsing: asked))
            if let wanted, let same = try? JSON(parsing: known), same == wanted { return index }
        }
        return nil
    }

    // MARK: Refusals

    private enum Refusal {
        case denied(Failure)
        case looping(LoopStopped)
    }

    /// Why a call is not made; nil when it is.
    private mutating func refusal(
        of request: DelegateRequest,
        by parent: Int,
        in run: Int
    ) -> Refusal? {
        let path = stack(above: parent, in: run).map(\.capability).joined(separator: " -> ")
        let chain = "\(path) -> \(request.capability)"
        func denied(_ kind: FailureKind, _ reason: String) -> Refusal {
            .denied(Failure(kind, "\(chain): \(reason)", retryable: false))
        }
        guard !runs.slots[run].isProtected(parent) else {
            return denied(.denied, "what undoes or verifies a call may not delegate")
        }
        let offered = plan.flatMap {
            CapabilityRouter.contract(request.capability, agent: request.agent, by: $0)
        }
        guard let contract = offered else {
            let who = request.agent.map { "agent \"\($0)\"" } ?? "no agent"
            return denied(.notFound, "\(who) offers \"\(request.capability)\" here")
        }
        if let wrapUp = runs.slots[run].wrapUp {
            return denied(.budgetExhausted, "the run only wraps up: \(wrapUp.message)")
        }
        let limits = runs.slots[run].limits
        let call = canonicalCall(contract.name, contract, request.arguments)
        let calls = runs.slots[run].delegation.ancestors(of: Int32(parent)) + [Int32(parent)]
        let refusal = runs.slots[run].delegation.refusal(
            of: call,
            by: Int32(parent),
            stack: calls.map { canonicalCall(of: Int($0), in: run) },
            limits: limits
        )
        if let refusal { return .denied(refusal.failure) }
        refreshLoops(of: run)
        let loop = runs.slots[run].loops.detector.loop(
            of: call,
            by: caller(parent, in: run),
            threshold: contract.repeatThreshold ?? limits.repeatThreshold
        )
        guard let loop else { return nil }
        let subtask = runs.slots[run].id(of: parent, in: workflows[runs.slots[run].workflow])
        return .looping(
            LoopStopped(
                run: runs.slots[run].id,
                parent: subtask,
                capability: request.capability,
                pattern: loop.pattern,
                count: loop.count,
                reason: "\(chain): \(loop.explanation(of: request.capability))"
            )
        )
    }

    private mutating func refuse(
        _ request: DelegateRequest,
        _ reference: CallReference,
        _ refusal: Refusal,
        by held: Lease,
        of slot: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        let run = liveSlot(of: held.run)
        let parent = subtask(of: held)
        var stopped: LoopStopped?
        let failure: Failure
        switch refusal {
        case .looping(let loop):
            stopped = loop
            failure = Failure(.loopStopped, loop.reason, retryable: false)
        case .denied(let denied):
            failure = denied
            let before = runs.slots[run].refusals.count { $0.request.lease == reference.lease }
            // Every refusal costs a record; who never takes no for an answer is stopped.
            if before >= Swarm.refusalLimit {
                stopped = LoopStopped(
                    run: runs.slots[run].id,
                    parent: parent,
                    capability: request.capability,
                    pattern: .sameError,
                    count: before,
                    reason: "\(before) of its calls were refused and it asks on: \(denied.message)"
                )
            }
        }
        if let stopped { emit(.loopStopped(stopped), now, &step) }
        let refused = CallRefused(
            parent: parent,
            worker: workers[slot].id,
            request: reference,
            capability: request.capability,
            failure: failure
        )
        emit(.callRefused(refused), now, &step)
        step.effects.append(.reply(workers[slot].id, reference, .refused(failure)))
        guard let stopped else { return }
        let reason = Failure(.loopStopped, stopped.reason, retryable: false)
        end(run, as: .failed, because: reason, subtask: parent, now, &step)
    }

    /// How many calls of one attempt are refused before that counts as a loop.
    static let refusalLimit = 32

    // MARK: Answers

    /// How a delegated call has ended, as its caller is told; nil while it goes on.
    private func answer(of index: Int, in run: Int) -> CallAnswer? {
        let subtask = runs.slots[run].subtasks[index]
        switch subtask.phase {
        case .succeeded: return .succeeded(subtask.result ?? Swarm.null)
        case .skipped: return .succeeded(Swarm.null)
        case .failed, .cancelled:
            let failure = runs.slots[run].call(of: index)?.failure
            return .failed(failure ?? Failure(.cancelled, "it was cancelled", retryable: false))
        case .ready, .waiting, .running, .held, .verifying, .asking: return nil
        }
    }

    private static let null = Payload.inline(Array("null".utf8))

    /// Tells the caller of a delegated call that it has ended, if it still waits.
    mutating func answerDelegated(
        _ index: Int,
        in run: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard runs.isLive(run), let call = runs.slots[run].call(of: index),
            case .delegated(let parent)? = call.origin, let request = call.request,
            let answer = answer(of: index, in: run)
        else { return }
        let caller = runs.slots[run].subtasks[Int(parent)]
        guard caller.phase == .running, caller.lease == request.lease.number else { return }
        let worker = Int(caller.worker)
        guard let position = workers[worker].position(of: caller.lease) else { return }
        let isWaiting = runs.slots[run].delegation.children(of: parent).contains { child in
            !runs.slots[run].subtasks[Int(child)].isDone
                && runs.slots[run].call(of: Int(child))?.request?.lease == request.lease
        }
        if !isWaiting, workers[worker].leases[position].isParked {
            let id = runs.slots[run].id(of: Int(parent), in: workflows[runs.slots[run].workflow])
            emit(.subtaskUnparked(id, request.lease, workers[worker].id), now, &step)
        }
        step.effects.append(.reply(workers[worker].id, request, answer))
    }

    /// What a worker that is back must be told about the calls it waits for: answers that may not
    /// have reached it, and which of its subtasks nobody waits for any more.
    mutating func resumeCalls(of slot: Int, _ step: inout Step) {
        for lease in workers[slot].leases where !lease.isRevoked {
            let run = liveSlot(of: lease.run)
            for child in runs.slots[run].delegation.children(of: lease.index) {
                guard let request = runs.slots[run].call(of: Int(child))?.request,
                    request.lease.number == lease.number,
                    let answer = answer(of: Int(child), in: run)
                else { continue }
                step.effects.append(.reply(workers[slot].id, request, answer))
            }
            for refused in runs.slots[run].refusals
            where refused.request.lease.number == lease.number {
                let answer = CallAnswer.refused(refused.failure)
                step.effects.append(.reply(workers[slot].id, refused.request, answer))
            }
            if isAbandoned(Int(lease.index), in: run) {
                step.effects.append(
                    .cancel(
                        workers[slot].id,
                        LeaseID(lease.number),
                        reason: .abandoned,
                        grace: shutdown(of: workers[slot]).grace
                    )
                )
            }
        }
    }
}
