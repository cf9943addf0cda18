import SwarmModel

// Undoing what a run did.

extension Swarm {
    /// Goes on ending a run of which nothing ordinary runs any more: doubts first, then undo.
    mutating func windDown(_ slot: Int, _ ending: RunEnding, _ now: Instant, _ step: inout Step) {
        if ending.undoes { resolveDoubts(of: slot, now, &step) }
        guard runs.slots[slot].inDoubt == 0, !runs.slots[slot].isParked else { return }
        if ending.undoes, mayStillAct(slot) { return }
        if ending.undoes, !runs.slots[slot].undo.isUndoing {
            let confirmed = confirmedDefinitions(of: slot)
            let hasWork = runs.slots[slot].undo.hasWork { position in
                confirmed[definition(ofEffect: position, in: slot)]
            }
            if hasWork { emit(.runUndoing(runs.slots[slot].id), now, &step) }
        }
        while let position = runs.slots[slot].undo.released.first {
            startUndo(Int(position), of: slot, now, &step)
        }
        guard runs.slots[slot].openCalls == 0 else { return }
        finish(slot, ending, now, &step)
    }

    private mutating func startUndo(
        _ position: Int,
        of slot: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        let entry = runs.slots[slot].undo[position]
        guard let undo = entry.undo else { preconditionFailure("an effect without undo is due") }
        let compiled = workflows[runs.slots[slot].workflow]
        if entry.call >= 0 {
            // The same call again, so that it has the same idempotency key.
            let call = runs.slots[slot].id(of: Int(entry.call), in: compiled)
            return emit(.callRenewed(call, deadline: now + undo.within), now, &step)
        }
        func parsed(_ payload: Payload?) -> JSON? {
            guard let payload else { return nil }
            guard let bytes = payload.bytes else {
                preconditionFailure("a payload that undoing needs was not loaded")
            }
            return try? JSON(parsing: bytes, limits: JSONLimits(depth: 64, bytes: .max))
        }
        do throws(TemplateError) {
            let template = UndoTemplate(parsed(undo.template) ?? .null)
            if undo.result == nil, let part = try template.parts().first(where: \.isResult) {
                throw TemplateError(
                    text: part.description,
                    reason: "nobody knows what the call returned"
                )
            }
            let arguments = try template.bound(
                arguments: parsed(undo.arguments) ?? .null,
                result: parsed(undo.result) ?? .null
            )
            add(
                .undo(of: entry.subtask),
                named: "undo",
                capability: undo.capability,
                agent: nil,
                arguments: .inline(arguments.encoded()),
                deadline: now + undo.within,
                to: slot,
                now,
                &step
            )
        } catch {
            let subtask = runs.slots[slot].id(of: Int(entry.subtask), in: compiled)
            let failure = Failure(
                .unresolved,
                "its compensation cannot be called: \(error)"
            )
            emit(.undoFailed(UndoFailed(subtask: subtask, failure: failure)), now, &step)
        }
    }

    /// Ends a run that has nothing left to undo, or parks it when something could not be.
    private mutating func finish(
        _ slot: Int,
        _ ending: RunEnding,
        _ now: Instant,
        _ step: inout Step
    ) {
        let standing = standing(of: slot, ending)
        let undo = runs.slots[slot].undo
        if undo.indices.contains(where: { undo[$0].state == .failed }), !runs.slots[slot].isAccepted
        {
            let parked = RunParked(run: ending.run, failure: ending.failure, standing: standing)
            return emit(.runParked(parked), now, &step)
        }
        let hasUndone = undo.indices.contains { undo[$0].state == .undone }
        let outcome: RunOutcome =
            if runs.slots[slot].isAccepted {
                .compensationFailed
            } else if hasUndone, !standing.isEmpty {
                .partiallyCompensated
            } else if hasUndone, ending.outcome == .failed {
                .compensated
            } else {
                ending.outcome
            }
        emit(
            .runFinished(
                RunFinished(
                    run: ending.run,
                    outcome: outcome,
                    output: .empty,
                    failure: ending.failure,
                    standing: standing
                )
            ),
            now,
            &step
        )
    }

    /// What calls that failed may have left, or may leave yet, in a run that goes by its output.
    func doubts(of slot: Int) -> [Standing] {
        let undo = runs.slots[slot].undo
        return undo.indices.compactMap { position in
            guard undo[position].state == .doubtful else { return nil }
            return Standing(
                subtask: runs.slots[slot].id(
                    of: Int(undo[position].subtask),
                    in: workflows[runs.slots[slot].workflow]
                ),
                capability: undo[position].capability,
                reason: .mayHaveHappened
            )
        }
    }

    /// What a run that ends leaves in the world.
    func standing(of slot: Int, _ ending: RunEnding) -> [Standing] {
        let confirmed = confirmedDefinitions(of: slot)
        let undo = runs.slots[slot].undo
        return undo.indices.compactMap { position in
            let entry = undo[position]
            let reason: Standing.Reason
            switch entry.state {
            case .begun, .absent, .undone, .undoing: return nil
            case .doubtful: reason = .mayHaveHappened
            case .failed: reason = .compensationFailed
            case .present:
                if confirmed[definition(ofEffect: position, in: slot)] { return nil }
                reason =
                    if !ending.undoes { .left } else if entry.undo == nil { .noCompensation } else {
                        .blocked
                    }
            }
            return Standing(
                subtask: runs.slots[slot].id(
                    of: Int(entry.subtask),
                    in: workflows[runs.slots[slot].workflow]
                ),
                capability: entry.capability,
                reason: reason
            )
        }
    }

    /// A pivot that succeeded confirms itself and all it depends on: none of it is undone.
    func confirmedDefinitions(of slot: Int) -> [Bool] {
        let compiled = workflows[runs.slots[slot].workflow]
        var confirmed = Array(repeating: false, count: compiled.names.count)
        // One that was left out has confirmed nothing.
        var open: [Int] = compiled.pivots.filter {
            runs.slots[slot].groups[$0].isComplete && !runs.slots[slot].groups[$0].isSkipped
        }
        while let definition = open.popLast() {
            guard !confirmed[definition] else { continue }
            confirmed[definition] = true
            open += compiled.graph.dependencies[definition]
        }
        return confirmed
    }

    func definition(ofEffect position: Int, in slot: Int) -> Int {
        let root = runs.slots[slot].root(of: Int(runs.slots[slot].undo[position].subtask))
        return Int(runs.slots[slot].subtasks[root].definition)
    }

    // MARK: People

    mutating func compensate(_ request: CompensateRequest, _ now: Instant, _ step: inout Step) {
        func answer(_ problem: Failure?) {
            step.effects.append(.answered(token: request.token, problem: problem))
        }
        guard let slot = runs.slot(of: request.run) else {
            return answer(Failure(.notFound, "\(request.run) has ended, or never was"))
        }
        if runs.slots[slot].isParked {
            emit(
                .runResumed(
                    RunResumed(
                        run: request.run,
                        accepts: request.accepts,
                        reason: request.reason,
                        by: request.by
                    )
                ),
                now,
                &step
            )
            answer(nil)
            return settle(slot, now, &step)
        }
        guard !request.accepts else {
            return answer(Failure(.conflict, "\(request.run) waits for nobody to accept anything"))
        }
        guard runs.slots[slot].ending == nil else {
            return answer(Failure(.conflict, "\(request.run) is being ended already"))
        }
        let failure = Failure(.cancelled, "\(request.by) had it undone: \(request.reason)")
        end(slot, as: .cancelled, because: failure, subtask: nil, now, &step)
        answer(nil)
    }

    // MARK: Applying

    mutating func applyRegistered(_ registered: UndoRegistered) {
        let slot = liveSlot(of: registered.subtask.run)
        let index = Int(registered.subtask.index)
        let position = openEffect(of: index, in: slot)
        runs.slots[slot].undo[position].undo = EffectEntry.Undo(
            capability: registered.capability,
            template: registered.arguments,
            within: registered.within
        )
    }

    /// The entry of a subtask's effect, made if there is none yet.
    @discardableResult
    mutating func openEffect(of index: Int, in slot: Int) -> Int {
        let known = Int(runs.slots[slot].subtasks[index].effect)
        if known >= 0 { return known }
        let position = runs.slots[slot].undo.open(
            Int32(index),
            capability: capabilityName(of: index, in: slot)
        )
        runs.slots[slot].subtasks[index].effect = position
        return Int(position)
    }

    mutating func applyUndoing(_ run: RunID, at time: Instant) {
        let slot = liveSlot(of: run)
        startUndoing(slot)
    }

    private mutating func startUndoing(_ slot: Int) {
        let confirmed = confirmedDefinitions(of: slot)
        let compiled = workflows[runs.slots[slot].workflow]
        let places = runs.slots[slot].undo.indices.map { position -> (definition: Int, root: Int) in
            let root = runs.slots[slot].root(of: Int(runs.slots[slot].undo[position].subtask))
            return (Int(runs.slots[slot].subtasks[root].definition), root)
        }
        let callers = runs.slots[slot].undo.indices.map { caller(ofEffect: $0, in: slot) }
        runs.slots[slot].undo.start(graph: compiled.graph, places: places, callers: callers) {
            confirmed[places[$0].definition]
        }
    }

    /// The effect of the nearest call that led to the call of an effect; -1 for none.
    private func caller(ofEffect position: Int, in slot: Int) -> Int32 {
        var next = runs.slots[slot].delegation.parent(
            of: runs.slots[slot].undo[position].subtask
        )
        while let index = next {
            let effect = runs.slots[slot].subtasks[Int(index)].effect
            if effect >= 0 { return effect }
            next = runs.slots[slot].delegation.parent(of: index)
        }
        return -1
    }

    mutating func applyUndoFailed(_ failed: UndoFailed) {
        let slot = liveSlot(of: failed.subtask.run)
        let effect = Int(runs.slots[slot].subtasks[Int(failed.subtask.index)].effect)
        runs.slots[slot].undo.failed(effect, workflows[runs.slots[slot].workflow].graph)
    }

    mutating func applyParked(_ parked: RunParked) {
        runs.slots[liveSlot(of: parked.run)].isParked = true
    }

    mutating func applyResumed(_ resumed: RunResumed, at time: Instant) {
        let slot = liveSlot(of: resumed.run)
        runs.slots[slot].isParked = false
        if resumed.accepts { runs.slots[slot].isAccepted = true } else { startUndoing(slot) }
    }
}
