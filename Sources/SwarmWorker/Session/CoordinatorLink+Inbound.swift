import SwarmModel
import SwarmWire
import ZeroMQ

extension CoordinatorLink {
    /// Messages taken in one turn, before beats and reports get theirs.
    private static let batchLimit = 256

    /// Takes what has arrived, and hands all new subtasks to the handlers at once.
    ///
    /// Gives whether there may be more.
    func drainSocket() -> Bool {
        let now = MonotonicClock.now
        var taken = 0
        arrivals.removeAll(keepingCapacity: true)
        while taken < Self.batchLimit, let socket, let received = receive(from: socket) {
            taken += 1
            switch received {
            case .failure(let violation):
                violated(violation, now)
            case .success(let (message, payload)):
                heard(now)
                handle(message, payload, now)
            }
        }
        if !arrivals.isEmpty { pool.take(arrivals) }
        arrivals.removeAll(keepingCapacity: true)
        return taken == Self.batchLimit
    }

    private typealias Received = Result<(CoordinatorMessage, [UInt8]), WireViolation>

    /// Reads one message, copying nothing but a payload; nil when there is none.
    private func receive(from socket: Socket) -> Received? {
        do {
            return try socket.receive { message -> Received in
                guard message.frameCount == WireLimits.frameCount else {
                    return .failure(.frameCount(message.frameCount))
                }
                return message.withFrame(0) { prefix in
                    message.withFrame(1) { header in
                        message.withFrame(2) { payload in
                            do throws(WireViolation) {
                                let message = try CoordinatorMessage(
                                    prefix: prefix,
                                    header: header,
                                    payload: payload
                                )
                                return .success((message, [UInt8](payload)))
                            } catch {
                                return .failure(error)
                            }
                        }
                    }
                }
            }
        } catch {
            complain("the connection is lost: \(error)")
            disconnect(MonotonicClock.now)
            return nil
        }
    }

    /// Drops a message that is none; with too many of them the session is worth nothing.
    private func violated(_ violation: WireViolation, _ now: UInt64) {
        complain("a message of the coordinator is not understood: \(violation)")
        violations += 1
        if violations >= WireLimits.violationsPerSession { disconnect(now) }
    }

    /// Notes that a coordinator which knows us lives.
    private func heard(_ now: UInt64) {
        lastHeard = now
        if case .ready = phase { timers.orphan = now &+ settings.orphanTimeout.nanoseconds }
    }

    private func handle(_ message: CoordinatorMessage, _ payload: [UInt8], _ now: UInt64) {
        switch (message, phase) {
        case (.welcome(let welcome), .greeting): welcomed(welcome, now)
        case (.refuse(let refusal), _): refused(refusal, now)
        case (.unknown, _): disconnect(now)
        case (.task(let assignment), .ready(let session)):
            assigned(assignment, payload, session, now)
        case (.cancel(let cancellation), .ready): cancelled(cancellation.lease)
        case (.resultAcknowledged(let acknowledgement), .ready):
            for lease in acknowledgement.leases { forget(lease) }
            endIfDrained()
        case (.drain(let drain), .ready):
            log.info("the coordinator asks us to leave; finishing what is begun")
            self.drain(within: drain.deadline)
        case (.progressCredit(let credit), .ready): credited(credit)
        case (.go(let go), .ready): released(go.lease)
        case (.reply(let reply), .ready): answered(reply, payload)
        // A session that has lasted for a beat is worth coming back to at once.
        case (.beatAnswer, _): backoff.reset()
        case (.welcome, _), (.task, _), (.cancel, _), (.resultAcknowledged, _), (.drain, _),
            (.progressCredit, _), (.go, _), (.reply, _):
            complain("\(message.verb.name) came when it should not have")
        }
    }

    // MARK: Session

    private func welcomed(_ welcome: Welcome, _ now: UInt64) {
        phase = .ready(welcome.session)
        heard(now)
        complaints = 0
        heartbeat = welcome.heartbeat.nanoseconds
        timers.beat = now &+ heartbeat
        payloadLimit = welcome.payloadBytes
        progressCredit = welcome.progressCredit
        let adopted = Set(welcome.adopt)
        for (lease, holding) in holdings where !adopted.contains(lease) {
            _ = holding.lease.cancel()
            forget(lease)
        }
        if isDraining { returnUnstarted() }
        returnUnreleased(now)
        for holding in holdingsInOrder { resume(holding, welcome.session, now) }
        endIfDrained()
    }

    /// Tells a new session what an earlier one may not have learnt about a lease.
    private func resume(_ holding: Holding, _ session: SessionID, _ now: UInt64) {
        holding.startIsTold = holding.awaitsGo
        holding.progressCredit = progressCredit
        holding.progressSequence = 0
        if holding.ending != nil {
            sendResult(holding)
        } else if holding.awaitsGo {
            send(.started(Started(session: session, lease: holding.id)))
        } else {
            untoldStarts.append(holding)
            timers.starts = timers.starts ?? now &+ Self.startDelay
            resendCalls(of: holding)
        }
    }

    private func refused(_ refusal: Refusal, _ now: UInt64) {
        guard !refusal.isPermanent else {
            return finish(.refused(refusal.code, refusal.reason))
        }
        complain("refused for now (\(refusal.code.rawValue)): \(refusal.reason)")
        disconnect(now)
    }

    // MARK: Subtasks

    private func assigned(
        _ assignment: Assignment,
        _ payload: [UInt8],
        _ session: SessionID,
        _ now: UInt64
    ) {
        let id = assignment.lease
        if let holding = holdings[id] {
            // It came twice. If its result is known, that was not heard of.
            if holding.ending != nil { sendResult(holding) }
            return
        }
        guard !recent.contains(id) else { return }
        guard !isDraining else {
            recent.insert(id)
            send(
                .returned(
                    Returned(session: session, lease: id, reason: "draining", isDraining: true)
                )
            )
            return
        }
        guard let handler = handlers[assignment.capability] else {
            return refuseUnknownCapability(assignment)
        }
        let lease = HeldLease(assignment, arguments: payload, handler: handler)
        let holding = Holding(lease, progressCredit: progressCredit)
        holdings[id] = holding
        if assignment.confirmsStart {
            holding.goDeadline = assignment.deadline.map { now &+ $0.nanoseconds }
            timers.go = earlier(timers.go, holding.goDeadline)
            send(.started(Started(session: session, lease: id)))
        } else {
            arrivals.append(lease)
            untoldStarts.append(holding)
            timers.starts = timers.starts ?? now &+ Self.startDelay
        }
    }

    private func refuseUnknownCapability(_ assignment: Assignment) {
        let offered = handlers.keys.sorted().joined(separator: ", ")
        let lease = HeldLease(assignment, arguments: []) { _, _ in [] }
        _ = lease.withdraw()
        holdings[assignment.lease] = Holding(lease, progressCredit: progressCredit)
        ended(
            lease,
            .failed(
                Failure(
                    .notFound,
                    "\(settings.instance) has no capability \"\(assignment.capability)\"; "
                        + "it has: \(offered)",
                    retryable: false
                )
            )
        )
    }

    private func cancelled(_ id: LeaseID) {
        guard let holding = holdings[id], holding.ending == nil else { return }
        switch holding.lease.cancel() {
        case .withdrawn: ended(holding.lease, .cancelled)
        case .told, .late: abandonCalls(of: holding)
        }
    }

    /// GO: what was held back may begin.
    private func released(_ id: LeaseID) {
        guard let holding = holdings[id], holding.awaitsGo else { return }
        holding.awaitsGo = false
        holding.goDeadline = nil
        if holding.ending == nil { arrivals.append(holding.lease) }
    }

    /// Gives back what waited for GO until its deadline: it has not begun, and never will.
    func returnUnreleased(_ now: UInt64) {
        guard case .ready(let session) = phase else { return }
        timers.go = nil
        for holding in holdingsInOrder where holding.awaitsGo && holding.ending == nil {
            guard let deadline = holding.goDeadline, deadline <= now, holding.lease.withdraw()
            else {
                timers.go = earlier(timers.go, holding.goDeadline)
                continue
            }
            giveBack(holding, session, "GO did not come before the deadline")
        }
        endIfDrained()
    }

    private func earlier(_ one: UInt64?, _ other: UInt64?) -> UInt64? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private func credited(_ credit: ProgressCredit) {
        guard let holding = holdings[credit.lease] else { return }
        holding.progressCredit += credit.more
        sendHeldStep(of: holding)
    }

    /// Lets go of a lease that is settled, one way or the other.
    private func forget(_ id: LeaseID) {
        guard let holding = holdings.removeValue(forKey: id) else { return }
        abandonCalls(of: holding)
        recent.insert(id)
    }
}
