import SwarmModel

// Runs: from submission to their end.

extension Swarm {
    mutating func submit(_ submission: Submission, _ now: Instant, _ step: inout Step) {
        func reject(_ kind: FailureKind, _ message: String) {
            step.effects.append(
                .rejected(token: submission.token, reason: Failure(kind, message))
            )
        }
        guard let plan else {
            return reject(.unavailable, "the swarm has no topology yet")
        }
        guard !isStopping else {
            return reject(.unavailable, "the swarm is stopping and takes no new runs")
        }
        if let subtask = firstUnoffered(in: submission, by: plan) {
            let who =
                subtask.agent.map { "agent \"\($0)\" does not offer" }
                ?? "no agent of the topology offers"
            return reject(
                .notFound,
                "\(who) capability \"\(subtask.capability)\", which subtask "
                    + "\"\(subtask.name)\" calls"
            )
        }
        guard submission.workflow.subtasks.count <= submission.workflow.limits.maximumSubtasks
        else {
            return reject(.validation, "the workflow has more subtasks than limits.max_subtasks")
        }
        if workflows.slot(of: submission.digest) == nil {
            emit(.workflowRegistered(submission.digest, submission.workflow), now, &step)
        }
        let limit =
            submission.workflow.limits.deadline ?? plan.topology.coordinator.limits.runDeadline
        let run = RunID(lastRun + 1)
        emit(
            .runSubmitted(
                RunSubmitted(
                    run: run,
                    workflow: submission.digest,
                    input: submission.input,
                    deadline: now + limit
                )
            ),
            now,
            &step
        )
        step.effects.append(.accepted(token: submission.token, run: run))
        if let slot = runs.slot(of: run) { settle(slot, now, &step) }
    }

    /// The first subtask of a workflow that calls what nobody offers.
    private func firstUnoffered(
        in submission: Submission,
        by plan: SwarmPlan
    ) -> SubtaskDefinition? {
        guard let slot = workflows.slot(of: submission.digest) else {
            return submission.workflow.subtasks.first {
                !CapabilityRouter.isOffered($0.capability, agent: $0.agent, by: plan)
            }
        }
        let unserved = workflows.lanes[slot].firstIndex { lane in
            let agent = router.lanes[lane].agent
            return !router.offers(of: lane).contains {
                agent == nil || workers[$0.worker].id.agent == agent
            }
        }
        return unserved.map { submission.workflow.subtasks[$0] }
    }

    mutating func cancel(
        _ run: RunID,
        reason: String,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let slot = runs.slot(of: run) else {
            return ignore(.cancelRequest, "\(run) has ended or never was", now, &step)
        }
        end(
            slot,
            as: .cancelled,
            because: Failure(.cancelled, reason),
            subtask: nil,
            now,
            &step
        )
    }

    /// Begins to end a run: nothing new starts, and what runs is asked to stop.
    mutating func end(
        _ slot: Int,
        as outcome: RunOutcome,
        because failure: Failure,
        subtask: SubtaskID?,
        undoes: Bool = true,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard runs[slot].ending == nil else { return }
        let ending = RunEnding(
            run: runs[slot].id,
            outcome: outcome,
            failure: failure,
            subtask: subtask,
            undoes: undoes
        )
        emit(.runEnding(ending), now, &step)
        for index in runs[slot].subtasks.indices
        where runs[slot].subtasks[index].phase == .running && !runs[slot].isProtected(index) {
            let worker = workers[Int(runs[slot].subtasks[index].worker)]
            step.effects.append(
                .cancel(
                    worker.id,
                    LeaseID(runs[slot].subtasks[index].lease),
                    reason: outcome == .cancelled ? .cancelled : .abandoned,
                    grace: shutdown(of: worker).grace
                )
            )
        }
        settle(slot, now, &step)
    }

    /// Works out what a change of a run makes possible: fan-outs, what is left out, and its end.
    ///
    /// It may have ended meanwhile, by a decision that came with the same input.
    mutating func settle(_ slot: Int, _ now: Instant, _ step: inout Step) {
        guard runs.isLive(slot) else { return }
        if runs[slot].ending == nil {
            let compiled = workflows[runs[slot].workflow]
            while runs[slot].ending == nil {
                if let definition = runs[slot].skippable.first {
                    skip(Int(definition), of: slot, compiled, now, &step)
                } else if let definition = runs[slot].expandable.first {
                    expand(Int(definition), of: slot, compiled, now, &step)
                } else {
                    break
                }
            }
        }
        if let ending = runs[slot].ending {
            guard runs[slot].running == 0 else { return }
            windDown(slot, ending, now, &step)
        } else if runs[slot].incomplete == 0, runs[slot].running == 0 {
            let resolver = ArgumentResolver(compiled: workflows[runs[slot].workflow])
            let finished =
                switch resolver.output(of: &runs[slot]) {
                case .success(let bytes):
                    RunFinished(
                        run: runs[slot].id,
                        outcome: .succeeded,
                        output: .inline(bytes),
                        failure: nil
                    )
                case .failure(let error):
                    RunFinished(
                        run: runs[slot].id,
                        outcome: .failed,
                        output: .empty,
                        failure: Failure(.unresolved, "output: \(error.message)")
                    )
                }
            emit(.runFinished(finished), now, &step)
        }
    }

    /// Leaves out a definition that needs what was left out before.
    private mutating func skip(
        _ definition: Int,
        of slot: Int,
        _ compiled: CompiledWorkflow,
        _ now: Instant,
        _ step: inout Step
    ) {
        let missing = Int(runs[slot].groups[definition].missing)
        emit(
            .subtaskSkipped(
                SubtaskSkipped(
                    run: runs[slot].id,
                    name: compiled.names[definition],
                    definition: Int32(definition),
                    because: compiled.names[missing]
                )
            ),
            now,
            &step
        )
    }

    private mutating func expand(
        _ definition: Int,
        of slot: Int,
        _ compiled: CompiledWorkflow,
        _ now: Instant,
        _ step: inout Step
    ) {
        let name = compiled.names[definition]
        let limit = compiled.workflow.limits.maximumSubtasks
        switch ArgumentResolver(compiled: compiled).items(of: definition, in: &runs[slot]) {
        case .success(let items) where runs[slot].subtasks.count + items.count <= limit:
            emit(
                .subtaskExpanded(
                    SubtaskExpanded(
                        run: runs[slot].id,
                        name: name,
                        definition: Int32(definition),
                        count: Int32(items.count)
                    )
                ),
                now,
                &step
            )
        case .success(let items):
            end(
                slot,
                as: .failed,
                because: Failure(
                    .validation,
                    "for_each of \"\(name)\" makes \(items.count) subtasks, and the run may hold "
                        + "\(limit); raise limits.max_subtasks if that is meant"
                ),
                subtask: nil,
                now,
                &step
            )
        case .failure(let error):
            end(
                slot,
                as: .failed,
                because: Failure(.unresolved, "for_each of \"\(name)\": \(error.message)"),
                subtask: nil,
                now,
                &step
            )
        }
    }

    // MARK: Applying

    mutating func applyRegistered(_ digest: Digest, _ workflow: Workflow) {
        let compiled: CompiledWorkflow
        do { compiled = try CompiledWorkflow(digest: digest, workflow: workflow) } catch {
            preconditionFailure("a registered workflow does not compile: \(error)")
        }
        let lanes = workflow.subtasks.map { subtask in
            router.lane(
                capability: subtask.capability,
                agent: subtask.agent,
                semaphores: semaphores.positions(of: subtask.semaphores)
            )
        }
        workflows.register(compiled, lanes: lanes)
    }

    mutating func applySubmitted(_ submission: RunSubmitted, at time: Instant) {
        guard let workflow = workflows.slot(of: submission.workflow) else {
            preconditionFailure("\(submission.run) refers to a workflow that was not registered")
        }
        lastRun = max(lastRun, submission.run.number)
        workflows.retain(workflow)
        let compiled = workflows[workflow]
        runs.insert(Run(submission: submission, at: time, slot: workflow, compiled: compiled))
        clock.note(submission.deadline)
        guard let slot = runs.slot(of: submission.run) else { return }
        for definition in runs[slot].groups.indices where runs[slot].groups[definition].unmet == 0 {
            open(definition, of: slot, compiled)
        }
    }

    /// Makes the subtask of a definition whose dependencies are met, or marks its fan-out as due.
    mutating func open(_ definition: Int, of slot: Int, _ compiled: CompiledWorkflow) {
        if runs[slot].groups[definition].missing >= 0 {
            return runs[slot].skippable.append(Int32(definition))
        }
        if compiled.fansOut[definition] {
            return runs[slot].expandable.append(Int32(definition))
        }
        let index = runs[slot].subtasks.count
        runs[slot].groups[definition].base = Int32(index)
        runs[slot].groups[definition].count = 1
        runs[slot].groups[definition].released = 1
        runs[slot].subtasks.append(
            Subtask(definition: Int32(definition), item: -1, phase: .ready)
        )
        enqueue(index, of: slot)
    }

    /// Puts a ready subtask in its lane.
    mutating func enqueue(_ index: Int, of slot: Int) {
        lastOrder += 1
        setPhase(.ready, of: index, in: slot)
        runs[slot].subtasks[index].order = lastOrder
        router.lanes[lane(of: index, in: slot)].queue.append(
            ReadyEntry(run: runs[slot].id, index: Int32(index), order: lastOrder),
            priority: priority(of: index, in: slot)
        )
    }

    /// Leaves out a definition: it counts as through, and gives nothing.
    mutating func applySkipped(_ skipped: SubtaskSkipped) {
        let slot = liveSlot(of: skipped.run)
        let definition = Int(skipped.definition)
        runs[slot].skippable.removeAll { $0 == skipped.definition }
        runs[slot].groups[definition].base = Int32(runs[slot].subtasks.count)
        runs[slot].groups[definition].count = 1
        runs[slot].groups[definition].skipped = 1
        var subtask = Subtask(definition: skipped.definition, item: -1, phase: .skipped)
        subtask.attempt = 0
        runs[slot].subtasks.append(subtask)
        complete(definition, of: slot, workflows[runs[slot].workflow])
    }

    mutating func applyExpanded(_ expansion: SubtaskExpanded) {
        let slot = liveSlot(of: expansion.run)
        let compiled = workflows[runs[slot].workflow]
        let definition = Int(expansion.definition)
        let base = runs[slot].subtasks.count
        let count = Int(expansion.count)
        runs[slot].expandable.removeAll { $0 == expansion.definition }
        let limit = compiled.workflow.subtasks[definition].maximumParallel ?? count
        let released = min(limit, count)
        runs[slot].groups[definition].base = Int32(base)
        runs[slot].groups[definition].count = expansion.count
        runs[slot].groups[definition].released = Int32(released)
        runs[slot].subtasks.reserveCapacity(base + count)
        for item in 0..<count {
            runs[slot].subtasks.append(
                Subtask(
                    definition: expansion.definition,
                    item: Int32(item),
                    phase: item < released ? .ready : .held
                )
            )
            if item < released { enqueue(base + item, of: slot) }
        }
        if count == 0 { complete(definition, of: slot, compiled) }
    }

    /// Every subtask of a definition is through: what waited for it may come.
    mutating func complete(_ definition: Int, of slot: Int, _ compiled: CompiledWorkflow) {
        runs[slot].incomplete -= 1
        runs[slot].values.items[definition] = nil
        for source in compiled.readsFrom[definition] {
            runs[slot].groups[source].readers -= 1
            if runs[slot].groups[source].readers == 0 { forget(source, of: slot) }
        }
        let isSkipped = runs[slot].groups[definition].isSkipped
        for dependent in compiled.graph.dependents[definition] {
            runs[slot].groups[dependent].unmet -= 1
            if isSkipped { runs[slot].groups[dependent].missing = Int32(definition) }
            if runs[slot].groups[dependent].unmet == 0 { open(dependent, of: slot, compiled) }
        }
    }

    /// Drops results nothing refers to any more; the journal keeps them.
    private mutating func forget(_ definition: Int, of slot: Int) {
        runs[slot].values.results[definition] = nil
        runs[slot].values.arrays[definition] = nil
        let group = runs[slot].groups[definition]
        guard group.base >= 0 else { return }
        for index in Int(group.base)..<Int(group.base + group.count) {
            runs[slot].subtasks[index].result = nil
        }
    }

    mutating func applyEnding(_ ending: RunEnding, at time: Instant) {
        let slot = liveSlot(of: ending.run)
        runs[slot].ending = ending
        runs[slot].expandable = []
        runs[slot].skippable = []
        let hasCalls = runs[slot].openCalls > 0
        let isProtected = runs[slot].subtasks.indices.map { hasCalls && runs[slot].isProtected($0) }
        for lane in router.lanes.indices {
            router.lanes[lane].queue.removeAll(of: ending.run) { !isProtected[$0] }
        }
        retries.removeAll { $0.run == ending.run && !isProtected[Int($0.index)] }
        for index in runs[slot].subtasks.indices where !isProtected[index] {
            switch runs[slot].subtasks[index].phase {
            case .ready, .waiting, .held: runs[slot].subtasks[index].phase = .cancelled
            case .asking:
                // The answer matters only where it decides whether something is undone.
                let effect = Int(runs[slot].subtasks[index].effect)
                let isUndone = ending.undoes && effect >= 0 && runs[slot].undo[effect].undo != nil
                if !isUndone || runs[slot].undo[effect].state != .doubtful {
                    setPhase(.cancelled, of: index, in: slot)
                }
            case .running: limitGrace(of: index, in: slot, at: time)
            case .verifying, .succeeded, .failed, .cancelled, .skipped: break
            }
        }
    }

    private mutating func limitGrace(of index: Int, in slot: Int, at time: Instant) {
        let worker = Int(runs[slot].subtasks[index].worker)
        guard let position = workers[worker].position(of: runs[slot].subtasks[index].lease) else {
            preconditionFailure("\(runs[slot].id) runs a subtask without a lease")
        }
        let ends = time + shutdown(of: workers[worker]).grace
        workers[worker].leases[position].graceEnds = ends
        clock.note(ends)
    }

    mutating func applyFinished(_ finished: RunFinished) {
        let slot = liveSlot(of: finished.run)
        workflows.release(runs[slot].workflow)
        runs.remove(finished.run)
    }

    /// The slot of a run a record names; a record that names an ended run is a bug of ours.
    func liveSlot(of run: RunID) -> Int {
        guard let slot = runs.slot(of: run) else {
            preconditionFailure("a record names \(run), which does not exist or has ended")
        }
        return slot
    }
}
