import SwarmCore
import SwarmModel
import SwarmWire
import ZeroMQ

// What the core asks for.

extension Coordinator {
    func run(_ effects: [Effect]) {
        for effect in effects { run(effect) }
    }

    private func run(_ effect: Effect) {
        switch effect {
        case .accepted(let token, let run):
            submitters.removeValue(forKey: token)?(.accepted(run))
        case .rejected(let token, let reason):
            submitters.removeValue(forKey: token)?(.rejected(reason))
        case .answered(let token, let problem): orders.removeValue(forKey: token)?(problem)
        case .go(let worker, let lease): go(worker, lease)
        case .reply(let worker, let reference, let answer): reply(worker, reference, answer)
        case .launch(let worker, let incarnation): launch(worker, incarnation)
        case .welcome(let worker, let number, let adopt, let drop):
            welcome(worker, number, adopt, drop)
        case .refuse(let worker, let number, let why):
            guard let slot = slot(of: worker, number) else { return }
            let refusal =
                switch why {
                case .replaced:
                    Refusal(.duplicateInstance, "this process was replaced", isPermanent: true)
                case .mismatch(let reason):
                    Refusal(.manifestMismatch, reason, isPermanent: true)
                }
            send(.refuse(refusal), to: slot)
            sessions[slot].state = .closed
        case .dispatch(let dispatch): self.dispatch(dispatch)
        case .cancel(let worker, let lease, let reason, let grace):
            guard let slot = sessions.slot(of: worker) else { return }
            send(
                .cancel(
                    Cancellation(lease: lease, reason: reason.rawValue, grace: grace)
                ),
                to: slot
            )
        case .acknowledge(let worker, let lease, let disposition):
            acknowledge(worker, lease, disposition)
        case .drain(let worker, let limit):
            guard let slot = sessions.slot(of: worker) else { return }
            send(.drain(Drain(deadline: limit)), to: slot)
            if sessions[slot].state == .ready { sessions[slot].state = .draining }
        case .signal(let worker, let incarnation, let signal):
            if !fleet.signal(signal, worker: worker, incarnation: incarnation) {
                // Nothing of it is under watch, so nothing else will ever report its end.
                input(.exited(worker, incarnation, .unknown))
            }
        case .wake(let at): coreWake = clock.monotonic(at)
        case .halt: finish(.stopped)
        }
    }

    func launch(_ worker: WorkerID, _ incarnation: Incarnation) {
        do {
            let identity = try fleet.launch(worker, incarnation)
            input(.launched(worker, incarnation, identity))
        } catch {
            input(
                .launchFailed(
                    worker,
                    incarnation,
                    Failure(.unavailable, "\(error.message); \(error.hint)")
                )
            )
        }
    }

    private func welcome(
        _ worker: WorkerID,
        _ number: UInt64,
        _ adopt: [LeaseID],
        _ drop: [LeaseID]
    ) {
        guard let slot = slot(of: worker, number) else { return }
        sessions[slot].state = .ready
        sessions[slot].lastHeard = MonotonicClock.now
        send(
            .welcome(
                Welcome(
                    session: sessions[slot].id,
                    minor: sessions[slot].minor,
                    heartbeat: sessions[slot].heartbeat,
                    adopt: adopt,
                    drop: drop
                )
            ),
            to: slot
        )
    }

    private func dispatch(_ dispatch: Dispatch) {
        if contracts.hasArgumentSchemas,
            let failure = contracts.checkArguments(
                dispatch.arguments,
                of: dispatch.capability,
                agent: dispatch.worker.agent
            )
        {
            return input(.result(dispatch.worker, dispatch.lease, .failed(failure)))
        }
        guard dispatch.arguments.count <= WireLimits.payloadBytes else {
            let failure = Failure(
                .validation,
                "the arguments are \(dispatch.arguments.count) bytes and a message carries "
                    + "\(WireLimits.payloadBytes); pass a path or a digest instead of the content",
                retryable: false
            )
            return input(.result(dispatch.worker, dispatch.lease, .failed(failure)))
        }
        guard let slot = sessions.slot(of: dispatch.worker), sessions[slot].state == .ready else {
            return input(
                .undeliverable(
                    dispatch.lease,
                    dispatch.worker,
                    Failure(.unavailable, "the worker has no session")
                )
            )
        }
        let assignment = Assignment(
            subtask: dispatch.subtask.description,
            attempt: dispatch.attempt,
            capability: dispatch.capability,
            lease: dispatch.lease,
            epoch: dispatch.lease.number,
            deadline: dispatch.deadline - (moment ?? clock.now),
            idempotencyKey: swarm.idempotencyKey(of: dispatch.subtask),
            confirmsStart: dispatch.requiresGo,
            depth: dispatch.depthLeft,
            budget: dispatch.allowance.isUnlimited ? nil : dispatch.allowance,
            stack: frames(dispatch.stack)
        )
        let outcome = send(
            .task(assignment),
            payload: dispatch.arguments,
            to: sessions[slot].routing
        )
        guard outcome != .sent else { return }
        // The core suspects it now; the next message of this session says that it is there.
        if sessions[slot].silence == .none { sessions[slot].silence = .suspected }
        observer.noticed(
            .undeliverable(dispatch.worker, verb: "TASK", reason: "\(outcome)"),
            at: clock.now
        )
        input(
            .undeliverable(
                dispatch.lease,
                dispatch.worker,
                Failure(.unavailable, "the message could not be handed to the socket")
            )
        )
    }

    private func acknowledge(
        _ worker: WorkerID,
        _ lease: LeaseID,
        _ disposition: Disposition
    ) {
        guard let slot = sessions.slot(of: worker) else { return }
        if disposition == .accepted, sessions[slot].minor >= 1 {
            if sessions[slot].acknowledgements.isEmpty { acknowledging.append(slot) }
            sessions[slot].acknowledgements.append(lease)
            return
        }
        let word: Acknowledgement.Disposition =
            switch disposition {
            case .accepted: .accepted
            case .stale: .stale
            case .rejected: .rejected
            }
        send(.resultAcknowledged(Acknowledgement([lease], word)), to: slot)
    }

    /// Tells each worker in one message which of its results are safe.
    func flushAcknowledgements() {
        guard !acknowledging.isEmpty else { return }
        for slot in acknowledging where sessions.slots[slot] != nil {
            let leases = sessions[slot].acknowledgements
            sessions[slot].acknowledgements.removeAll(keepingCapacity: true)
            var start = 0
            while start < leases.count {
                let end = min(start + WireLimits.leases, leases.count)
                send(
                    .resultAcknowledged(Acknowledgement(Array(leases[start..<end]))),
                    to: slot
                )
                start = end
            }
        }
        acknowledging.removeAll(keepingCapacity: true)
    }

    private func slot(of worker: WorkerID, _ number: UInt64) -> Int? {
        guard let slot = sessions.slot(of: worker), sessions[slot].number == number
        else { return nil }
        return slot
    }

    // MARK: Sending

    func send(_ message: CoordinatorMessage, to slot: Int) {
        send(message, to: sessions[slot].routing)
    }

    @discardableResult
    func send(
        _ message: CoordinatorMessage,
        payload: [UInt8] = [],
        to routing: RoutingID
    ) -> SendOutcome {
        guard let socket else { return .unreachable }
        header.removeAll(keepingCapacity: true)
        message.encode(into: &header)
        do {
            return try FramePrefix(message.verb).bytes.withUnsafeBytes { prefix in
                try header.withUnsafeBytes { head in
                    try payload.withUnsafeBytes { body in
                        try socket.sendFrames(routing: routing, f0: prefix, f1: head, f2: body)
                    }
                }
            }
        } catch {
            return .unreachable
        }
    }
}
