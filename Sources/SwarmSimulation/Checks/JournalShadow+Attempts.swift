import SwarmCore
import SwarmModel

// Dispatches, results and failed attempts, as the records tell of them.

extension JournalShadow {
    mutating func dispatched(
        _ dispatch: SubtaskDispatched,
        _ world: borrowing World,
        at time: Instant
    ) -> Broken? {
        if dispatch.isHedge { return hedged(dispatch, at: time) }
        let number = dispatch.subtask.run.number
        guard let (run, place) = find(dispatch.subtask) else {
            return broken("I4", "\(dispatch.subtask) is dispatched and cannot be due", number)
        }
        let subtask = runs[run].subtasks[place]
        guard runs[run].state == .live || subtask.isProtected else {
            return broken("I4", "\(dispatch.subtask) is dispatched although its run ends", number)
        }
        guard subtask.phase == .ready else {
            return broken("I4", "\(dispatch.subtask) is dispatched while \(subtask.phase)", number)
        }
        let agent = workerPositions[dispatch.worker].map { workers[$0].agent }
        let left = leaveLane(run, place, for: agent, at: time)
        if let before = left.before {
            return broken(
                "I10",
                "\(dispatch.subtask) goes before one of r_\(before.run) that waits longer",
                number
            )
        }
        let definition = definition(of: subtask, in: run)
        if !subtask.isProtected, let broken = judgeInputs(dispatch, run, place) { return broken }
        if case .undo(let subject) = subtask.origin,
            let broken = judgeUndo(dispatch, subject, run, world)
        {
            return broken
        }
        let capability = lanes[lane(run, place)].capability
        let policy = retryPolicy(definition, capability, subtask)
        let attempt = dispatch.attempt - Int(subtask.attemptsBefore + subtask.granted)
        guard dispatch.attempt == Int(subtask.attempts) + 1, attempt <= policy.maxAttempts else {
            return broken(
                "I7",
                "\(dispatch.subtask) begins attempt \(attempt) of \(policy.maxAttempts), "
                    + "after \(subtask.attempts)",
                number
            )
        }
        guard dispatch.lease.number == UInt64(leases.count) + 1 else {
            return broken("I5", "\(dispatch.lease) is given out of order or twice", number)
        }
        let declared = scenario.capabilities[capability].timeout
        let timeout = definition?.timeout ?? declared
        let latest = min(time + timeout, delegated(run, place)?.deadline ?? time + timeout)
        guard dispatch.deadline > time else {
            return broken("I23", "\(dispatch.subtask) starts when its time is over", number)
        }
        guard
            subtask.isProtected || scenario.user?.limitsHolds == true
                ? dispatch.deadline <= latest : dispatch.deadline == latest
        else {
            return broken("I23", "\(dispatch.subtask) has another deadline than declared", number)
        }
        return take(dispatch, run, place, at: time)
    }

    /// Holds the start of a subtask to what it needs.
    mutating func judgeInputs(
        _ dispatch: SubtaskDispatched,
        _ run: Int,
        _ place: Int
    ) -> Broken? {
        let number = dispatch.subtask.run.number
        let subtask = runs[run].subtasks[place]
        let workflow = scenario.workflows[runs[run].workflow]
        if let call = delegated(run, place) {
            guard dispatch.arguments.bytes == call.planned.arguments else {
                return broken("I6", "\(dispatch.subtask) is given what nobody asked for", number)
            }
            guard !isAbandoned(run, place) else {
                return broken("I11", "\(dispatch.subtask) starts and its caller has ended", number)
            }
            return nil
        }
        let definition = workflow.definitions[Int(subtask.definition)]
        guard definition.needs.allSatisfy({ runs[run].groups[$0].isComplete }) else {
            return broken("I6", "\(dispatch.subtask) starts before what it needs", number)
        }
        // The arguments of a fallback may be its own.
        guard scenario.user == nil || subtask.lane < 0 else { return nil }
        scratch.removeAll(keepingCapacity: true)
        let values = runs[run]
        workflow.writeArguments(
            of: Int(subtask.definition),
            item: Int(subtask.item),
            values: { need in values.values(of: need) },
            to: &scratch
        )
        guard dispatch.arguments.bytes == scratch else {
            return broken(
                "I6",
                "\(dispatch.subtask) is given \(text(dispatch.arguments.bytes)) and must be given "
                    + text(scratch),
                number
            )
        }
        return nil
    }

    /// Who returned nonsense for a subtask does not get it again while another could take it.
    private func judgeAvoidance(
        _ dispatch: SubtaskDispatched,
        _ run: Int,
        _ place: Int,
        _ worker: Int
    ) -> Broken? {
        guard Int(runs[run].subtasks[place].avoided) == worker else { return nil }
        let lane = lanes[lane(run, place)]
        let hasOther = workers.indices.contains { other in
            other != worker && scenario.offers(other, lane.capability)
                && (lane.agent == nil || lane.agent == workers[other].agent)
                && workers[other].phase == .ready && !workers[other].isRetired
                && !isForcedOpen(scenario.workers[other], lane.capability)
                && (!spends
                    || refusal(run, place, agent: workers[other].agent, isSoon: true) == nil)
        }
        guard hasOther else { return nil }
        return broken(
            "I7",
            "\(dispatch.subtask) goes to \(dispatch.worker) again, whose result for it was invalid",
            dispatch.subtask.run.number
        )
    }

    /// Gives the lease to its worker, who must have room for it.
    mutating func take(
        _ dispatch: SubtaskDispatched,
        _ run: Int,
        _ place: Int,
        at time: Instant
    ) -> Broken? {
        let number = dispatch.subtask.run.number
        let subtask = runs[run].subtasks[place]
        let lane = lane(run, place)
        let capability = lanes[lane].capability
        guard let worker = workerPositions[dispatch.worker], scenario.offers(worker, capability),
            lanes[lane].agent == nil || lanes[lane].agent == workers[worker].agent
        else {
            return broken("I6", "\(dispatch.subtask) goes to \(dispatch.worker)", number)
        }
        guard workers[worker].phase == .ready, !isStopping else {
            return broken(
                "I21",
                "\(dispatch.subtask) goes to \(dispatch.worker), which is \(workers[worker].phase)",
                number
            )
        }
        if let broken = judgeAvoidance(dispatch, run, place, worker) { return broken }
        guard workers[worker].held < workers[worker].credit else {
            return broken("I10", "\(dispatch.worker) is given more than it takes at once", number)
        }
        if let broken = judgeBreakers(dispatch, worker, capability) { return broken }
        if let broken = reserve(dispatch, run, place, agent: workers[worker].agent) {
            return broken
        }
        let mask = lanes[lane].semaphores | workers[worker].semaphores
        if let over = acquire(mask) {
            return broken("I10", "semaphore \(over) has \(holders[over]) holders", number)
        }
        workers[worker].held += 1
        leases.append(
            Lease(
                run: number,
                place: Int32(place),
                worker: Int32(worker),
                capability: Int32(capability),
                semaphores: mask,
                deadline: dispatch.deadline,
                dispatched: time,
                probes: dispatch.probes.map(\.target),
                generations: generations(worker, capability)
            )
        )
        dispatches += 1
        if !subtask.isProtected { runs[run].running += 1 }
        runs[run].subtasks[place].phase = .running
        runs[run].subtasks[place].attempts += 1
        if subtask.began == 0 { runs[run].subtasks[place].began = order }
        if scenario.capabilities[capability].delegates, let bytes = dispatch.arguments.bytes {
            runs[run].arguments[place] = bytes
        }
        runs[run].subtasks[place].lease = dispatch.lease.number
        return nil
    }

    /// The retry policy that holds for a call: what the workflow says over the contract.
    func retryPolicy(
        _ definition: ScenarioWorkflow.Definition?,
        _ capability: Int,
        _ subtask: Subtask
    ) -> RetryPolicy {
        let contract = scenario.capabilities[capability].retry
        guard !subtask.isProtected, let own = definition?.retry else { return contract }
        return own.resolved(over: contract)
    }

    /// What the workflow says of a subtask; nil for a call that it does not define.
    func definition(of subtask: Subtask, in run: Int) -> ScenarioWorkflow.Definition? {
        guard case .workflow = subtask.origin else { return nil }
        return scenario.workflows[runs[run].workflow].definitions[Int(subtask.definition)]
    }

    mutating func succeeded(_ success: SubtaskSucceeded, _ world: borrowing World) -> Broken? {
        let number = success.subtask.run.number
        if let broken = holds(success.lease, success.subtask, success.worker, "succeeded") {
            return broken
        }
        guard let (run, place) = find(success.subtask) else { return nil }
        let subtask = runs[run].subtasks[place]
        let value = scenario.value(
            of: success.lease.number,
            item: subject(of: subtask, in: run).item
        )
        let role = role(run: number, index: success.subtask.index)
        let capability = scenario.capabilities[
            Int(leases[Int(success.lease.number) - 1].capability)
        ]
        if role != .verify {
            scratch.removeAll(keepingCapacity: true)
            var bytes: [UInt8] = []
            writeResult(
                run: number,
                index: subtask.index,
                lease: success.lease.number,
                to: &bytes
            )
            scratch = bytes
            guard success.result.bytes == scratch else {
                return broken("I5", "\(success.subtask) has a result that nobody returned", number)
            }
        }
        if capability.changesWorld, role == .work,
            world.entry(run: number, index: subtask.index).applied == 0
        {
            return broken("I5", "\(success.subtask) succeeded and nothing has happened", number)
        }
        guard success.cost == reported(success.lease.number) else {
            return broken("I11", "\(success.subtask) costs what nobody said", number)
        }
        if let broken = judgeOnly(success, run, place)
            ?? settle(run, success.lease, success.cost, hasBegun: true)
        {
            return broken
        }
        returnTokens(success.lease, attempt: subtask.attempts)
        count(success.lease, isFailure: false, at: moment)
        end(success.lease)
        successes += 1
        runs[run].subtasks[place].phase = .succeeded
        runs[run].subtasks[place].value =
            delegated(run, place).map { self.value(of: $0, success.lease.number) } ?? value
        runs[run].subtasks[place].ended = order
        runs[run].subtasks[place].endedIn = (epoch, commits)
        guard !subtask.isProtected else { return nil }
        runs[run].running -= 1
        if case .delegated = subtask.origin {
            ended(run, place, success.result.bytes ?? [], nil)
            return nil
        }
        advance(run, Int(subtask.definition))
        return nil
    }

    /// A subtask has succeeded or was left out: the next of its fan-out may come, or what waited.
    mutating func advance(_ run: Int, _ definition: Int, isSkipped: Bool = false) {
        if isSkipped {
            runs[run].groups[definition].skipped += 1
        } else {
            runs[run].groups[definition].succeeded += 1
        }
        guard runs[run].state == .live else { return }
        let group = runs[run].groups[definition]
        if group.released < group.count {
            runs[run].groups[definition].released += 1
            makeReady(run, Int(group.base + group.released))
        }
        if group.succeeded + group.skipped == group.count { complete(definition, run) }
    }

    mutating func attemptEnded(
        _ ended: AttemptEnded,
        _ world: borrowing World,
        at time: Instant
    ) -> Broken? {
        let number = ended.subtask.run.number
        guard let (run, place) = find(ended.subtask) else {
            return broken("I4", "an attempt of \(ended.subtask) ends and it cannot run", number)
        }
        if let lease = ended.lease, let worker = ended.worker {
            if let broken = holds(lease, ended.subtask, worker, "ended") { return broken }
            if let broken = judgeStop(ended, lease, run) ?? settle(ended, lease, run) {
                return broken
            }
            if case .repair = ended.directive {
                runs[run].subtasks[place].avoided = Int32(workerPositions[worker] ?? -1)
            }
            count(
                lease,
                isFailure: ended.isFault,
                isLoss: ended.failure.kind == .workerLost,
                isIgnored: !ended.isFault,
                at: time
            )
            if ended.stillHeld {
                unpark(Int(lease.number) - 1)
                leases[Int(lease.number) - 1].state = .revoked
                noteTakenBack(lease.number)
            } else {
                end(lease)
            }
            if let broken = judgeCopies(ended, run, place) { return broken }
            guard ended.directive != .yield else { return nil }
            if !runs[run].subtasks[place].isProtected { runs[run].running -= 1 }
        } else if runs[run].subtasks[place].phase != .waiting,
            !leaveLane(run, place, at: time).found
        {
            return broken("I4", "\(ended.subtask) fails and was not ready", number)
        }
        if let broken = judge(ended, run, place, world, at: time) ?? payRetry(ended, run, place) {
            return broken
        }
        if ended.mayHaveHappened { runs[run].subtasks[place].isDoubted = true }
        defer {
            runs[run].subtasks[place].ended = order
            runs[run].subtasks[place].endedIn = (epoch, commits)
            if isDone(run, place) { self.ended(run, place, nil, ended.failure) }
        }
        return obey(ended.directive, run, place, at: time)
    }

    /// Moves a subtask to where a directive wants it.
    mutating func obey(
        _ directive: Directive,
        _ run: Int,
        _ place: Int,
        at time: Instant
    ) -> Broken? {
        let definition = Int(runs[run].subtasks[place].definition)
        switch directive {
        case .reassign:
            runs[run].subtasks[place].attempts -= 1
            runs[run].subtasks[place].returns += 1
            makeReady(run, place)
        case .repair:
            runs[run].subtasks[place].attempts -= 1
            runs[run].subtasks[place].invalid += 1
            runs[run].subtasks[place].avoids = true
            makeReady(run, place)
        case .retry(let at) where at <= time: makeReady(run, place)
        case .retry(let at):
            runs[run].subtasks[place].phase = .waiting
            runs[run].subtasks[place].retryAt = at
        case .fallback(let call):
            guard let capability = scenario.capabilityPositions[call.capability] else {
                return broken("I7", "\(call.capability) is no capability", UInt64(run) + 1)
            }
            let old = lanes[lane(run, place)]
            let agent = scenario.plan.agents.firstIndex { $0.name == call.agent }
            let lane = lane(capability, agent, old.semaphores)
            runs[run].subtasks[place].lane = Int32(lane)
            runs[run].subtasks[place].attemptsBefore = runs[run].subtasks[place].attempts
            runs[run].subtasks[place].invalid = 0
            runs[run].subtasks[place].returns = 0
            runs[run].subtasks[place].avoids = false
            runs[run].subtasks[place].avoided = -1
            runs[run].subtasks[place].isReplaced = true
            makeReady(run, place)
        case .verify: runs[run].subtasks[place].phase = .doubtful
        case .ask(let doubt): ask(run, place, doubt)
        case .skip:
            runs[run].subtasks[place].phase = .skipped
            runs[run].subtasks[place].value = ScenarioWorkflow.missing
            advance(run, definition, isSkipped: true)
        case .fail: runs[run].subtasks[place].phase = .failed
        case .cancel: runs[run].subtasks[place].phase = .cancelled
        case .yield: break
        }
        return nil
    }
}
