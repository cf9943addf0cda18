import SwarmCore
import SwarmJournal
import SwarmModel
import SwarmWire
import ZeroMQ

// What workers say.

extension Coordinator {
    /// How many messages one turn takes before it commits and sends.
    static let messagesPerTurn = 256

    func receive() {
        guard let socket else { return }
        for _ in 0..<Coordinator.messagesPerTurn {
            do {
                let more: Void? = try socket.receive { message in heard(message) }
                if more == nil { return }
            } catch {
                // Only a closed socket or an ended context; both mean that we are ending.
                return
            }
        }
    }

    private func heard(_ message: borrowing ReceivedMessage) {
        guard let routing = message.knownRoutingID else {
            return complain(
                .violation(code: "chosen_routing_id"),
                .violation(
                    worker: nil,
                    code: "chosen_routing_id",
                    message: "a peer chose its own routing id; its messages are dropped"
                )
            )
        }
        let slot = sessions.slot(of: routing)
        guard message.frameCount == WireLimits.frameCount + 1 else {
            return violated(slot, .frameCount(message.frameCount - 1))
        }
        let decoded: Result<WorkerMessage, WireViolation> = message.withFrame(1) { prefix in
            message.withFrame(2) { header in
                message.withFrame(3) { payload in
                    Result { () throws(WireViolation) in
                        try WorkerMessage(prefix: prefix, header: header, payload: payload)
                    }
                }
            }
        }
        switch decoded {
        case .failure(let violation):
            if violation.code == .unsupportedMajor {
                // The one violation that is answered: the peer cannot know better, and must not
                // wait for an answer it will never read.
                let refusal = Refusal(.unsupportedVersion, violation.message, isPermanent: true)
                send(.refuse(refusal), to: routing)
            }
            violated(slot, violation)
        case .success(.hello(let hello)):
            if let slot, sessions[slot].state != .closed {
                return violated(
                    slot,
                    WireViolation(.contradiction, "HELLO within a session")
                )
            }
            guard let routing = message.routingID else {
                return complain(
                    .violation(code: "chosen_routing_id"),
                    .violation(
                        worker: nil,
                        code: "chosen_routing_id",
                        message: "a peer chose its own routing id and was not greeted"
                    )
                )
            }
            greet(hello, from: routing, address: message.property("Peer-Address"))
        case .success(let said):
            guard let slot, said.session == sessions[slot].id else {
                // Who leaves has nothing more to be told, and its process may have ended first.
                if case .bye = said { return }
                return challenge(routing, said.verb)
            }
            switch sessions[slot].state.admission(of: said.verb) {
            case .accepted:
                hearFrom(slot)
                accept(said, in: slot, message)
            case .ignored: hearFrom(slot)
            case .challenged: challenge(routing, said.verb)
            case .violation:
                violated(
                    slot,
                    WireViolation(.contradiction, "\(said.verb.name) has no place here")
                )
            }
        }
    }

    private func accept(
        _ said: WorkerMessage,
        in slot: Int,
        _ message: borrowing ReceivedMessage
    ) {
        let worker = sessions[slot].worker
        switch said {
        case .result(let report):
            progress[report.lease] = nil
            sessions[slot].calls.close(report.lease)
            input(
                .result(
                    worker,
                    report.lease,
                    outcome(of: report, from: worker, message),
                    cost: report.usage.map { usage in
                        Cost(microdollars: usage.microdollars ?? 0, tokens: usage.tokens ?? 0)
                    }
                )
            )
        case .started(let started): input(.started(worker, started.lease))
        case .returned(let returned):
            if returned.isDraining { input(.leaving(worker)) }
            input(.returned(worker, returned.lease))
        case .beat: send(.beatAnswer, to: slot)
        case .progress(let report): hear(report, from: slot)
        case .credit(let offer):
            let credit = min(swarm.credit(of: worker) + offer.more, WireLimits.credit)
            input(.creditChanged(worker, credit: credit))
        case .bye:
            sessions[slot].state = .closed
            input(.farewell(worker))
        case .call(let call): hear(call, payload: message.bytes(3), from: slot)
        case .hello: break
        }
    }

    private func outcome(
        of report: ResultReport,
        from worker: WorkerID,
        _ message: borrowing ReceivedMessage
    ) -> AttemptOutcome {
        switch report.outcome {
        case .failed(let failure): return .failed(failure)
        case .cancelled: return .cancelled
        case .succeeded:
            let bytes = message.bytes(3)
            if contracts.hasResultSchemas,
                let capability = swarm.capability(of: report.lease, worker: worker),
                let failure = contracts.checkResult(bytes, of: capability, agent: worker.agent)
            {
                return .rejected(failure)
            }
            return .succeeded(Payload(stored: bytes))
        }
    }

    private func hear(_ report: Progress, from slot: Int) {
        observer.noticed(
            .progress(
                sessions[slot].worker,
                report.lease,
                done: report.done,
                total: report.total,
                note: report.note
            ),
            at: moment ?? clock.now
        )
        progress[report.lease, default: ProgressCount()].used += 1
        let half = WireLimits.progressCredit / 2
        if progress[report.lease]?.used == half {
            progress[report.lease] = ProgressCount()
            send(.progressCredit(ProgressCredit(lease: report.lease, more: half)), to: slot)
        }
    }

    // MARK: Sessions

    private func greet(_ hello: Hello, from routing: RoutingID, address: String?) {
        func refuse(_ code: Refusal.Code, _ reason: String, isPermanent: Bool = true) {
            complain(
                .refusal(code: code.rawValue),
                .refused(
                    instance: hello.instance.description,
                    code: code.rawValue,
                    reason: reason
                )
            )
            send(.refuse(Refusal(code, reason, isPermanent: isPermanent)), to: routing)
        }
        guard fleet.authenticate(hello.instance, token: hello.token),
            let launch = swarm.incarnation(of: hello.instance)
        else {
            return refuse(
                .badToken,
                "the token does not belong to a worker this coordinator launched"
            )
        }
        guard let minor = MinorRange.supported.negotiated(with: hello.minors) else {
            return refuse(
                .unsupportedVersion,
                "no minor version in common; this coordinator speaks "
                    + "\(MinorRange.supported.lowest) to \(MinorRange.supported.highest)"
            )
        }
        // The kernel says who is at the other end. A worker leads its own process group, so a
        // wrapper that started it is recognised too.
        let pid = Coordinator.processID(in: address)
        guard pid != nil || endpoints.count > ipcEndpoints.count else {
            return refuse(.badToken, "the kernel does not say which process presented the token")
        }
        if let pid {
            if let process = swarm.process(of: hello.instance) {
                guard pid == process.pid || fleet.group(of: pid) == process.pid else {
                    return refuse(
                        .badToken,
                        "the token was presented by process \(pid), which is not the "
                            + "one that was launched, nor of its group"
                    )
                }
            } else if let identity = fleet.identity(of: pid) {
                // A crash came between the launch and its record: the process itself tells us.
                fleet.adopt(identity, worker: hello.instance, incarnation: launch)
                input(.launched(hello.instance, launch, identity))
            }
        }
        guard let agent = swarm.topology?.topology.agent(named: hello.instance.agent) else {
            return refuse(.unknownInstance, "the topology has no agent of this name")
        }
        guard !swarm.isOutdated(hello.sequence, of: hello.instance, launch) else {
            return refuse(
                .protocolViolation,
                "it has said a HELLO with this \"seq\", or a later one, before: this one came late, "
                    + "and its session stays; if it did not, count each HELLO of a process",
                isPermanent: false
            )
        }
        lastSession += 1
        sessions.open(
            Session(
                routing: routing,
                worker: hello.instance,
                number: lastSession,
                id: SessionID(random: UInt64.random(in: .min ... .max)),
                minor: minor,
                heartbeat: agent.liveness.heartbeat,
                tolerance: agent.liveness.tolerance,
                lastHeard: MonotonicClock.now
            )
        )
        liveness.watch(every: agent.liveness.heartbeat)
        input(
            .hello(
                hello.instance,
                launch,
                Greeting(
                    session: lastSession,
                    credit: min(hello.credit, agent.concurrency),
                    capabilities: hello.capabilities,
                    resume: hello.resume,
                    sequence: hello.sequence
                )
            )
        )
    }

    private static func processID(in address: String?) -> Int32? {
        guard let last = address?.split(separator: ":").last, let pid = Int32(last), pid > 0
        else { return nil }
        return pid
    }

    private func hearFrom(_ slot: Int) {
        sessions[slot].lastHeard = MonotonicClock.now
        guard sessions[slot].silence != .none else { return }
        sessions[slot].silence = .none
        input(.back(sessions[slot].worker))
    }

    private func challenge(_ routing: RoutingID, _ verb: Verb) {
        complain(.challenge, .challenged(verb: verb.name))
        guard challenges.admit(at: MonotonicClock.now) else { return }
        send(.unknown, to: routing)
    }

    private func violated(_ slot: Int?, _ violation: WireViolation) {
        let worker = slot.map { sessions[$0].worker }
        complain(
            .violation(code: violation.code.rawValue),
            .violation(
                worker: worker,
                code: violation.code.rawValue,
                message: violation.message
            )
        )
        guard let slot, let worker else { return }
        sessions[slot].violations += 1
        guard sessions[slot].violations == WireLimits.violationsPerSession else { return }
        sessions[slot].state = .closed
        observer.noticed(
            .expelled(worker, violations: sessions[slot].violations),
            at: clock.now
        )
        if let incarnation = swarm.incarnation(of: worker) {
            fleet.signal(.kill, worker: worker, incarnation: incarnation)
        }
    }

    // MARK: Silence

    func checkLiveness(at now: UInt64) {
        if let late = liveness.overslept(at: now) {
            // We did not run, so we could not have heard anyone either.
            observer.noticed(.overslept(.nanoseconds(Int64(clamping: late))), at: clock.now)
            for slot in sessions.slots.indices where sessions.slots[slot] != nil {
                sessions[slot].lastHeard = now
            }
        }
        for slot in sessions.slots.indices {
            guard let session = sessions.slots[slot], session.state != .closed else { continue }
            let silence = Duration.nanoseconds(Int64(clamping: now &- session.lastHeard))
            if silence > session.tolerance, session.silence != .vanished {
                sessions[slot].silence = .vanished
                input(.vanished(session.worker))
            } else if silence > session.heartbeat * 1.5, session.silence == .none {
                sessions[slot].silence = .suspected
                input(.silent(session.worker))
            }
        }
        liveness.arm(at: now)
    }
}
