import SwarmModel

// Calls: subtasks of a run that its workflow does not define.

extension Swarm {
    /// What calls that undo or verify run ahead of; nothing else has so large a priority.
    static let protectedPriority = 1_000_000_000

    /// The lane a subtask queues in.
    func lane(of index: Int, in slot: Int) -> Int {
        if let call = runs.slots[slot].call(of: index) { return call.lane }
        return workflows.lanes[runs.slots[slot].workflow][
            Int(runs.slots[slot].subtasks[index].definition)
        ]
    }

    /// The priority a subtask queues with; larger goes first.
    func priority(of index: Int, in slot: Int) -> Int {
        if let call = runs.slots[slot].call(of: index) { return call.priority }
        let definition = Int(runs.slots[slot].subtasks[index].definition)
        return workflows[runs.slots[slot].workflow].priorities[definition]
    }

    /// What a subtask calls.
    func capabilityName(of index: Int, in slot: Int) -> String {
        router.capabilities[router.lanes[lane(of: index, in: slot)].capability].name
    }

    /// The contract under which a subtask would be called now; nil when nobody offers it.
    func contract(of index: Int, in slot: Int) -> CompiledContract? {
        let position = lane(of: index, in: slot)
        let lane = router.lanes[position]
        return router.offers(of: position).first {
            lane.agent == nil || workers[$0.worker].id.agent == lane.agent
        }.flatMap { router.contract(capability: lane.capability, worker: $0.worker) }
    }

    /// The arguments of a subtask, worked out anew.
    mutating func arguments(of index: Int, in slot: Int) -> Result<[UInt8], Unresolved> {
        if let payload = runs.slots[slot].call(of: index)?.arguments {
            guard let bytes = payload.bytes else {
                preconditionFailure("the arguments of a call were not loaded")
            }
            return .success(bytes)
        }
        let resolver = ArgumentResolver(compiled: workflows[runs.slots[slot].workflow])
        return resolver.arguments(of: index, in: &runs.slots[slot])
    }

    /// Adds a call to a run, as the next of its subtasks.
    ///
    /// - Returns: Its position.
    @discardableResult
    mutating func add(
        _ origin: CallOrigin,
        named suffix: String,
        capability: String,
        agent: String?,
        arguments: Payload,
        deadline: Instant?,
        allowance: Allowance? = nil,
        request: CallReference? = nil,
        to slot: Int,
        _ now: Instant,
        _ step: inout Step
    ) -> Int {
        let index = runs.slots[slot].subtasks.count
        let subject = runs.slots[slot].id(
            of: Int(origin.subject),
            in: workflows[runs.slots[slot].workflow]
        )
        let subtask = SubtaskID(
            run: runs.slots[slot].id,
            index: Int32(index),
            name: "\(subject.label)/\(suffix)"
        )
        emit(
            .callAdded(
                CallAdded(
                    subtask: subtask,
                    origin: origin,
                    capability: capability,
                    agent: agent,
                    arguments: arguments,
                    deadline: deadline,
                    allowance: allowance,
                    request: request
                )
            ),
            now,
            &step
        )
        return index
    }

    // MARK: Applying

    mutating func applyAdded(_ added: CallAdded, at time: Instant) {
        let slot = liveSlot(of: added.subtask.run)
        let index = runs.slots[slot].subtasks.count
        precondition(index == Int(added.subtask.index), "\(added.subtask) is out of its place")
        let subject = Int(added.origin.subject)
        let isDelegated: Bool
        if case .delegated = added.origin { isDelegated = true } else { isDelegated = false }
        var call = Call(
            name: added.subtask.name,
            subtask: added.subtask.index,
            origin: added.origin,
            capability: added.capability,
            agent: added.agent,
            arguments: added.arguments,
            lane: router.lane(capability: added.capability, agent: added.agent, semaphores: []),
            // What a parent waits for goes before what has not begun.
            priority: isDelegated
                ? priority(of: subject, in: slot) + 1 : Swarm.protectedPriority,
            deadline: added.deadline,
            allowance: added.allowance,
            request: added.request
        )
        if isDelegated {
            applyDelegated(&call, parent: added.origin.subject, in: slot, at: time)
        }
        runs.slots[slot].calls.append(call)
        var subtask = Subtask(definition: -1, item: -1, phase: .ready)
        subtask.call = Int32(runs.slots[slot].calls.count - 1)
        runs.slots[slot].subtasks.append(subtask)
        if call.isProtected { runs.slots[slot].openCalls += 1 }
        if case .undo(let of) = added.origin {
            let effect = Int(runs.slots[slot].subtasks[Int(of)].effect)
            runs.slots[slot].undo[effect].call = Int32(index)
            runs.slots[slot].undo.began(effect)
        }
        clock.note(added.deadline)
        enqueue(index, of: slot)
    }

    mutating func applyRenewed(_ subtask: SubtaskID, until deadline: Instant?) {
        let slot = liveSlot(of: subtask.run)
        let index = Int(subtask.index)
        guard let call = runs.slots[slot].call(of: index), case .undo(let of)? = call.origin else {
            preconditionFailure("\(subtask) is made again, and undoes nothing")
        }
        let position = Int(runs.slots[slot].subtasks[index].call)
        runs.slots[slot].calls[position].deadline = deadline
        runs.slots[slot].calls[position].attemptsBefore = Int(
            runs.slots[slot].subtasks[index].attempt
        )
        runs.slots[slot].openCalls += 1
        runs.slots[slot].undo.began(Int(runs.slots[slot].subtasks[Int(of)].effect))
        clock.note(deadline)
        enqueue(index, of: slot)
    }

    /// Puts a fallback in the place of how a subtask was called.
    mutating func replaceCall(of index: Int, in slot: Int, by fallback: FallbackCall) {
        let old = runs.slots[slot].call(of: index)
        var call = Call(
            name: old?.name ?? "",
            subtask: Int32(index),
            origin: old?.origin,
            capability: fallback.capability,
            agent: fallback.agent,
            arguments: fallback.arguments ?? old?.arguments,
            lane: router.lane(
                capability: fallback.capability,
                agent: fallback.agent,
                semaphores: router.lanes[lane(of: index, in: slot)].semaphores
            ),
            priority: priority(of: index, in: slot),
            deadline: old?.deadline,
            allowance: old?.allowance,
            request: old?.request,
            attemptsBefore: Int(runs.slots[slot].subtasks[index].attempt),
            isFallback: true
        )
        call.account = old?.account ?? BudgetLedger.run
        call.hasOwnAccount = old?.hasOwnAccount ?? false
        runs.slots[slot].calls.append(call)
        runs.slots[slot].subtasks[index].call = Int32(runs.slots[slot].calls.count - 1)
        runs.slots[slot].subtasks[index].invalid = 0
        runs.slots[slot].subtasks[index].returns = 0
        runs.slots[slot].subtasks[index].avoids = -1
        // The other call has effects of its own, undone in another way. Where the first may have
        // had its effect, the entry stays, for what is doubted must not be forgotten.
        let effect = Int(runs.slots[slot].subtasks[index].effect)
        if effect >= 0, runs.slots[slot].undo[effect].state == .absent {
            runs.slots[slot].subtasks[index].effect = -1
        }
    }
}
