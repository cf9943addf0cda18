import SwarmCore
import SwarmModel

// Workers, effects and rest, as the records tell of them.

extension JournalShadow {
    mutating func opened(_ epoch: UInt64) -> Broken? {
        guard epoch > self.epoch else {
            return broken("I5", "a coordinator opened with the epoch \(epoch) after \(self.epoch)")
        }
        self.epoch = epoch
        isStopping = false
        for position in workers.indices {
            switch workers[position].phase {
            case .launching, .expected, .ready, .suspect, .lost:
                workers[position].phase = .expected
                workers[position].since = moment
            case .draining: workers[position].isReplaced = true
            case .stopping, .stopped, .waiting, .quarantined: break
            }
        }
        return nil
    }

    mutating func configured(_ plan: SwarmPlan) {
        self.plan = plan
        permits = plan.topology.semaphores.map(\.permits)
        for position in workers.indices { workers[position].isRetired = true }
        defer {
            // Who is not wanted any more is not started again.
            for position in workers.indices
            where workers[position].isRetired && workers[position].phase == .waiting {
                workers[position].phase = .stopped
            }
        }
        for agent in plan.agents {
            for id in agent.configuration.instances {
                let mask = agent.configuration.semaphores.reduce(0 as UInt64) { mask, name in
                    let position = plan.topology.semaphores.firstIndex { $0.name == name }
                    return mask | (position.map { 1 << UInt64($0) } ?? 0)
                }
                modify(id) {
                    $0.isRetired = false
                    $0.semaphores = mask
                }
            }
        }
    }

    mutating func launching(
        _ worker: WorkerID,
        _ incarnation: Incarnation,
        at time: Instant
    ) -> Broken? {
        guard let position = workerPositions[worker] else { return nil }
        let known = workers[position]
        guard known.phase == .stopped || known.phase == .waiting else {
            return broken("I18", "\(worker) is launched while \(known.phase)")
        }
        guard !known.isRetired else {
            return broken("I18", "\(worker) is launched, and no topology has it any more")
        }
        if let broken = judgeStart(worker, position) { return broken }
        if known.phase == .waiting, let due = known.restartAt, time < due {
            return broken("I23", "\(worker) is restarted before its backoff has passed")
        }
        workers[position].phase = .launching
        workers[position].incarnation = incarnation.number
        workers[position].isReplaced = false
        return nil
    }

    mutating func joined(_ ready: WorkerReady) -> Broken? {
        guard let position = workerPositions[ready.worker] else { return nil }
        guard ready.incarnation.number == workers[position].incarnation else {
            return broken("I5", "\(ready.worker) joins with an old process")
        }
        for lease in ready.adopt {
            guard lease.number <= UInt64(leases.count),
                leases[Int(lease.number) - 1].state != .ended,
                Int(leases[Int(lease.number) - 1].worker) == position
            else { return broken("I5", "\(ready.worker) adopts \(lease), which is not its own") }
        }
        workers[position].credit = ready.credit
        let isLeaving = isStopping || workers[position].phase == .draining
        workers[position].phase = isLeaving ? .draining : .ready
        noteTakenBack(at: position)
        return nil
    }

    mutating func moved(
        _ worker: WorkerID,
        _ phase: WorkerPhase,
        because reason: String
    ) -> Broken? {
        if let broken = judgeTies(worker, phase, reason) { return broken }
        let now = moment
        let isReplaced = phase == .draining && !isStopping
        modify(worker) {
            $0.phase = phase
            if isReplaced { $0.isReplaced = true }
            if phase == .stopped { $0.restarts = [] }
            $0.since = now
        }
        if phase == .ready, let position = workerPositions[worker] { noteTakenBack(at: position) }
        return nil
    }

    /// Only those a strategy, or their own dependencies, tie to one that ended end with it.
    private func judgeTies(
        _ worker: WorkerID,
        _ phase: WorkerPhase,
        _ reason: String
    ) -> Broken? {
        guard phase == .draining, reason.hasSuffix("it is restarted with it"), let plan,
            let position = workerPositions[worker], workers.indices.contains(lastEnded)
        else { return nil }
        let ended = workers[lastEnded].agent
        let isTied: Bool =
            switch plan.topology.supervision.strategy {
            case .oneForOne: false
            case .oneForAll: true
            case .restForOne: workers[position].agent > ended
            }
        let isDependent =
            plan.agent(named: worker.agent)?.configuration.dependsOn.contains {
                $0.agent == scenario.workers[lastEnded].agent && $0.onRestart == .restart
            } ?? false
        guard !isTied, !isDependent else { return nil }
        return broken(
            "I18",
            "\(worker) is restarted with \(scenario.workers[lastEnded]), and nothing ties them"
        )
    }

    mutating func exited(_ exit: WorkerExited, at time: Instant) -> Broken? {
        guard let position = workerPositions[exit.worker] else { return nil }
        let known = workers[position]
        switch known.phase {
        case .stopped, .waiting, .quarantined:
            return broken("I18", "\(exit.worker) ends while \(known.phase)")
        case .launching, .expected, .ready, .suspect, .lost, .draining, .stopping: break
        }
        guard exit.incarnation.number == known.incarnation else {
            return broken("I5", "an old process of \(exit.worker) counts as its end")
        }
        guard known.held == 0 else {
            return broken("I10", "\(exit.worker) ends and still holds \(known.held) permits")
        }
        workers[position].phase = exit.phase
        workers[position].credit = 0
        workers[position].restartAt = exit.restartAt
        workers[position].since = time
        lastEnded = position
        guard exit.phase == .waiting, !known.isReplaced, let plan else { return nil }
        if let broken = judgeRestart(exit, at: time) { return broken }
        let supervision = plan.topology.supervision
        workers[position].restarts.removeAll { time - $0 >= supervision.within }
        workers[position].restarts.append(time)
        guard workers[position].restarts.count <= supervision.maxRestarts else {
            return broken(
                "I18",
                "\(exit.worker) is restarted \(workers[position].restarts.count) times within "
                    + "\(supervision.within), at most \(supervision.maxRestarts) are allowed"
            )
        }
        return nil
    }

    // MARK: Effects

    /// Whether an effect has its record behind it, durable; called before the effect runs.
    mutating func check(_ effect: Effect) -> Broken? {
        switch effect {
        case .cancel(_, let lease, _, _) where lease.number <= UInt64(leases.count):
            leases[Int(lease.number) - 1].isCalledOff = true
        case .accepted(_, let run):
            guard run.number <= UInt64(runs.count) else {
                return broken("I3", "\(run) is accepted before it is durable", run.number)
            }
        case .launch(let worker, let incarnation):
            guard let position = workerPositions[worker],
                workers[position].incarnation >= incarnation.number
            else { return broken("I3", "\(worker) is launched before that is durable") }
        case .dispatch(let dispatch):
            let number = dispatch.subtask.run.number
            guard dispatch.lease.number <= UInt64(leases.count) else {
                return broken("I3", "\(dispatch.subtask) is sent before that is durable", number)
            }
            let lease = leases[Int(dispatch.lease.number) - 1]
            guard lease.run == number, workerPositions[dispatch.worker] == Int(lease.worker) else {
                return broken("I5", "\(dispatch.subtask) is sent under another's lease", number)
            }
        case .reply(let worker, let request, let answer): return check(worker, request, answer)
        case .acknowledge(_, let lease, let disposition):
            guard disposition != .stale else { return nil }
            guard lease.number <= UInt64(leases.count),
                leases[Int(lease.number) - 1].state == .ended
            else { return broken("I3", "\(lease) is acknowledged before that is durable") }
        case .welcome(let worker, _, let adopt, _):
            for lease in adopt where lease.number > UInt64(leases.count) {
                return broken("I3", "\(worker) adopts \(lease), which is not durable")
            }
        default: break
        }
        return nil
    }

    // MARK: At rest

    /// What must hold between two turns: nothing that could run lies about.
    mutating func checkRest(at time: Instant) -> Broken? {
        let found =
            checkCallers() ?? checkTakenBack() ?? checkTimers(at: time) ?? checkBreakers(at: time)
        if let found { return found }
        guard !isStopping else { return nil }
        for lane in lanes where !lane.ready.isEmpty {
            guard isFree(lane.semaphores) else { continue }
            // One that has waited long for semaphores keeps what is free of them.
            let mayReserve = lanes.contains { other in
                other.semaphores != 0 && other.ready.contains { time - $0.since >= .seconds(10) }
            }
            if mayReserve, lane.semaphores != 0 || workers.contains(where: { $0.semaphores != 0 }) {
                continue
            }
            for position in workers.indices {
                let worker = workers[position]
                guard worker.phase == .ready, !worker.isRetired, worker.held < worker.credit,
                    scenario.offers(position, lane.capability),
                    lane.agent == nil || lane.agent == worker.agent,
                    isFree(lane.semaphores | worker.semaphores),
                    isClosed(scenario.workers[position], lane.capability),
                    !lane.ready.contains(where: {
                        runs[Int($0.run) - 1].subtasks[Int($0.place)].avoids
                    })
                else { continue }
                if let broken = judgeWaiting(lane, at: position) { return broken }
                let mayStart = lane.ready.contains {
                    refusal(Int($0.run) - 1, Int($0.place), agent: worker.agent) == nil
                }
                guard mayStart else { continue }
                return broken(
                    "I21",
                    "\(lane.ready.count) subtasks, #\(lane.ready[0].place) first, wait for "
                        + "\(scenario.capabilities[lane.capability].name) while "
                        + "\(scenario.workers[position]) is free",
                    lane.ready[0].run
                )
            }
        }
        return nil
    }

    /// Whether no breaker keeps calls of a capability from a worker.
    func isClosed(_ worker: WorkerID, _ capability: Int) -> Bool {
        states(worker, capability).allSatisfy { $0 == .closed }
    }

    /// Whether an operator keeps them from it.
    func isForcedOpen(_ worker: WorkerID, _ capability: Int) -> Bool {
        states(worker, capability).contains(.forcedOpen)
    }

    private func states(_ worker: WorkerID, _ capability: Int) -> [BreakerState] {
        guard !breakers.isEmpty else { return [] }
        let name = scenario.capabilities[capability].name
        return [BreakerTarget.tool(capability: name, worker: worker), .agent(worker)]
            .map { breakers[$0]?.state ?? .closed }
    }

    /// What must hold when everything has ended.
    func checkEnd(_ views: [SemaphoreView]) -> Broken? {
        for (position, worker) in workers.enumerated() where worker.held > 0 {
            let isHanging = leases.contains { $0.state == .live && $0.worker == position }
            if isHanging {
                return broken("I10", "\(scenario.workers[position]) holds a live lease of no run")
            }
        }
        for (position, view) in views.enumerated() where view.held != holders[position] {
            return broken(
                "I10",
                "\(view.held) of \(view.name) are held at the end, \(holders[position]) were taken "
                    + "and not given back"
            )
        }
        return nil
    }

    /// Who waits for what, for the report of a swarm that stands still.
    var standing: String {
        let queues = lanes.filter { !$0.ready.isEmpty }.map {
            "\($0.ready.count) wait for \(scenario.capabilities[$0.capability].name)"
        }
        let states = workers.enumerated().map { position, worker in
            "\(scenario.workers[position]) is \(worker.phase) and holds \(worker.held)"
        }
        let asked = questions.map { "r_\($0.run)/\($0.label) asks" }
        let open = breakers.filter { $0.value.state != .closed }.map {
            "\($0.key) is \($0.value.state)"
        }
        let parked = runs.indices.filter { runs[$0].isParked }.map { "r_\($0 + 1) is parked" }
        return (queues + asked + open.sorted() + parked + states).joined(separator: ", ")
    }

    /// The worker a lease was given to.
    func owner(of lease: UInt64) -> Int? {
        guard lease > 0, lease <= UInt64(leases.count) else { return nil }
        return Int(leases[Int(lease) - 1].worker)
    }
}
