import SwarmCore
import SwarmJournal
public import SwarmModel
import SwarmWire

// What people decide, and what workers delegate.

extension Coordinator {
    /// Answers the question a subtask waits with, and waits until that is durable.
    ///
    /// - Parameters:
    ///   - run: Which run.
    ///   - label: The subtask within it, such as `post[3]`.
    ///   - decision: What was decided.
    ///   - result: What the call returned, where the person knows.
    ///   - reason: Why, for the journal.
    ///   - who: Who decided.
    /// - Returns: Why it cannot be done, if it cannot.
    public func decide(
        _ run: RunID,
        label: String,
        _ decision: Decision,
        result: Payload? = nil,
        reason: String,
        by who: String
    ) async -> Failure? {
        await order { token in
            .decisionMade(
                DecisionMade(
                    token: token,
                    run: run,
                    label: label,
                    decision: decision,
                    result: result,
                    reason: reason,
                    by: who
                )
            )
        }
    }

    /// Has a run undone, or accepts what it leaves; nil once that is durable, else why it cannot
    /// be.
    public func compensate(
        _ run: RunID,
        accepting: Bool,
        reason: String,
        by who: String
    ) async -> Failure? {
        await order { token in
            .compensateRequested(
                CompensateRequest(
                    token: token,
                    run: run,
                    accepts: accepting,
                    reason: reason,
                    by: who
                )
            )
        }
    }

    /// Moves a circuit breaker; nil once that is durable, else why it cannot be.
    public func command(
        _ target: BreakerTarget,
        _ command: BreakerCommand,
        reason: String,
        by who: String
    ) async -> Failure? {
        await order { token in
            .breakerCommanded(
                BreakerOrder(
                    token: token,
                    target: target,
                    command: command,
                    reason: reason,
                    by: who
                )
            )
        }
    }

    private func order(_ input: (UInt64) -> Input) async -> Failure? {
        guard end == nil else { return Failure(.unavailable, "the coordinator has ended") }
        return await withCheckedContinuation { continuation in
            lastToken += 1
            orders[lastToken] = { continuation.resume(returning: $0) }
            self.input(input(lastToken))
        }
    }

    // MARK: Effects

    func go(_ worker: WorkerID, _ lease: LeaseID) {
        guard let slot = sessions.slot(of: worker) else { return }
        send(.go(Go(lease: lease)), to: slot)
    }

    func reply(_ worker: WorkerID, _ reference: CallReference, _ answer: CallAnswer) {
        // Without a session it asks again when it is back, and gets the answer then.
        guard let slot = sessions.slot(of: worker) else { return }
        sessions[slot].calls.close(reference)
        let id = Int64(clamping: reference.number)
        let left = swarm.left(for: reference, by: worker, at: moment ?? clock.now)
        let budget = left.isUnlimited ? nil : left
        switch answer {
        case .failed(let failure), .refused(let failure):
            var outcome = Reply.Outcome.failed(failure)
            if case .refused = answer { outcome = .refused(failure) }
            let chain = frames(swarm.chain(of: reference, by: worker))
            send(.reply(Reply(to: id, outcome, chain: chain, budget: budget)), to: slot)
        case .succeeded(let payload):
            guard let bytes = payload.bytes, bytes.count <= WireLimits.payloadBytes else {
                let failure = Failure(.internal, "the result is no longer at hand")
                return send(.reply(Reply(to: id, .failed(failure))), to: slot)
            }
            let reply = Reply(to: id, .succeeded, budget: budget)
            send(.reply(reply), payload: bytes, to: sessions[slot].routing)
        }
    }

    /// A call stack as it travels: the innermost calls of one that is too long.
    func frames(_ stack: [StackFrame]) -> [CallFrame] {
        stack.suffix(WireLimits.stack).map { frame in
            CallFrame(
                subtask: frame.subtask.description,
                capability: frame.capability,
                agent: frame.agent
            )
        }
    }

    // MARK: CALL

    /// Takes a worker's wish for a call, unless it breaks a rule or wants too much at once.
    func hear(_ call: Call, payload: [UInt8], from slot: Int) {
        guard call.operation == Operation.delegate, let lease = call.lease else {
            return send(.reply(Reply.refusing(call)), to: slot)
        }
        let reference = CallReference(lease: lease, number: UInt64(clamping: call.id))
        if let failure = sessions[slot].calls.open(reference, at: MonotonicTime.now) {
            return send(.reply(Reply(to: call.id, .refused(failure))), to: slot)
        }
        let decoded: Result<SwarmWire.DelegateRequest, WireViolation> = payload.withUnsafeBytes {
            bytes in
            Result { () throws(WireViolation) in try SwarmWire.DelegateRequest(payload: bytes) }
        }
        switch decoded {
        case .success(let request):
            input(
                .delegated(
                    sessions[slot].worker,
                    lease,
                    SwarmCore.DelegateRequest(
                        number: reference.number,
                        capability: request.capability,
                        agent: request.agent,
                        arguments: Payload(stored: request.arguments),
                        allowance: request.budget,
                        timeout: request.timeout
                    )
                )
            )
        case .failure(let violation):
            sessions[slot].calls.close(reference)
            send(.reply(Reply.refusing(call, violation)), to: slot)
        }
    }
}

/// The CALLs of one session that are not answered yet, and how fast they come.
struct OpenCalls {
    /// How many CALLs a worker may send within a second before it is told to wait.
    static let perSecond = 200

    private var open: [CallReference] = []
    private var second: UInt64 = 0
    private var count = 0

    /// Notes a CALL; the failure says why it is too much.
    mutating func open(_ reference: CallReference, at now: UInt64) -> Failure? {
        // The same once more is a worker that came back: it waits for the one answer.
        guard !open.contains(reference) else { return nil }
        let present = now / 1_000_000_000
        if present != second {
            second = present
            count = 0
        }
        count += 1
        guard count <= OpenCalls.perSecond else {
            return Failure(
                .rateLimited,
                "a worker may send \(OpenCalls.perSecond) CALLs a second",
                retryable: true,
                retryAfter: .seconds(1)
            )
        }
        guard open.count(where: { $0.lease == reference.lease }) < WireLimits.openCalls else {
            return Failure(
                .rateLimited,
                "\(WireLimits.openCalls) CALLs of this subtask are unanswered",
                retryable: true
            )
        }
        open.append(reference)
        return nil
    }

    /// Forgets a CALL that is answered.
    mutating func close(_ reference: CallReference) { open.removeAll { $0 == reference } }

    /// Forgets the CALLs of a subtask that has ended.
    mutating func close(_ lease: LeaseID) { open.removeAll { $0.lease == lease } }
}

extension Payload {
    /// The payload of these bytes: in the record when they are few, else by its digest.
    init(stored bytes: [UInt8]) {
        guard bytes.count > Payload.inlineLimit else {
            self = .inline(bytes)
            return
        }
        self = .stored(
            StoredPayload(digest: .sha256(of: bytes), size: bytes.count, bytes: bytes)
        )
    }
}
