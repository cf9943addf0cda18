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
            case .started(let lease): tellStart(lease.id)
            case .progress(let lease): advanced(lease)
            case .finished(let lease, let ending): ended(lease.id, ending)
            }
        }
        reports.removeAll(keepingCapacity: true)
    }

    /// Keeps the result until it is acknowledged, and sends it.
    func ended(_ id: LeaseID, _ ending: Ending) {
        guard holdings[id] != nil else { return }
        let isTooLarge = ending.value.count > payloadLimit
        holdings[id]?.ending =
            isTooLarge
            ? FailureReport.tooLarge(ending.value.count, limit: payloadLimit) : ending
        holdings[id]?.heldStep = nil
        sendResult(id)
    }

    func sendResult(_ id: LeaseID) {
        guard case .ready(let session) = phase, let ending = holdings[id]?.ending else { return }
        let report = ResultReport(session: session, lease: id, outcome: ending.outcome)
        if send(.result(report), payload: ending.value) == .wouldBlock {
            unsentResults.append(id)
            timers.resend = timers.resend ?? MonotonicClock.now &+ Self.resendDelay
        }
    }

    /// Sends the results that found the queue full.
    func resendResults() {
        let results = unsentResults
        unsentResults.removeAll()
        for id in results { sendResult(id) }
    }

    // MARK: Starts

    /// Tells the starts of those subtasks whose results did not follow at once.
    func tellStarts(_ now: UInt64) {
        let candidates = untoldStarts
        untoldStarts.removeAll(keepingCapacity: true)
        for id in candidates {
            guard let holding = holdings[id], holding.ending == nil else { continue }
            // One that still waits in the queue is told by its handler, when there is one.
            if holding.lease.hasStarted() { tellStart(id) }
        }
    }

    func tellStart(_ id: LeaseID) {
        guard case .ready(let session) = phase, let holding = holdings[id],
            !holding.startIsTold, holding.ending == nil
        else { return }
        holdings[id]?.startIsTold = true
        send(.started(Started(session: session, lease: id)))
    }

    // MARK: Progress

    private func advanced(_ lease: HeldLease) {
        guard let step = lease.takeStep(), holdings[lease.id] != nil else { return }
        holdings[lease.id]?.heldStep = step
        sendHeldStep(lease.id)
    }

    /// Sends the newest step, if the lease has one and credit for it.
    func sendHeldStep(_ id: LeaseID) {
        guard case .ready(let session) = phase, let holding = holdings[id],
            let step = holding.heldStep, holding.progressCredit > 0, holding.ending == nil
        else { return }
        tellStart(id)
        let progress = Progress(
            session: session,
            lease: id,
            sequence: holding.progressSequence,
            done: step.done,
            total: step.total,
            note: step.note.map { FailureReport.clipped($0, to: WireLimits.sentenceBytes) }
        )
        guard send(.progress(progress)) == .sent else { return }
        holdings[id]?.heldStep = nil
        holdings[id]?.progressCredit -= 1
        holdings[id]?.progressSequence += 1
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
        for (id, holding) in holdings.sorted(by: { $0.key < $1.key })
        where holding.ending == nil && holding.lease.withdraw() {
            send(.returned(Returned(session: session, lease: id, reason: "draining")))
            holdings.removeValue(forKey: id)
            recent.insert(id)
        }
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
            ended(holding.lease.id, .cancelled)
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
