import SwarmCore
import SwarmModel

// Dispatches, results and failed attempts, as the records tell of them.

extension JournalShadow {
    mutating func dispatched(_ dispatch: SubtaskDispatched, at time: Instant) -> Broken? {
        let number = dispatch.subtask.run.number
        guard let (run, place) = find(dispatch.subtask) else {
            return broken("I4", "\(dispatch.subtask) is dispatched and cannot be due", number)
        }
        let subtask = runs[run].subtasks[place]
        guard runs[run].state == .live else {
            return broken("I4", "\(dispatch.subtask) is dispatched although its run ends", number)
        }
        guard subtask.phase == .ready else {
            return broken("I4", "\(dispatch.subtask) is dispatched while \(subtask.phase)", number)
        }
        let left = leaveLane(run, place)
        if let before = left.before {
            return broken(
                "I10",
                "\(dispatch.subtask) goes before one of r_\(before.run) that waits longer",
                number
            )
        }
        let workflow = scenario.workflows[runs[run].workflow]
        let definition = workflow.definitions[Int(subtask.definition)]
        guard definition.needs.allSatisfy({ runs[run].groups[$0].isComplete }) else {
            return broken("I6", "\(dispatch.subtask) starts before what it needs", number)
        }
        scratch.removeAll(keepingCapacity: true)
        let values = runs[run]
        workflow.writeArguments(
            of: Int(subtask.definition),
            item: Int(subtask.item),
            values: { need in
                let base = Int(values.groups[need].base)
                return (base..<(base + Int(values.groups[need].count))).map {
                    values.subtasks[$0].value
                }
            },
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
        let policy = retryPolicy(definition)
        guard dispatch.attempt == Int(subtask.attempts) + 1, dispatch.attempt <= policy.maxAttempts
        else {
            return broken(
                "I7",
                "\(dispatch.subtask) begins attempt \(dispatch.attempt) of \(policy.maxAttempts), "
                    + "after \(subtask.attempts)",
                number
            )
        }
        guard dispatch.lease.number == UInt64(leases.count) + 1 else {
            return broken("I5", "\(dispatch.lease) is given out of order or twice", number)
        }
        let timeout =
            definition.timeout ?? scenario.capabilities[definition.capability].timeout
        guard dispatch.deadline == time + timeout else {
            return broken("I23", "\(dispatch.subtask) has another deadline than declared", number)
        }
        return take(dispatch, run, place, definition, at: time)
    }

    /// Gives the lease to its worker, who must have room for it.
    private mutating func take(
        _ dispatch: SubtaskDispatched,
        _ run: Int,
        _ place: Int,
        _ definition: ScenarioWorkflow.Definition,
        at time: Instant
    ) -> Broken? {
        let number = dispatch.subtask.run.number
        guard let worker = workerPositions[dispatch.worker],
            scenario.offers(worker, definition.capability),
            definition.agent == nil || definition.agent == workers[worker].agent
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
        guard workers[worker].held < workers[worker].credit else {
            return broken("I10", "\(dispatch.worker) is given more than it takes at once", number)
        }
        let lane = laneOf[runs[run].workflow][Int(runs[run].subtasks[place].definition)]
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
                capability: Int32(definition.capability),
                semaphores: mask,
                deadline: dispatch.deadline,
                dispatched: time
            )
        )
        dispatches += 1
        runs[run].running += 1
        runs[run].subtasks[place].phase = .running
        runs[run].subtasks[place].attempts += 1
        runs[run].subtasks[place].lease = dispatch.lease.number
        return nil
    }

    /// The retry policy that holds for a definition: what the workflow says over the contract.
    func retryPolicy(_ definition: ScenarioWorkflow.Definition) -> RetryPolicy {
        let contract = scenario.capabilities[definition.capability].retry
        guard let own = definition.retry else { return contract }
        return own.resolved(over: contract)
    }

    mutating func succeeded(_ success: SubtaskSucceeded, _ world: borrowing World) -> Broken? {
        let number = success.subtask.run.number
        if let broken = holds(success.lease, success.subtask, success.worker, "succeeded") {
            return broken
        }
        guard let (run, place) = find(success.subtask) else { return nil }
        let workflow = scenario.workflows[runs[run].workflow]
        let subtask = runs[run].subtasks[place]
        let value = Behaviour.value(of: success.lease.number, seed: scenario.seed)
        scratch.removeAll(keepingCapacity: true)
        workflow.writeResult(of: Int(subtask.definition), value: value, to: &scratch)
        guard success.result.bytes == scratch else {
            return broken("I5", "\(success.subtask) has a result that nobody returned", number)
        }
        let capability = scenario.capabilities[
            Int(leases[Int(success.lease.number) - 1].capability)
        ]
        if capability.changesWorld, world.entry(run: number, index: subtask.index).applied == 0 {
            return broken("I5", "\(success.subtask) succeeded and nothing has happened", number)
        }
        end(success.lease)
        successes += 1
        runs[run].running -= 1
        runs[run].subtasks[place].phase = .succeeded
        runs[run].subtasks[place].value = value
        let definition = Int(subtask.definition)
        runs[run].groups[definition].succeeded += 1
        guard runs[run].state == .live else { return nil }
        let group = runs[run].groups[definition]
        if group.released < group.count {
            runs[run].groups[definition].released += 1
            makeReady(run, Int(group.base + group.released))
        }
        if group.succeeded == group.count { complete(definition, run) }
        return nil
    }

    mutating func attemptEnded(_ ended: AttemptEnded, at time: Instant) -> Broken? {
        let number = ended.subtask.run.number
        guard let (run, place) = find(ended.subtask) else {
            return broken("I4", "an attempt of \(ended.subtask) ends and it cannot run", number)
        }
        if let lease = ended.lease, let worker = ended.worker {
            if let broken = holds(lease, ended.subtask, worker, "ended") { return broken }
            if ended.stillHeld {
                leases[Int(lease.number) - 1].state = .revoked
            } else {
                end(lease)
            }
            runs[run].running -= 1
        } else if !leaveLane(run, place).found {
            return broken("I4", "\(ended.subtask) fails and was not ready", number)
        }
        if let broken = judge(ended, run, place, at: time) { return broken }
        switch ended.directive {
        case .reassign:
            runs[run].subtasks[place].attempts -= 1
            runs[run].subtasks[place].returns += 1
            makeReady(run, place)
        case .retry(let at) where at <= time: makeReady(run, place)
        case .retry(let at):
            runs[run].subtasks[place].phase = .waiting
            runs[run].subtasks[place].retryAt = at
        case .cancel: runs[run].subtasks[place].phase = .cancelled
        default: runs[run].subtasks[place].phase = .failed
        }
        return nil
    }

    /// Holds a directive to the declared policy.
    private func judge(_ ended: AttemptEnded, _ run: Int, _ place: Int, at time: Instant) -> Broken?
    {
        let number = ended.subtask.run.number
        let subtask = runs[run].subtasks[place]
        let definition =
            scenario.workflows[runs[run].workflow].definitions[Int(subtask.definition)]
        let capability = scenario.capabilities[definition.capability]
        let policy = retryPolicy(definition)
        func wrong(_ why: String) -> Broken {
            broken(
                "I7",
                "\(ended.subtask), \(ended.failure.kind): \(ended.directive), but \(why)",
                number
            )
        }
        if runs[run].state == .ending {
            return ended.directive == .cancel ? nil : wrong("its run ends")
        }
        let isSafe = capability.isSafe
        let mayRetry =
            Int(subtask.attempts) < policy.maxAttempts && ended.failure.retryable != false
            && (ended.mayHaveHappened
                ? isSafe
                : ended.failure.retryable == true
                    || (isSafe && policy.retryOn.contains(ended.failure.kind)))
        switch ended.directive {
        case .reassign:
            if ended.mayHaveHappened { return wrong("it may have happened") }
            if subtask.returns >= 100 { return wrong("it came back \(subtask.returns) times") }
        case .retry(let at):
            if !mayRetry { return wrong("it may not be repeated") }
            let wait = at - time
            if wait < (ended.failure.retryAfter ?? .zero) { return wrong("the wait is too short") }
            if wait > max(policy.backoff.maximum, ended.failure.retryAfter ?? .zero) {
                return wrong("the wait is too long")
            }
        case .fail:
            let isKnownKind = policy.retryOn.contains(ended.failure.kind)
            if mayRetry, subtask.returns < 100 || !givesBack,
                isKnownKind || ended.failure.retryable == true
            {
                return wrong("it may be repeated")
            }
        case .cancel: return wrong("its run goes on")
        default: break
        }
        return nil
    }

    // MARK: Leases

    /// Whether a lease is live, of this subtask and this worker.
    func holds(
        _ lease: LeaseID,
        _ subtask: SubtaskID,
        _ worker: WorkerID,
        _ what: String
    ) -> Broken? {
        let number = subtask.run.number
        guard lease.number > 0, lease.number <= UInt64(leases.count) else {
            return broken("I5", "\(subtask) \(what) under \(lease), which was never given", number)
        }
        let held = leases[Int(lease.number) - 1]
        guard held.state == .live, held.run == number,
            workerPositions[worker] == Int(held.worker),
            runs[Int(number) - 1].subtasks[Int(held.place)].index == subtask.index
        else {
            return broken(
                "I5",
                "\(subtask) \(what) under \(lease), which is \(held.state) and not its own",
                number
            )
        }
        return nil
    }

    mutating func end(_ lease: LeaseID) {
        let position = Int(lease.number) - 1
        leases[position].state = .ended
        workers[Int(leases[position].worker)].held -= 1
        giveBack(leases[position].semaphores)
    }

    mutating func released(_ lease: LeaseID, _ worker: WorkerID) -> Broken? {
        guard lease.number > 0, lease.number <= UInt64(leases.count),
            leases[Int(lease.number) - 1].state == .revoked,
            workerPositions[worker] == Int(leases[Int(lease.number) - 1].worker)
        else { return broken("I10", "\(lease) is released by \(worker), which does not owe it") }
        end(lease)
        return nil
    }

    private func text(_ bytes: [UInt8]?) -> String {
        String(decoding: (bytes ?? []).prefix(200), as: UTF8.self)
    }
}
