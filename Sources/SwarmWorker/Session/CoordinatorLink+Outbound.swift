import SwarmModel
import SwarmWire
import ZeroMQ

extension CoordinatorLink {
    // MARK: Reports of handlers

    /// Sends everything handlers have reported since the last time.
    func handleReports() {
        outbox.fetch(into: &reports)
        for report in reports {
            switch report {
            case .started(let lease): if let holding = holdings[lease.id] { tellStart(holding) }
            case .progress(let lease): advanced(lease)
            case .asked(let call): asked(call)
            case .gaveUp(let call): gaveUp(call)
            case .finished(let lease, let ending): ended(lease, ending)
            }
        }
        reports.removeAll(keepingCapacity: true)
    }

    /// Keeps the result until it is acknowledged, and sends it.
    func ended(_ lease: HeldLease, _ ending: Ending) {
        guard let holding = holdings[lease.id] else { return }
        let count = ending.value.count
        holding.ending =
            count > payloadLimit ? FailureReport.tooLarge(count, limit: payloadLimit) : ending
        holding.heldStep = nil
        abandonCalls(of: holding)
        sendResult(holding)
    }

    func sendResult(_ holding: Holding) {
        guard case .ready(let session) = phase, let ending = holding.ending else { return }
        let report = ResultReport(
            session: session,
            lease: holding.id,
            outcome: ending.outcome,
            usage: holding.lease.usage
        )
        if send(.result(report), payload: ending.value) == .wouldBlock {
            unsentResults.append(holding)
            timers.resend = timers.resend ?? MonotonicClock.now &+ Self.resendDelay
        }
    }

    /// Sends the results that found the queue full, unless they are settled by now.
    func resendResults() {
        let results = unsentResults
        unsentResults.removeAll()
        for holding in results where holdings[holding.id] === holding { sendResult(holding) }
    }

    // MARK: Starts

    /// Tells the starts of those subtasks whose results did not follow at once.
    func tellStarts() {
        for holding in untoldStarts where holding.ending == nil {
            // One that still waits in the queue is told by its handler, when there is one.
            if holding.lease.hasStarted() { tellStart(holding) }
        }
        untoldStarts.removeAll(keepingCapacity: true)
    }

    func tellStart(_ holding: Holding) {
        guard case .ready(let session) = phase, !holding.startIsTold, holding.ending == nil,
            holdings[holding.id] === holding
        else { return }
        holding.startIsTold = true
        send(.started(Started(session: session, lease: holding.id)))
    }

    // MARK: Progress

    private func advanced(_ lease: HeldLease) {
        guard let step = lease.takeStep(), let holding = holdings[lease.id] else { return }
        holding.heldStep = step
        sendHeldStep(of: holding)
    }

    /// Sends the newest step, if there is one and credit for it.
    func sendHeldStep(of holding: Holding) {
        guard case .ready(let session) = phase, let step = holding.heldStep,
            holding.progressCredit > 0, holding.ending == nil
        else { return }
        tellStart(holding)
        let progress = Progress(
            session: session,
            lease: holding.id,
            sequence: holding.progressSequence,
            done: step.done,
            total: step.total,
            note: step.note.map { FailureReport.clipped($0, to: WireLimits.sentenceBytes) }
        )
        guard send(.progress(progress)) == .sent else { return }
        holding.heldStep = nil
        holding.progressCredit -= 1
        holding.progressSequence += 1
    }

    // MARK: Draining

    /// Gives back what is not begun, finishes the rest, and leaves.
    func drain(within limit: Duration) {
        let end = MonotonicClock.now &+ limit.nanoseconds
        timers.drain = min(timers.drain ?? end, end)
        isDraining = true
        returnUnstarted()
        endIfDrained()
    }

    func returnUnstarted() {
        guard case .ready(let session) = phase else { return }
        for holding in holdingsInOrder where holding.ending == nil && holding.lease.withdraw() {
            giveBack(holding, session, "draining")
        }
    }

    /// Returns a lease that no handler has seen.
    func giveBack(_ holding: Holding, _ session: SessionID, _ reason: String) {
        send(
            .returned(
                Returned(
                    session: session,
                    lease: holding.id,
                    reason: reason,
                    isDraining: isDraining
                )
            )
        )
        holdings.removeValue(forKey: holding.id)
        recent.insert(holding.id)
    }

    /// Says BYE once nothing is held any more.
    func endIfDrained() {
        guard isDraining, holdings.isEmpty else { return }
        if case .ready(let session) = phase { send(.bye(Bye(session: session))) }
        finish(.drained)
    }

    /// The time to drain is over: once more everything is cancelled, then the worker ends.
    func drainTimedOut(_ now: UInt64) {
        let running = holdings.values.filter { $0.ending == nil }
        guard !running.isEmpty, running.contains(where: { !$0.lease.isCancelled }) else {
            return finish(.drainTimedOut)
        }
        log.warn("the time to drain is over; cancelling \(running.count) subtasks")
        for holding in running where holding.lease.cancel() == .withdrawn {
            ended(holding.lease, .cancelled)
        }
        timers.drain = now &+ Self.lastGrace
    }

    // MARK: Sending

    /// Sends one message; without a socket it would block.
    @discardableResult
    func send(_ message: WorkerMessage, payload: [UInt8] = []) -> SendOutcome {
        guard let socket else { return .wouldBlock }
        header.removeAll(keepingCapacity: true)
        message.encode(into: &header)
        do {
            return try message.verb.prefix.withUnsafeBytes { prefix in
                try header.withUnsafeBytes { header in
                    try payload.withUnsafeBytes { payload in
                        try socket.sendFrames(f0: prefix, f1: header, f2: payload)
                    }
                }
            }
        } catch {
            complain("\(message.verb.name) cannot be sent: \(error)")
            return .wouldBlock
        }
    }
}
