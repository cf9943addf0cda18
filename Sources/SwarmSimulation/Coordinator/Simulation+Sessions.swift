import SwarmCore
import SwarmJournal
import SwarmModel

// What workers say, as the coordinator hears it.

extension Simulation {
    mutating func arriveAtCoordinator(_ process: Int32, _ connection: Int32, _ word: WorkerWord) {
        result.messages += 1
        note(process, connection, word)
        guard coordinator.isUp else { return }
        coordinator.inbox.append(
            CoordinatorModel.Heard(process: process, connection: connection, word: word)
        )
        guard !coordinator.hasTurn, !coordinator.isFrozen else { return }
        coordinator.hasTurn = true
        after(network.spread(5...150), .turn(life: coordinator.life))
    }

    private mutating func note(_ process: Int32, _ connection: Int32, _ word: WorkerWord) {
        messageHash.add(now)
        messageHash.add(Int64(process) << 32 | Int64(connection))
        switch word {
        case .hello(let credit, let resume): messageHash.add(Int64(credit << 8 | resume.count))
        case .beat, .bye: messageHash.add(Int64(3))
        case .started(let lease), .returned(let lease), .result(let lease, _):
            messageHash.add(lease)
        case .delegate(let lease, let request):
            messageHash.add(lease)
            messageHash.add(request.number)
        }
    }

    mutating func hear(_ process: Int32, _ connection: Int32, _ word: WorkerWord) {
        let worker = processes[Int(process)].worker
        let isKnown =
            coordinator.sessions[worker].map {
                $0.process == process && $0.connection == connection && $0.state != .closed
            } ?? false
        trace?.heard(word, from: scenario.workers[worker], isKnown: isKnown, at: now)
        if case .hello(let credit, let resume) = word {
            guard !isKnown else { return }
            return greet(Int(process), connection, credit, resume)
        }
        guard isKnown else {
            if case .bye = word { return }
            return send(.unknown, to: Int(process), connection)
        }
        guard let state = coordinator.sessions[worker]?.state, state != .greeted else { return }
        hearFrom(worker)
        let id = scenario.workers[worker]
        switch word {
        case .hello: break
        case .beat: send(.beatAnswer, to: Int(process), connection)
        case .started(let lease): input(.started(id, LeaseID(lease)))
        case .returned(let lease): input(.returned(id, LeaseID(lease)))
        case .result(let lease, let report):
            let cost = shadow.reported(lease)
            input(.result(id, LeaseID(lease), outcome(of: report), cost: cost))
        case .delegate(let lease, let request):
            let said = coordinator.step.effects.count
            input(.delegated(id, LeaseID(lease), request))
            let call = CallReference(lease: LeaseID(lease), number: request.number)
            let isAnswered = coordinator.step.effects.dropFirst(said).contains { effect in
                if case .reply(id, call, _) = effect { true } else { false }
            }
            if shadow.isSettled(call), !isAnswered {
                fail("I11", "\(id) asks for \(call) again, which has ended, and nobody answers")
            }
        case .bye:
            coordinator.sessions[worker]?.state = .closed
            input(.farewell(id))
        }
    }

    /// Bytes as they travel in a record: what is large is kept apart.
    func payload(of bytes: [UInt8]) -> Payload {
        guard bytes.count > Payload.inlineLimit else { return .inline(bytes) }
        return .stored(StoredPayload(digest: .sha256(of: bytes), size: bytes.count, bytes: bytes))
    }

    private func outcome(of report: WorkerWord.Report) -> AttemptOutcome {
        switch report {
        case .succeeded(let bytes): return .succeeded(payload(of: bytes))
        case .failed(let failure): return .failed(failure)
        case .invalid:
            return .rejected(
                Failure(.validation, "the result breaks its contract", retryable: false)
            )
        case .cancelled: return .cancelled
        }
    }

    private mutating func greet(
        _ process: Int,
        _ connection: Int32,
        _ credit: Int,
        _ resume: [UInt64]
    ) {
        let worker = processes[process].worker
        let id = scenario.workers[worker]
        guard let launch = coordinator.swarm.incarnation(of: id),
            launch.number == processes[process].incarnation
        else { return send(.refuse, to: process, connection) }
        if let known = coordinator.swarm.process(of: id) {
            guard known.pid == processes[process].pid else {
                return send(.refuse, to: process, connection)
            }
        } else {
            coordinator.watched[worker] = Int32(process)
            input(.launched(id, launch, identity(of: process)))
        }
        guard let agent = coordinator.swarm.topology?.topology.agent(named: id.agent) else {
            return send(.refuse, to: process, connection)
        }
        // Some seeds have workers that do not count what they say.
        let sequence = scenario.seed.isMultiple(of: 8) ? nil : Int64(connection)
        guard !coordinator.swarm.isOutdated(sequence, of: id, launch) else {
            return send(.unknown, to: process, connection)
        }
        coordinator.lastSession += 1
        coordinator.sessions[worker] = CoordinatorModel.Session(
            process: Int32(process),
            connection: connection,
            number: coordinator.lastSession,
            state: .greeted,
            lastHeard: now,
            heartbeat: agent.liveness.heartbeat.wholeMicroseconds,
            tolerance: agent.liveness.tolerance.wholeMicroseconds
        )
        watch(every: agent.liveness.heartbeat.wholeMicroseconds)
        input(
            .hello(
                id,
                launch,
                Greeting(
                    session: coordinator.lastSession,
                    credit: min(credit, agent.concurrency),
                    capabilities: scenario.capabilities.filter {
                        $0.agents.contains(scenario.agentOf[worker])
                    }.map(\.name),
                    resume: resume.map { LeaseID($0) },
                    sequence: sequence
                )
            )
        )
    }

    private mutating func hearFrom(_ worker: Int) {
        guard let silence = coordinator.sessions[worker]?.silence else { return }
        coordinator.sessions[worker]?.lastHeard = now
        guard silence != .none else { return }
        coordinator.sessions[worker]?.silence = .none
        input(.back(scenario.workers[worker]))
    }

    // MARK: Silence

    private mutating func watch(every beat: Int64) {
        let half = max(beat / 2, 1_000)
        guard coordinator.livenessInterval == 0 || half < coordinator.livenessInterval else {
            return
        }
        coordinator.livenessInterval = half
        coordinator.livenessDue = now + half
        after(half, .liveness(life: coordinator.life))
    }

    mutating func checkLiveness(_ life: Int32) {
        guard coordinator.isUp, coordinator.life == life, !coordinator.isFrozen,
            coordinator.livenessInterval > 0, now >= coordinator.livenessDue
        else { return }
        if now - coordinator.livenessDue > 2 * coordinator.livenessInterval {
            // It did not run, so it could not have heard anyone either.
            for worker in coordinator.sessions.indices {
                coordinator.sessions[worker]?.lastHeard = now
            }
        }
        for worker in coordinator.sessions.indices {
            guard let session = coordinator.sessions[worker], session.state != .closed else {
                continue
            }
            let silence = now - session.lastHeard
            if silence > session.tolerance, session.silence != .vanished {
                coordinator.sessions[worker]?.silence = .vanished
                input(.vanished(scenario.workers[worker]))
            } else if silence > session.heartbeat * 3 / 2, session.silence == .none {
                coordinator.sessions[worker]?.silence = .suspected
                input(.silent(scenario.workers[worker]))
            }
        }
        coordinator.livenessDue = now + coordinator.livenessInterval
        after(coordinator.livenessInterval, .liveness(life: life))
        endTurn()
    }

    // MARK: Sending

    mutating func send(_ word: CoordinatorWord, to worker: WorkerID) {
        guard let position = workerPositions[worker] else { return }
        _ = send(word, to: position)
    }

    /// Sends to the session of a worker; false when the socket knows that nobody is there.
    @discardableResult
    mutating func send(_ word: CoordinatorWord, to worker: Int) -> Bool {
        guard let session = coordinator.sessions[worker] else { return false }
        let process = Int(session.process)
        guard processes[process].connection == session.connection, processes[process].isAlive
        else {
            // A socket learns of a peer's end a little later than it happens.
            return now - processes[process].disconnectedAt < 2_000
        }
        send(word, to: process, session.connection)
        return true
    }

    mutating func send(_ word: CoordinatorWord, to process: Int, _ connection: Int32) {
        guard let arrival = arrival(process, isOutbound: true) else { return }
        events.add(
            .toWorker(process: Int32(process), connection: connection, word),
            at: arrival
        )
    }

    /// Sends from a process to the coordinator.
    mutating func say(_ word: WorkerWord, from process: Int) {
        guard let arrival = arrival(process, isOutbound: false) else { return }
        let connection = processes[process].connection
        events.add(
            .toCoordinator(process: Int32(process), connection: connection, word),
            at: arrival
        )
        guard !isCalm, network.perMille(faults.twiceShare),
            let again = self.arrival(process, isOutbound: false)
        else { return }
        struck(.twice)
        events.add(.toCoordinator(process: Int32(process), connection: connection, word), at: again)
    }

    /// When a message sent now arrives; nil when it is lost.
    ///
    /// Messages of one connection keep their
    /// order.
    private mutating func arrival(_ process: Int, isOutbound: Bool) -> Int64? {
        var delay = network.spread(20...400)
        if !isCalm {
            if network.perMille(faults.lossShare) {
                struck(.loss)
                return nil
            }
            if network.perMille(faults.delayShare) {
                struck(.delay)
                delay *= 1000
            }
        }
        var arrival = now + delay
        if processes[process].cutUntil > now, processes[process].cutsOutbound == isOutbound {
            arrival = max(arrival, processes[process].cutUntil)
        }
        if isOutbound {
            arrival = max(arrival, processes[process].lastOutbound + 1)
            processes[process].lastOutbound = arrival
        } else {
            arrival = max(arrival, processes[process].lastInbound + 1)
            processes[process].lastInbound = arrival
        }
        return arrival
    }
}
