import SwarmModel
import SwarmWire
import ZeroMQ

/// What handlers delegate: asked when there is a session, asked again in the next one until it is
/// answered, dropped with the lease it is for.
extension CoordinatorLink {
    /// A handler asks for something.
    func asked(_ call: DelegatedCall) {
        guard let holding = holdings[call.lease.id], holding.lease === call.lease,
            holding.ending == nil, !call.lease.isCancelled
        else { return call.abandon() }
        guard holding.calls.count < WireLimits.openCalls else {
            return holding.callsInQueue.append(call)
        }
        open(call, of: holding)
    }

    private func open(_ call: DelegatedCall, of holding: Holding) {
        let count = call.request.count
        guard count <= payloadLimit else {
            return call.resolve(
                .failure(
                    WorkerFailure(
                        .validation,
                        "the call has \(count) bytes and a payload at most \(payloadLimit): write "
                            + "large arguments to a file and pass its path",
                        retryable: false
                    )
                )
            )
        }
        lastCall += 1
        holding.calls[lastCall] = call
        callers[lastCall] = holding
        send(lastCall, call, of: holding)
    }

    /// Sends the calls of a lease that has just been adopted once more, in their order.
    func resendCalls(of holding: Holding) {
        for id in holding.calls.keys.sorted() {
            if let call = holding.calls[id] { send(id, call, of: holding) }
        }
    }

    /// Sends the calls that found the queue full, unless they are answered by now.
    func resendUnsentCalls() {
        let ids = unsentCalls
        unsentCalls.removeAll()
        for id in ids {
            if let holding = callers[id], let call = holding.calls[id] {
                send(id, call, of: holding)
            }
        }
    }

    private func send(_ id: Int64, _ call: DelegatedCall, of holding: Holding) {
        guard case .ready(let session) = phase else { return }
        tellStart(holding)
        let message = Call(
            session: session,
            id: id,
            operation: Operation.delegate,
            lease: holding.id
        )
        if send(.call(message), payload: call.request) == .wouldBlock {
            unsentCalls.append(id)
            timers.resend = timers.resend ?? MonotonicClock.now &+ Self.resendDelay
        }
    }

    /// REPLY: a call has ended.
    ///
    /// One that nobody waits for any more is passed over.
    func answered(_ reply: Reply, _ payload: [UInt8]) {
        guard let holding = callers.removeValue(forKey: reply.id),
            let call = holding.calls.removeValue(forKey: reply.id)
        else { return }
        if let budget = reply.budget { holding.lease.grant(budget) }
        switch reply.outcome {
        case .succeeded: call.resolve(.success(payload))
        case .failed(let failure), .refused(let failure):
            call.resolve(.failure(WorkerFailure(failure, chain: reply.chain)))
        }
        openNext(of: holding)
    }

    /// A handler does not wait any longer; the answer, if one comes, is passed over.
    func gaveUp(_ call: DelegatedCall) {
        guard let holding = holdings[call.lease.id] else { return }
        holding.callsInQueue.removeAll { $0 === call }
        for (id, open) in holding.calls where open === call {
            holding.calls[id] = nil
            callers[id] = nil
        }
        openNext(of: holding)
    }

    private func openNext(of holding: Holding) {
        while holding.calls.count < WireLimits.openCalls, !holding.callsInQueue.isEmpty {
            open(holding.callsInQueue.removeFirst(), of: holding)
        }
    }

    /// Ends whatever a lease still asks for: it has ended itself.
    func abandonCalls(of holding: Holding) {
        for (id, call) in holding.calls {
            callers[id] = nil
            call.abandon()
        }
        holding.calls.removeAll()
        for call in holding.callsInQueue { call.abandon() }
        holding.callsInQueue.removeAll()
    }
}
