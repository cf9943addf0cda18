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
        if let failure = refusal(of: submission.workflow.name, now) {
            return step.effects.append(.rejected(token: submission.token, reason: failure))
        }
        if workflows.slot(of: submission.digest) == nil {
            if let finding = firstDanger(in: submission.workflow, of: plan) {
                return reject(.validation, finding.description)
            }
            emit(.workflowRegistered(submission.digest, submission.workflow), now, &step)
        }
        let limit =
            submission.workflow.limits.deadline ?? plan.topology.coordinator.limits.runDeadline
        let run = RunID(lastRun + 1)
        openTrial(of: submission.workflow.name, now, &step)
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

    /// The first thing in a workflow that would leave a run neither done nor undone.
    private func firstDanger(in workflow: Workflow, of plan: SwarmPlan) -> SafetyFinding? {
        guard let order = try? DependencyOrder(of: workflow) else { return nil }
        return WorkflowSafety(plan).findings(in: workflow, order: order).first {
            !$0.rule.isWarning
        }
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
        guard runs.slots[slot].ending == nil else { return }
        let ending = RunEnding(
            run: runs.slots[slot].id,
            outcome: outcome,
            failure: failure,
            subtask: subtask,
            undoes: undoes
        )
        let delegated = runs.slots[slot].delegation
        let open = (0..<delegated.count).map { Int(delegated[$0].subtask) }
            .filter { !runs.slots[slot].subtasks[$0].isDone }
        emit(.runEnding(ending), now, &step)
        for call in open { answerDelegated(call, in: slot, now, &step) }
        for index in runs.slots[slot].subtasks.indices
        where runs.slots[slot].subtasks[index].phase == .running
            && !runs.slots[slot].isProtected(index)
        {
            let worker = workers[Int(runs.slots[slot].subtasks[index].worker)]
            step.effects.append(
                .cancel(
                    worker.id,
                    LeaseID(runs.slots[slot].subtasks[index].lease),
                    reason: outcome == .cancelled ? .cancelled : .abandoned,
                    grace: shutdown(of: worker).grace
                )
            )
        }
        cancelHedges(of: slot, outcome == .cancelled ? .cancelled : .abandoned, &step)
        settle(slot, now, &step)
    }

    /// Works out what a change of a run makes possible: fan-outs, what is left out, and its end.
    ///
    /// It may have ended meanwhile, by a decision that came with the same input.
    mutating func settle(_ slot: Int, _ now: Instant, _ step: inout Step) {
        guard runs.isLive(slot) else { return }
        if runs.slots[slot].ending == nil {
            let compiled = workflows[runs.slots[slot].workflow]
            while runs.slots[slot].ending == nil {
                if let definition = runs.slots[slot].skippable.first {
                    skip(Int(definition), of: slot, compiled, now, &step)
                } else if let definition = runs.slots[slot].expandable.first {
                    expand(Int(definition), of: slot, compiled, now, &step)
                } else if !leaveOut(of: slot, now, &step) {
                    break
                }
            }
        }
        if let ending = runs.slots[slot].ending {
            guard runs.slots[slot].running == 0 else { return }
            windDown(slot, ending, now, &step)
        } else if runs.slots[slot].incomplete == 0, runs.slots[slot].running == 0,
            runs.slots[slot].inDoubt == 0
        {
            let resolver = ArgumentResolver(compiled: workflows[runs.slots[slot].workflow])
            switch resolver.output(of: &runs.slots[slot]) {
            case .success(let bytes):
                let finished = RunFinished(
                    run: runs.slots[slot].id,
                    outcome: runs.slots[slot].wrapUp == nil ? .succeeded : .failed,
                    output: .inline(bytes),
                    failure: runs.slots[slot].wrapUp,
                    standing: doubts(of: slot)
                )
                emit(.runFinished(finished), now, &step)
            case .failure(let error):
                // Like any other failure: what it did is undone, or listed.
                let failure = Failure(.unresolved, "output: \(error.message)")
                end(slot, as: .failed, because: failure, subtask: nil, now, &step)
            }
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
        let missing = Int(runs.slots[slot].groups[definition].missing)
        emit(
            .subtaskSkipped(
                SubtaskSkipped(
                    run: runs.slots[slot].id,
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
        switch ArgumentResolver(compiled: compiled).items(of: definition, in: &runs.slots[slot]) {
        case .success(let items) where runs.slots[slot].subtasks.count + items.count <= limit:
            emit(
                .subtaskExpanded(
                    SubtaskExpanded(
                        run: runs.slots[slot].id,
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
}
