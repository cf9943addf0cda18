import SwarmModel

// How records change what is known of runs.

extension Swarm {
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
        runs.insert(
            Run(
                submission: submission,
                at: time,
                slot: workflow,
                compiled: compiled,
                plan: plan
            )
        )
        clock.note(submission.deadline)
        guard let slot = runs.slot(of: submission.run) else { return }
        runs.slots[slot].permit = takePermit(
            of: compiled.workflow,
            until: submission.deadline,
            at: time
        )
        for definition in runs.slots[slot].groups.indices
        where runs.slots[slot].groups[definition].unmet == 0 {
            open(definition, of: slot, compiled)
        }
    }

    /// Makes the subtask of a definition whose dependencies are met, or marks its fan-out as due.
    mutating func open(_ definition: Int, of slot: Int, _ compiled: CompiledWorkflow) {
        let isFinal =
            runs.slots[slot].wrapUp != nil && compiled.workflow.subtasks[definition].isFinally
        if isFinal { runs.slots[slot].groups[definition].missing = -1 }
        if runs.slots[slot].groups[definition].missing >= 0 {
            return runs.slots[slot].skippable.append(Int32(definition))
        }
        if compiled.fansOut[definition] {
            return runs.slots[slot].expandable.append(Int32(definition))
        }
        let index = runs.slots[slot].subtasks.count
        runs.slots[slot].groups[definition].base = Int32(index)
        runs.slots[slot].groups[definition].count = 1
        runs.slots[slot].groups[definition].released = 1
        runs.slots[slot].subtasks.append(
            Subtask(definition: Int32(definition), item: -1, phase: .ready)
        )
        enqueue(index, of: slot)
    }

    /// Puts a ready subtask in its lane.
    mutating func enqueue(_ index: Int, of slot: Int) {
        lastOrder += 1
        setPhase(.ready, of: index, in: slot)
        runs.slots[slot].subtasks[index].order = lastOrder
        let lane = lane(of: index, in: slot)
        router.lanes[lane].queue.append(
            ReadyEntry(
                run: runs.slots[slot].id,
                index: Int32(index),
                order: lastOrder,
                since: moment
            ),
            priority: priority(of: index, in: slot)
        )
        noteWait(in: lane)
    }

    /// Leaves out a definition: it counts as through, and gives nothing.
    mutating func applySkipped(_ skipped: SubtaskSkipped) {
        let slot = liveSlot(of: skipped.run)
        let definition = Int(skipped.definition)
        runs.slots[slot].skippable.removeAll { $0 == skipped.definition }
        runs.slots[slot].groups[definition].base = Int32(runs.slots[slot].subtasks.count)
        runs.slots[slot].groups[definition].count = 1
        runs.slots[slot].groups[definition].skipped = 1
        var subtask = Subtask(definition: skipped.definition, item: -1, phase: .skipped)
        subtask.attempt = 0
        runs.slots[slot].subtasks.append(subtask)
        complete(definition, of: slot, workflows[runs.slots[slot].workflow])
    }

    mutating func applyExpanded(_ expansion: SubtaskExpanded) {
        let slot = liveSlot(of: expansion.run)
        let compiled = workflows[runs.slots[slot].workflow]
        let definition = Int(expansion.definition)
        let base = runs.slots[slot].subtasks.count
        let count = Int(expansion.count)
        runs.slots[slot].expandable.removeAll { $0 == expansion.definition }
        let limit = compiled.workflow.subtasks[definition].maximumParallel ?? count
        let released = min(limit, count)
        runs.slots[slot].groups[definition].base = Int32(base)
        runs.slots[slot].groups[definition].count = expansion.count
        runs.slots[slot].groups[definition].released = Int32(released)
        runs.slots[slot].subtasks.reserveCapacity(base + count)
        for item in 0..<count {
            runs.slots[slot].subtasks.append(
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
        runs.slots[slot].incomplete -= 1
        runs.slots[slot].values.items[definition] = nil
        for source in compiled.readsFrom[definition] {
            runs.slots[slot].groups[source].readers -= 1
            if runs.slots[slot].groups[source].readers == 0 { forget(source, of: slot) }
        }
        let isSkipped = runs.slots[slot].groups[definition].isSkipped
        for dependent in compiled.graph.dependents[definition] {
            runs.slots[slot].groups[dependent].unmet -= 1
            if isSkipped { runs.slots[slot].groups[dependent].missing = Int32(definition) }
            if runs.slots[slot].groups[dependent].unmet == 0 { open(dependent, of: slot, compiled) }
        }
    }

    /// Drops results nothing refers to any more; the journal keeps them.
    private mutating func forget(_ definition: Int, of slot: Int) {
        runs.slots[slot].values.results[definition] = nil
        runs.slots[slot].values.arrays[definition] = nil
        let group = runs.slots[slot].groups[definition]
        guard group.base >= 0 else { return }
        for index in Int(group.base)..<Int(group.base + group.count) {
            runs.slots[slot].subtasks[index].result = nil
        }
    }

    mutating func applyEnding(_ ending: RunEnding, at time: Instant) {
        let slot = liveSlot(of: ending.run)
        runs.slots[slot].ending = ending
        runs.slots[slot].expandable = []
        runs.slots[slot].skippable = []
        let hasCalls = runs.slots[slot].openCalls > 0
        let isProtected = runs.slots[slot].subtasks.indices.map {
            hasCalls && runs.slots[slot].isProtected($0)
        }
        for lane in router.lanes.indices {
            router.lanes[lane].queue.removeAll(of: ending.run) { !isProtected[$0] }
        }
        retries.removeAll { $0.run == ending.run && !isProtected[Int($0.index)] }
        for index in runs.slots[slot].subtasks.indices where !isProtected[index] {
            switch runs.slots[slot].subtasks[index].phase {
            case .ready, .waiting, .held: runs.slots[slot].subtasks[index].phase = .cancelled
            case .asking:
                // The answer matters only where it decides whether something is undone.
                let effect = Int(runs.slots[slot].subtasks[index].effect)
                let isUndone =
                    ending.undoes && effect >= 0 && runs.slots[slot].undo[effect].undo != nil
                if !isUndone || runs.slots[slot].undo[effect].state != .doubtful {
                    setPhase(.cancelled, of: index, in: slot)
                }
            case .running:
                let subtask = runs.slots[slot].subtasks[index]
                limitGrace(of: subtask.lease, at: Int(subtask.worker), from: time)
            case .verifying, .succeeded, .failed, .cancelled, .skipped: break
            }
        }
        for hedge in runs.slots[slot].hedges {
            limitGrace(of: hedge.lease, at: Int(hedge.worker), from: time)
        }
    }

    private mutating func limitGrace(of lease: UInt64, at worker: Int, from time: Instant) {
        guard let position = workers[worker].position(of: lease) else {
            preconditionFailure("a subtask runs without lease \(lease)")
        }
        let ends = time + shutdown(of: workers[worker]).grace
        workers[worker].leases[position].graceEnds = ends
        clock.note(ends)
    }

    mutating func applyFinished(_ finished: RunFinished, at time: Instant) {
        let slot = liveSlot(of: finished.run)
        count(finished, at: time)
        workflows.release(runs.slots[slot].workflow)
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
