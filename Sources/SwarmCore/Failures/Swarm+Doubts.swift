import SwarmModel

// Doubts: calls of which nobody knows whether they happened, and subtasks held for a person.

extension Swarm {
    /// Asks the capability named in the contract whether the call of a subtask happened.
    mutating func verify(_ index: Int, in slot: Int, _ now: Instant, _ step: inout Step) {
        guard let contract = contract(of: index, in: slot)?.contract,
            let capability = contract.verifyWith, let plan,
            CapabilityRouter.isOffered(capability, agent: nil, by: plan)
        else {
            return doubt(index, in: slot, "nobody offers what would verify it", now, &step)
        }
        let arguments: JSON
        switch self.arguments(of: index, in: slot) {
        case .success(let bytes):
            arguments =
                (try? JSON(parsing: bytes, limits: JSONLimits(depth: 64, bytes: .max))) ?? .null
        case .failure: arguments = .null
        }
        let key = idempotencyKey(
            of: runs.slots[slot].id(of: index, in: workflows[runs.slots[slot].workflow])
        )
        let question = JSON.object(["key": .string(key), "arguments": arguments])
        let earlier = runs.slots[slot].calls.count { $0.origin == .verify(of: Int32(index)) }
        add(
            .verify(of: Int32(index)),
            named: earlier == 0 ? "verify" : "verify-\(earlier + 1)",
            capability: capability,
            agent: nil,
            arguments: .inline(question.encoded()),
            deadline: now + Swarm.verificationLimit,
            to: slot,
            now,
            &step
        )
    }

    /// How long asking whether a call happened may take before a person is asked.
    static let verificationLimit = Duration.seconds(600)

    /// What a capability that was asked has said.
    mutating func verified(
        _ index: Int,
        in slot: Int,
        _ answer: Payload,
        by capability: String,
        _ now: Instant,
        _ step: inout Step
    ) {
        let json = answer.bytes.flatMap {
            try? JSON(parsing: $0, limits: JSONLimits(depth: 64, bytes: .max))
        }
        guard case .object(let members)? = json, case .bool(let happened)? = members["happened"]
        else {
            let reason = "\(capability) did not answer {\"happened\": true or false}"
            return doubt(index, in: slot, reason, now, &step)
        }
        let result = members["result"].map { Payload.inline($0.encoded()) }
        settleDoubt(
            index,
            in: slot,
            happened ? .happened : .didNotHappen,
            result: happened ? result : nil,
            reason: "\(capability) was asked",
            by: capability,
            now,
            &step
        )
    }

    /// Leaves a doubt to a person, or, where policy says so, to the list of what may be left.
    mutating func doubt(
        _ index: Int,
        in slot: Int,
        _ reason: String,
        _ now: Instant,
        _ step: inout Step
    ) {
        let subtask = runs.slots[slot].id(of: index, in: workflows[runs.slots[slot].workflow])
        emit(
            .questionAsked(
                QuestionAsked(subtask: subtask, doubt: .unknownOutcome, reason: reason)
            ),
            now,
            &step
        )
    }

    /// In a run that ends: finds out about calls that may have happened and could be undone.
    mutating func resolveDoubts(of slot: Int, _ now: Instant, _ step: inout Step) {
        for position in runs.slots[slot].undo.indices {
            let entry = runs.slots[slot].undo[position]
            let index = Int(entry.subtask)
            guard entry.state == .doubtful, entry.undo != nil, !entry.isAccepted,
                !runs.slots[slot].subtasks[index].phase.isInDoubt, !isStillHeld(index, in: slot)
            else { continue }
            let contract = contract(of: index, in: slot)
            switch policy(of: index, in: slot, under: contract).unknownOutcome.value {
            case .fail: continue
            case .askHuman:
                doubt(index, in: slot, "it must be known before it can be undone", now, &step)
            case .verify, .retryIfIdempotent:
                guard contract?.contract.verifyWith != nil else {
                    doubt(index, in: slot, "it must be known before it can be undone", now, &step)
                    continue
                }
                emit(
                    .doubtOpened(
                        runs.slots[slot].id(of: index, in: workflows[runs.slots[slot].workflow])
                    ),
                    now,
                    &step
                )
                verify(index, in: slot, now, &step)
            }
        }
    }

    // MARK: People

    mutating func decide(_ made: DecisionMade, _ now: Instant, _ step: inout Step) {
        func answer(_ kind: FailureKind, _ message: String) {
            let problem = Failure(kind, message)
            step.effects.append(.answered(token: made.token, problem: problem))
        }
        guard let slot = runs.slot(of: made.run) else {
            return answer(.notFound, "\(made.run) has ended, or never was")
        }
        guard let (index, doubt) = question(made.label, in: slot) else {
            return answer(.conflict, "\(made.run)/\(made.label) does not wait for a decision")
        }
        guard doubt.answers.contains(made.decision) else {
            let words = doubt.answers.map(\.rawValue).joined(separator: ", ")
            return answer(
                .validation,
                "\"\(made.decision.rawValue)\" answers another question; here: \(words)"
            )
        }
        let isSettledByEnd = made.decision == .happened || made.decision == .abort
        if doubt == .unknownOutcome, !isSettledByEnd, isStillHeld(index, in: slot) {
            return answer(
                .conflict,
                "its worker has not let go of it and may still act; it is being stopped; give this "
                    + "answer again once it has ended"
            )
        }
        settleDoubt(
            index,
            in: slot,
            made.decision,
            result: made.decision == .happened ? made.result : nil,
            reason: made.reason,
            by: made.by,
            isBounded: false,
            now,
            &step
        )
        step.effects.append(.answered(token: made.token, problem: nil))
    }

    /// The subtask of this label, if it waits for a person.
    private func question(_ label: String, in slot: Int) -> (index: Int, doubt: Doubt)? {
        let compiled = workflows[runs.slots[slot].workflow]
        for index in runs.slots[slot].subtasks.indices {
            guard case .asking(let doubt) = runs.slots[slot].subtasks[index].phase else { continue }
            if runs.slots[slot].id(of: index, in: compiled).label == label { return (index, doubt) }
        }
        return nil
    }

    /// Records what was found out or decided, and goes on from there.
    ///
    /// `isBounded` is false only when a person decided: whoever looks may have a call made once
    /// more than its policy allows; a tool that answers by itself may not.
    mutating func settleDoubt(
        _ index: Int,
        in slot: Int,
        _ decision: Decision,
        result: Payload?,
        reason: String,
        by: String,
        isBounded: Bool = true,
        _ now: Instant,
        _ step: inout Step
    ) {
        let subtask = runs.slots[slot].id(of: index, in: workflows[runs.slots[slot].workflow])
        let isEnding = isCalledOff(index, in: slot)
        var directive: Directive?
        switch decision {
        case .happened: directive = nil
        case .didNotHappen, .retry: directive = isEnding ? .cancel : .retry(at: now)
        case .skip: directive = isEnding ? .cancel : .skip
        case .undo, .abort: directive = .cancel
        }
        if runs.slots[slot].isProtected(index), directive == .cancel || directive == .skip {
            directive = .fail
        }
        emit(
            .decided(
                SubtaskDecided(
                    subtask: subtask,
                    decision: decision,
                    directive: directive,
                    result: result,
                    reason: reason,
                    by: by
                )
            ),
            now,
            &step
        )
        switch decision {
        case .undo, .abort:
            let failure = Failure(.cancelled, "\(by) decided to \(decision.rawValue): \(reason)")
            end(
                slot,
                as: .failed,
                because: failure,
                subtask: subtask,
                undoes: decision == .undo,
                now,
                &step
            )
        case .didNotHappen where isBounded && directive == .retry(at: now):
            failIfUsedUp(index, in: slot, now, &step)
        case .happened, .didNotHappen, .retry, .skip:
            answerDelegated(index, in: slot, now, &step)
            callOff(below: index, in: slot, now, &step)
        }
        settle(slot, now, &step)
    }

    /// Fails a subtask that would be tried again, when its policy allows no further attempt.
    private mutating func failIfUsedUp(
        _ index: Int,
        in slot: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        let policy = policy(of: index, in: slot, under: contract(of: index, in: slot))
        let subtask = runs.slots[slot].subtasks[index]
        let before = runs.slots[slot].call(of: index)?.attemptsBefore ?? 0
        let isOver = policy.deadline.value.map { limit in
            subtask.first.map { now >= $0 + limit } ?? false
        }
        guard Int(subtask.attempt) - before >= policy.maxAttempts.value || isOver == true else {
            return
        }
        let failure = Failure(
            .workerLost,
            "it was tried \(Int(subtask.attempt) - before) times and never happened; nobody knows why "
                + "its workers fell silent",
            retryable: false
        )
        let rule = "\(policy.maxAttempts.origin.rawValue).retry"
        failUnheld(index, in: slot, failure, rule: rule, now, &step)
    }

    // MARK: Applying

    mutating func applyAsked(_ question: QuestionAsked) {
        let slot = liveSlot(of: question.subtask.run)
        setPhase(.asking(question.doubt), of: Int(question.subtask.index), in: slot)
    }

    mutating func applyDoubtOpened(_ subtask: SubtaskID) {
        setPhase(.verifying, of: Int(subtask.index), in: liveSlot(of: subtask.run))
    }

    /// Moves a subtask, keeping count of those that wait for a decision.
    mutating func setPhase(_ phase: SubtaskPhase, of index: Int, in slot: Int) {
        if runs.slots[slot].subtasks[index].phase.isInDoubt { runs.slots[slot].inDoubt -= 1 }
        if phase.isInDoubt { runs.slots[slot].inDoubt += 1 }
        runs.slots[slot].subtasks[index].phase = phase
    }

    mutating func applyDecided(_ decided: SubtaskDecided, at time: Instant) {
        let slot = liveSlot(of: decided.subtask.run)
        let index = Int(decided.subtask.index)
        let effect = Int(runs.slots[slot].subtasks[index].effect)
        switch decided.decision {
        case .happened:
            if effect >= 0 {
                runs.slots[slot].undo[effect].undo?.result = decided.result
                runs.slots[slot].undo.close(effect, as: .present)
            }
            setPhase(.succeeded, of: index, in: slot)
            let result = decided.result ?? .inline(Array("null".utf8))
            return applyResult(result, of: index, in: slot)
        case .didNotHappen: if effect >= 0 { runs.slots[slot].undo.clear(effect) }
        case .undo where effect >= 0 && runs.slots[slot].undo[effect].state == .doubtful:
            // What nothing undoes stays what it is: something that may have happened.
            if runs.slots[slot].undo[effect].undo == nil {
                runs.slots[slot].undo[effect].isAccepted = true
            } else {
                runs.slots[slot].undo.close(effect, as: .present)
            }
        case .abort where effect >= 0: runs.slots[slot].undo[effect].isAccepted = true
        case .retry, .skip, .undo, .abort: break
        }
        guard let directive = decided.directive else { return }
        obey(directive, of: index, in: slot, at: time)
        if runs.slots[slot].subtasks[index].isDone {
            let failure = Failure(.cancelled, "\(decided.by) decided so: \(decided.reason)")
            applyDelegatedEnd(index, directive == .skip ? nil : failure, in: slot)
        }
    }
}
