import SwarmModel

// Failures: what follows an attempt that ended without a result that counts.

extension Swarm {
    /// What is known of an attempt that failed.
    struct Attempt {
        var failure: Failure
        var evidence: FailureRule.Evidence
        /// Whether the worker still holds the call, so that its permit is not free yet.
        var isStillHeld = false
        var cost: Cost?

        /// Whether it speaks against the worker: not when the call never began.
        var isFault: Bool {
            switch evidence {
            case .notBegun: false
            case .invalid: true
            case .unknown, .reported: failure.kind.countsAgainstWorker
            }
        }
    }

    /// Decides what follows a failed attempt, by the declared policy alone.
    mutating func fail(
        _ held: Lease,
        of slot: Int,
        _ attempt: Attempt,
        _ now: Instant,
        _ step: inout Step
    ) {
        // The end of another lease may have ended this one: its caller, say, was lost with it.
        guard isLive(held, of: slot) else { return }
        let run = liveSlot(of: held.run)
        let index = Int(held.index)
        var attempt = attempt
        let isFault = attempt.isFault
        let hasEffect = held.contract?.hasEffect ?? true
        let isSafe = held.isSafeToRepeat
        if attempt.evidence == .reported, hasEffect, !isSafe,
            FailureRule.leavesDoubt(attempt.failure)
        {
            attempt.evidence = .unknown
        }
        if attempt.evidence == .unknown, held.requiresGo, !held.isStarted {
            // It was never told to go, so it has done nothing.
            attempt.evidence = .notBegun
        }
        // What is safe to repeat is still there to be undone; and who returned nonsense has acted.
        let mayHaveHappened: Bool =
            switch attempt.evidence {
            case .notBegun: false
            case .unknown, .invalid: hasEffect
            case .reported: hasEffect && FailureRule.leavesDoubt(attempt.failure)
            }
        if attempt.evidence == .unknown, hasEffect, !isSafe {
            attempt.failure = Failure(
                .unknownOutcome,
                "\(attempt.failure.message); the call may have happened, and "
                    + "\"\(capabilityName(of: index, in: run))\" is neither read-only nor "
                    + "idempotent, so it is not simply run again",
                retryable: false
            )
        }
        let answer: FailureRule.Answer
        if runs.slots[run].isHedged(index) {
            answer = .directive(.yield, rule: "another attempt goes on")
        } else if runs.slots[run].ending != nil, !runs.slots[run].isProtected(index) {
            answer = .directive(.cancel, rule: "the run is ending")
        } else if isAbandoned(index, in: run), !mayHaveHappened || isSafe {
            answer = .directive(.cancel, rule: "its caller has ended")
        } else {
            answer = rule(for: held, of: slot, now).answer(
                to: attempt.failure,
                attempt.evidence,
                at: now
            )
        }
        let conclusion = conclude(
            answer,
            attempt.failure,
            of: index,
            in: run,
            isInDoubt: mayHaveHappened
        )
        emit(
            .attemptEnded(
                AttemptEnded(
                    subtask: subtask(of: held),
                    lease: LeaseID(held.number),
                    worker: workers[slot].id,
                    failure: attempt.failure,
                    mayHaveHappened: mayHaveHappened,
                    stillHeld: attempt.isStillHeld,
                    isFault: isFault,
                    directive: conclusion.directive,
                    rule: conclusion.rule,
                    cost: attempt.cost
                )
            ),
            now,
            &step
        )
        follow(conclusion, attempt.failure, of: index, in: run, now, &step)
        callOff(below: index, in: run, now, &step)
    }

    /// Fails a subtask that no worker has.
    mutating func failUnheld(
        _ index: Int,
        in run: Int,
        _ failure: Failure,
        rule: String,
        _ now: Instant,
        _ step: inout Step
    ) {
        let conclusion = conclude(.exhausted(rule: rule), failure, of: index, in: run)
        let subtask = runs.slots[run].id(of: index, in: workflows[runs.slots[run].workflow])
        emit(
            .attemptEnded(
                AttemptEnded(
                    subtask: subtask,
                    lease: nil,
                    worker: nil,
                    failure: failure,
                    mayHaveHappened: false,
                    stillHeld: false,
                    directive: conclusion.directive,
                    rule: conclusion.rule
                )
            ),
            now,
            &step
        )
        follow(conclusion, failure, of: index, in: run, now, &step)
        callOff(below: index, in: run, now, &step)
    }

    private func rule(for held: Lease, of slot: Int, _ now: Instant) -> FailureRule {
        let run = liveSlot(of: held.run)
        let index = Int(held.index)
        let subtask = runs.slots[run].subtasks[index]
        let policy = policy(of: index, in: run, under: held.contract)
        let attempt = Int(subtask.attempt) - (runs.slots[run].call(of: index)?.attemptsBefore ?? 0)
        var deadline = runs.slots[run].call(of: index)?.deadline
        if let limit = policy.deadline.value, let first = subtask.first {
            deadline = min(deadline ?? first + limit, first + limit)
        }
        let budget = retryBudget(under: held.contract)
        return FailureRule(
            policy: policy,
            isSafeToRepeat: held.isSafeToRepeat,
            hasVerification: held.contract?.contract.verifyWith != nil,
            attempt: attempt,
            returns: Int(subtask.returns),
            invalidResults: Int(subtask.invalid),
            hasOther: hasOther(than: slot, for: index, in: run),
            deadline: deadline,
            budget: runs.slots[run].isProtected(index) ? nil : budget,
            tokens: retryTokens.left(
                of: router.capabilities[Int(held.capability)].name,
                under: budget.value
            ),
            chance: Chance(seed: seed).draw(
                held.run.number,
                UInt64(held.index),
                UInt64(subtask.attempt)
            )
        )
    }

    /// What holds for the failures of a subtask, each field with the level that says so.
    func policy(
        of index: Int,
        in run: Int,
        under contract: CompiledContract?
    ) -> ResolvedFailurePolicy {
        let workflow = workflows[runs.slots[run].workflow].workflow
        let definition = Int(runs.slots[run].subtasks[index].definition)
        return ResolvedFailurePolicy(
            topology: plan?.topology.failure ?? FailurePolicy(),
            contract: contract?.contract.failure ?? FailurePolicy(),
            workflow: definition < 0 ? FailurePolicy() : workflow.failure,
            subtask: definition < 0 ? FailurePolicy() : workflow.subtasks[definition].failure
        )
    }

    /// Whether another worker that runs offers what a subtask calls.
    func hasOther(than slot: Int, for index: Int, in run: Int) -> Bool {
        let lane = lane(of: index, in: run)
        let agent = router.lanes[lane].agent
        return router.offers(of: lane).contains { offer in
            guard offer.worker != slot, agent == nil || workers[offer.worker].id.agent == agent
            else { return false }
            switch workers[offer.worker].phase {
            case .ready, .suspect: return true
            default: return false
            }
        }
    }

    // MARK: Conclusions

    /// A directive, and what must follow it beyond the subtask itself.
    struct Conclusion {
        var directive: Directive
        var rule: String
        /// Whether the run ends with the subtask, and if so whether it is undone.
        var endsRun: Bool?
    }

    private func conclude(
        _ answer: FailureRule.Answer,
        _ failure: Failure,
        of index: Int,
        in run: Int,
        isInDoubt: Bool = false
    ) -> Conclusion {
        switch answer {
        case .directive(let directive, let rule):
            return Conclusion(directive: directive, rule: rule)
        case .exhausted(let rule):
            return giveUp(after: rule, failure, of: index, in: run, isInDoubt: isInDoubt)
        }
    }

    /// What `on_failure` says about a subtask that nothing helps any more.
    private func giveUp(
        after rule: String,
        _ failure: Failure,
        of index: Int,
        in run: Int,
        isInDoubt: Bool
    ) -> Conclusion {
        let contract = contract(of: index, in: run)
        let policy = policy(of: index, in: run, under: contract).onFailure
        let call = runs.slots[run].call(of: index)
        let reason = "\(rule), then \(policy.origin.rawValue).on_failure"
        if runs.slots[run].isProtected(index) {
            return Conclusion(directive: .fail, rule: rule)
        }
        switch policy.value {
        case .fallback(let fallback) where call?.isFallback != true:
            // Another call in the place of one that may have happened would do it twice.
            let effect = Int(runs.slots[run].subtasks[index].effect)
            if isInDoubt || (effect >= 0 && runs.slots[run].undo[effect].hasDoubt) { break }
            if let wanted = fallbackCall(fallback, of: index, in: run) {
                return Conclusion(directive: .fallback(wanted), rule: reason)
            }
        case .ask:
            return Conclusion(directive: .ask(.failed), rule: reason)
        case .skip where call?.origin == nil:
            return Conclusion(directive: .skip, rule: reason)
        case .abort where call?.origin == nil:
            return Conclusion(directive: .fail, rule: reason, endsRun: false)
        case .undo, .abort, .skip, .fallback: break
        }
        // A delegated call that failed is its parent's to judge.
        let isDelegated = call?.origin != nil
        return Conclusion(directive: .fail, rule: reason, endsRun: isDelegated ? nil : true)
    }

    private func fallbackCall(
        _ fallback: Fallback,
        of index: Int,
        in run: Int
    ) -> FallbackCall? {
        guard let plan,
            CapabilityRouter.isOffered(fallback.capability, agent: fallback.agent, by: plan)
        else { return nil }
        var arguments: Payload?
        if let template = fallback.arguments, runs.slots[run].subtasks[index].definition >= 0 {
            let resolver = ArgumentResolver(compiled: workflows[runs.slots[run].workflow])
            var copy = runs.slots[run]
            guard case .success(let bytes) = resolver.bytes(of: template, for: index, in: &copy)
            else { return nil }
            arguments = .inline(bytes)
        }
        return FallbackCall(
            capability: fallback.capability,
            agent: fallback.agent,
            arguments: arguments
        )
    }

    /// Carries out what a directive means beyond the record of it.
    private mutating func follow(
        _ conclusion: Conclusion,
        _ failure: Failure,
        of index: Int,
        in run: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        switch conclusion.directive {
        case .verify:
            // As long as its worker has it, no answer could be relied on: it may still act.
            guard !isStillHeld(index, in: run) else { return }
            verify(index, in: run, now, &step)
        case .fail:
            if let call = runs.slots[run].call(of: index), let origin = call.origin {
                return callFailed(index, origin, failure, in: run, now, &step)
            }
            guard let undoes = conclusion.endsRun else { return }
            let subtask = runs.slots[run].id(of: index, in: workflows[runs.slots[run].workflow])
            end(
                run,
                as: .failed,
                because: failure,
                subtask: subtask,
                undoes: undoes,
                now,
                &step
            )
        case .cancel where runs.slots[run].ending == nil:
            // Its caller may itself be asked to stop only, and wait.
            answerDelegated(index, in: run, now, &step)
        case .retry, .reassign, .repair, .fallback, .ask, .skip, .cancel, .yield: break
        }
    }

    /// A call that belongs to another subtask has failed for good.
    private mutating func callFailed(
        _ index: Int,
        _ origin: CallOrigin,
        _ failure: Failure,
        in run: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        switch origin {
        case .undo: break
        case .verify(let of):
            doubt(Int(of), in: run, "nobody could say: \(failure.message)", now, &step)
        case .delegated: answerDelegated(index, in: run, now, &step)
        }
    }
}
