import SwarmCore
import SwarmModel

// What the core asks for.

extension Simulation {
    mutating func run(_ effects: [Effect]) { for effect in effects { run(effect) } }

    mutating func run(_ effect: Effect) {
        trace?.effect(effect, at: now)
        if let broken = shadow.check(effect) {
            return fail(broken.invariant, broken.message, run: broken.run)
        }
        switch effect {
        case .accepted(let token, let accepted):
            guard let run = submitted.removeValue(forKey: token) else { return }
            unanswered -= 1
            log?.accepted(accepted, asked: scenario.runs[run].at)
            if let cancelAfter = scenario.runs[run].cancelAfter {
                after(cancelAfter, .cancelRun(accepted.number))
            }
        case .rejected(let token, let reason):
            guard let run = submitted.removeValue(forKey: token) else { return }
            log?.refusals += 1
            guard reason.kind == .unavailable || reason.kind == .breakerOpen else {
                log?.refusal = reason
                return fail("I20", "a sound run was rejected: \(reason.message)")
            }
            after(1_000_000, .submit(Int32(run)))
        case .answered(let token, let problem): answered(token, problem)
        case .launch(let worker, let incarnation): launch(worker, incarnation)
        case .welcome(let worker, let number, let adopt, _):
            guard let position = session(of: worker, number) else { return }
            coordinator.sessions[position]?.state = .ready
            coordinator.sessions[position]?.lastHeard = now
            let process = Int(coordinator.sessions[position]?.process ?? 0)
            for lease in adopt where handler(of: lease.number, process) == nil {
                fail("I5", "\(worker) is to go on with \(lease), which it has not got")
            }
            let heartbeat = coordinator.sessions[position]?.heartbeat ?? 1_000_000
            send(.welcome(heartbeat: heartbeat, adopt: adopt.map(\.number)), to: position)
        case .refuse(let worker, let number, _):
            guard let position = session(of: worker, number) else { return }
            send(.refuse, to: position)
            coordinator.sessions[position]?.state = .closed
        case .dispatch(let dispatch): self.dispatch(dispatch)
        case .go(let worker, let lease): send(.go(lease.number), to: worker)
        case .reply(let worker, let call, let answer):
            send(.reply(call, answer), to: worker)
        case .cancel(let worker, let lease, _, _): send(.cancel(lease.number), to: worker)
        case .acknowledge(let worker, let lease, _):
            send(.acknowledged(lease.number), to: worker)
        case .drain(let worker, let limit):
            guard let position = workerPositions[worker], coordinator.sessions[position] != nil
            else { return }
            send(.drain(within: limit.wholeMicroseconds), to: position)
            if coordinator.sessions[position]?.state == .ready {
                coordinator.sessions[position]?.state = .draining
            }
        case .signal(let worker, let incarnation, let signal):
            self.signal(worker, incarnation, signal)
        case .wake(let at):
            guard options.mistake != .forgottenWake || coordinator.life == 1 else { return }
            let due = at.microseconds - scenario.begin - coordinator.clockOffset
            coordinator.coreWake = due
            coordinator.wakeNumber += 1
            events.add(
                .wake(life: coordinator.life, number: coordinator.wakeNumber),
                at: max(due, now)
            )
        case .halt: halted()
        }
    }

    mutating func answered(_ token: UInt64, _ problem: Failure?) {}

    private func session(of worker: WorkerID, _ number: UInt64) -> Int? {
        guard let position = workerPositions[worker],
            coordinator.sessions[position]?.number == number
        else { return nil }
        return position
    }

    private mutating func dispatch(_ dispatch: Dispatch) {
        guard let position = workerPositions[dispatch.worker],
            coordinator.sessions[position]?.state == .ready,
            send(.task(dispatch), to: position)
        else {
            if let position = workerPositions[dispatch.worker],
                coordinator.sessions[position]?.silence == CoordinatorModel.Session.Silence.none
            {
                coordinator.sessions[position]?.silence = .suspected
            }
            return input(
                .undeliverable(
                    dispatch.lease,
                    dispatch.worker,
                    Failure(.unavailable, "the worker has no session")
                )
            )
        }
    }

    private mutating func launch(_ worker: WorkerID, _ incarnation: Incarnation) {
        guard let position = workerPositions[worker] else {
            return fail("I3", "\(worker) is launched and no topology has it")
        }
        if !isCalm, outside.perMille(faults.launchShare) {
            struck(.launch)
            return input(.launchFailed(worker, incarnation, Failure(.unavailable, "no program")))
        }
        let process = ProcessModel(
            worker: position,
            incarnation: incarnation.number,
            pid: Int32(processes.count + 100),
            launchedIn: coordinator.life
        )
        processes.append(process)
        current[position] = Int32(processes.count - 1)
        coordinator.watched[position] = Int32(processes.count - 1)
        var delay = network.spread(3_000...80_000)
        if !isCalm, network.perMille(faults.slowStartShare) {
            delay = network.spread(500_000...30_000_000)
            struck(.slowstart)
        }
        after(delay, .processBegins(process: Int32(processes.count - 1)))
        if !isCalm, network.perMille(faults.crashLoopShare) {
            struck(.crashloop)
            after(
                network.spread(1_000...400_000),
                .die(process: Int32(processes.count - 1), .exited(1))
            )
        }
        input(.launched(worker, incarnation, identity(of: processes.count - 1)))
    }

    func identity(of process: Int) -> ProcessIdentity {
        ProcessIdentity(pid: processes[process].pid, startTime: UInt64(process))
    }

    private mutating func signal(
        _ worker: WorkerID,
        _ incarnation: Incarnation,
        _ signal: StopSignal
    ) {
        guard let position = workerPositions[worker], coordinator.watched[position] >= 0,
            processes[Int(coordinator.watched[position])].incarnation == incarnation.number
        else { return input(.exited(worker, incarnation, .unknown)) }
        let process = Int(coordinator.watched[position])
        guard processes[process].isAlive else { return }
        switch signal {
        case .kill: after(network.spread(50...2_000), .die(process: Int32(process), .signalled(9)))
        case .terminate: terminate(process)
        }
    }

    mutating func exitSeen(_ process: Int) {
        let worker = processes[process].worker
        guard coordinator.isUp, coordinator.watched[worker] == Int32(process) else { return }
        guard !coordinator.isFrozen else { return after(5_000, .exitSeen(process: Int32(process))) }
        coordinator.watched[worker] = -1
        if coordinator.sessions[worker]?.process == Int32(process) {
            coordinator.sessions[worker] = nil
        }
        // Only of its own children does a coordinator learn how they ended.
        let isOwn = processes[process].launchedIn == coordinator.life
        input(
            .exited(
                scenario.workers[worker],
                Incarnation(processes[process].incarnation),
                isOwn ? processes[process].status : .unknown
            )
        )
        endTurn()
    }

    // MARK: Requests

    mutating func submit(_ run: Int) {
        guard coordinator.isUp, !coordinator.isFrozen else {
            return after(700_000, .submit(Int32(run)))
        }
        lastToken += 1
        submitted[lastToken] = run
        let workflow = scenario.workflows[scenario.runs[run].workflow]
        input(
            .submitted(
                Submission(
                    token: lastToken,
                    workflow: workflow.workflow,
                    digest: workflow.digest,
                    input: payload(of: workflow.input)
                )
            )
        )
        endTurn()
    }

    mutating func cancelRun(_ run: UInt64) {
        guard coordinator.isUp, !coordinator.isFrozen, run > 0, !isCalm else { return }
        input(.cancelRequested(RunID(run), reason: "an operator"))
        endTurn()
    }
}
