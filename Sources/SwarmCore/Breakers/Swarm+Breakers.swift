import SwarmModel

// Circuit breakers: what is counted, what moves them, and what an operator tells them.

extension Swarm {
    // MARK: Deciding

    /// Moves the breakers that the outcomes of this input ask for.
    mutating func judgeBreakers(_ now: Instant, _ step: inout Step) {
        for position in breakers.takeDue() {
            guard let transition = breakers[position].breaker.judgement(at: now) else { continue }
            if transition.cause.isRelative, !hasOther(than: breakers[position].target) { continue }
            move(position, transition, now, &step)
        }
    }

    /// Moves the breakers for which a moment has come: waits that are over, trial calls that are
    /// overdue, and what a new topology has switched off.
    mutating func advanceBreakers(_ now: Instant, _ step: inout Step) {
        for position in breakers.unsettled {
            let breaker = breakers[position].breaker
            if !breakers[position].isCounting, breaker.state != .forcedOpen {
                let transition = breaker.transition(to: .closed, .operator)
                move(position, transition, because: "the topology switches it off", now, &step)
                continue
            }
            guard let transition = breaker.waited(at: now) ?? breaker.judgement(at: now) else {
                continue
            }
            move(position, transition, now, &step)
        }
    }

    /// Makes a breaker half open whose wait is over, for a call that is about to be made.
    ///
    /// - Returns: The permit the call needs; nil when the breaker is closed.
    mutating func claimProbe(
        _ position: Int,
        _ now: Instant,
        _ step: inout Step
    ) -> ProbePermit? {
        guard !breakers[position].isClosed else { return nil }
        if let transition = breakers[position].breaker.waited(at: now) {
            move(position, transition, now, &step)
        }
        let breaker = breakers[position].breaker
        guard breaker.state == .halfOpen else { return nil }
        return ProbePermit(target: breakers[position].target, generation: breaker.generation)
    }

    private mutating func move(
        _ position: Int,
        _ transition: CircuitBreaker.Transition,
        by: String? = nil,
        because reason: String? = nil,
        _ now: Instant,
        _ step: inout Step
    ) {
        let entry = breakers[position]
        emit(
            .breakerMoved(
                BreakerMoved(
                    target: entry.target,
                    state: transition.state,
                    until: transition.until,
                    generation: transition.generation,
                    openings: transition.openings,
                    reason: reason ?? entry.breaker.sentence(for: transition),
                    by: by
                )
            ),
            now,
            &step
        )
    }

    /// Whether something else would still take what a target is asked, so that it can be left out
    /// only because others do better.
    ///
    /// Like the outlier detection of Envoy: a share of slow or failed calls is a comparison, and
    /// the last worker that offers a capability has nothing to be compared with. Keeping its calls
    /// away would turn a bad service into none. A number of failures opens it all the same.
    private func hasOther(than target: BreakerTarget) -> Bool {
        switch target {
        case .workflow: true
        case .tool(let capability, let worker): hasOther(than: worker, offering: capability)
        case .agent(let worker):
            workerSlots[worker].map { slot in
                workers[slot].tools.allSatisfy { tool in
                    guard case .tool(let capability, _) = breakers[tool].target else { return true }
                    return hasOther(than: worker, offering: capability)
                }
            } ?? true
        }
    }

    private func hasOther(than worker: WorkerID, offering capability: String) -> Bool {
        workers.contains { other in
            guard other.id != worker, !other.isRetired,
                other.phase == .ready || other.phase == .suspect, breakers[other.breaker].isClosed
            else { return false }
            return other.tools.contains { tool in
                guard case .tool(capability, _) = breakers[tool].target else { return false }
                return breakers[tool].isClosed
            }
        }
    }

    /// What keeps a run of a workflow from starting; nil when it may.
    func refusal(of workflow: String, _ now: Instant) -> Failure? {
        guard let position = breakers.position(of: .workflow(workflow)),
            !breakers.admits(position, at: now)
        else { return nil }
        let breaker = breakers[position].breaker
        let reason: String
        switch breaker.state {
        case .forcedOpen: reason = "an operator opened it"
        case .halfOpen: reason = "a trial run is under way, and decides"
        case .open, .closed, .disabled:
            let left = breaker.until.map { $0 - now } ?? .zero
            let seconds = Duration.seconds((left.wholeMilliseconds + 999) / 1000)
            reason =
                "too many of its runs failed, and the next is tried in \(seconds.configurationText)"
        }
        return Failure(
            .breakerOpen,
            "the circuit breaker of workflow \"\(workflow)\" is open: \(reason)",
            retryable: breaker.state != .forcedOpen,
            retryAfter: breaker.until.map { $0 - now }
        )
    }

    /// Makes the breaker of a workflow half open when its wait is over and a run is submitted.
    mutating func openTrial(of workflow: String, _ now: Instant, _ step: inout Step) {
        guard let position = breakers.position(of: .workflow(workflow)) else { return }
        _ = claimProbe(position, now, &step)
    }

    mutating func command(_ order: BreakerOrder, _ now: Instant, _ step: inout Step) {
        let problem = breakerProblem(order.target)
        step.effects.append(.answered(token: order.token, problem: problem))
        guard problem == nil else { return }
        let breaker =
            breakers.position(of: order.target).map { breakers[$0].breaker }
            ?? CircuitBreaker(CircuitBreaker.Settings(policy(of: order.target)))
        let state: BreakerState
        switch order.command {
        case .open where breaker.state == .forcedOpen, .close where breaker.state == .closed:
            return
        case .open: state = .forcedOpen
        case .close, .reset: state = .closed
        }
        let transition = breaker.transition(to: state, .operator)
        let move = BreakerMoved(
            target: order.target,
            state: state,
            until: nil,
            generation: transition.generation,
            openings: 0,
            reason: order.reason,
            by: order.by
        )
        emit(.breakerMoved(move), now, &step)
    }

    private func breakerProblem(_ target: BreakerTarget) -> Failure? {
        guard breakers.position(of: target) == nil else { return nil }
        switch target {
        case .workflow where plan != nil: return nil
        case .workflow: return Failure(.unavailable, "the swarm has no topology yet")
        case .agent(let worker): return Failure(.notFound, "there is no worker \(worker)")
        case .tool(let capability, let worker):
            guard workerSlots[worker] != nil else {
                return Failure(.notFound, "there is no worker \(worker)")
            }
            return Failure(.notFound, "\(worker) does not offer \"\(capability)\"")
        }
    }

    // MARK: Applying

    /// The policy of a breaker, from the topology, and from what the contract or the agent says.
    private func policy(of target: BreakerTarget) -> CircuitBreakerPolicy {
        let defaults = plan?.topology.circuitBreakers ?? CircuitBreakerDefaults()
        switch target {
        case .workflow: return defaults.policy(for: .workflow, nearest: nil)
        case .agent(let worker):
            let agent = plan?.agent(named: worker.agent)
            return defaults.policy(for: .agent, nearest: agent?.configuration.circuitBreaker)
        case .tool(let capability, let worker):
            let contract = plan?.agent(named: worker.agent)?.manifest.capability(named: capability)
            return defaults.policy(for: .tool, nearest: contract?.circuitBreaker)
        }
    }

    /// Gives every worker of the topology its breakers, and those it had their new settings.
    mutating func placeBreakers() {
        for slot in workers.indices where !workers[slot].isRetired {
            let id = workers[slot].id
            workers[slot].breaker = breakers.place(.agent(id), policy(of: .agent(id)))
            let manifest = plan?.agents[workers[slot].agent].manifest
            workers[slot].tools = (manifest?.capabilities ?? []).map { contract in
                let target = BreakerTarget.tool(capability: contract.name, worker: id)
                return breakers.place(target, policy(of: target))
            }
        }
    }

    mutating func applyMoved(_ move: BreakerMoved, at time: Instant) {
        let position =
            breakers.position(of: move.target)
            ?? breakers.place(move.target, policy(of: move.target))
        breakers.follow(
            CircuitBreaker.Transition(
                state: move.state,
                cause: .operator,
                generation: move.generation,
                until: move.until,
                openings: move.openings
            ),
            at: position
        )
        clock.note(move.until)
    }

    /// The permits of a call that goes to a worker, under both of its breakers.
    mutating func takePermits(
        of dispatch: SubtaskDispatched,
        tool: Int,
        worker: Int,
        at time: Instant
    ) -> Lease.Permits {
        func take(_ position: Int) -> CircuitBreaker.Permit {
            let isProbe =
                !dispatch.probes.isEmpty
                && dispatch.probes.contains { $0.target == breakers[position].target }
            guard isProbe else { return breakers.permit(position) }
            let limit = breakers[position].breaker.settings.probeTimeout
            let deadline = limit.map { min(time + $0, dispatch.deadline) } ?? dispatch.deadline
            clock.note(deadline)
            return breakers.probe(position, until: deadline)
        }
        return Lease.Permits(tool: tool, ofTool: take(tool), ofAgent: take(workers[worker].breaker))
    }

    /// Frees the trial permits of a call that waits for one of its own.
    ///
    /// That one may need the same breaker, and would wait for its caller's trial while that waits
    /// for it. Whatever the caller says in the end is stale.
    mutating func returnProbes(of lease: Lease, at worker: Int, _ time: Instant) {
        guard let permits = lease.permits else { return }
        for (permit, position) in [
            (permits.ofTool, permits.tool), (permits.ofAgent, workers[worker].breaker),
        ] where permit.probe > 0 {
            breakers.count(.ignored, of: permit, position, took: .zero, at: time)
        }
    }

    /// Counts how a call ended at the breakers of its worker.
    mutating func count(
        _ outcome: CircuitBreaker.Outcome,
        of lease: Lease,
        at worker: Int,
        isLoss: Bool = false,
        _ time: Instant
    ) {
        guard let permits = lease.permits else { return }
        let duration = time - lease.dispatched
        breakers.count(
            outcome,
            of: permits.ofTool,
            permits.tool,
            took: duration,
            isLoss: isLoss,
            at: time
        )
        breakers.count(
            outcome,
            of: permits.ofAgent,
            workers[worker].breaker,
            took: duration,
            isLoss: isLoss,
            at: time
        )
    }

    /// Counts an attempt that ended without a result that counts.
    mutating func count(_ end: AttemptEnded, at time: Instant) {
        guard let number = end.lease, let worker = end.worker,
            let (slot, position) = find(number, of: worker)
        else { return }
        chargeRetry(end, under: workers[slot].leases[position])
        count(
            end.isFault ? .failed : .ignored,
            of: workers[slot].leases[position],
            at: slot,
            isLoss: end.failure.kind == .workerLost,
            time
        )
    }

    /// The permit of a run under the breaker of its workflow, which is made if there is none.
    mutating func takePermit(of workflow: Workflow, until deadline: Instant?, at time: Instant)
        -> CircuitBreaker.Permit
    {
        let defaults = plan?.topology.circuitBreakers ?? CircuitBreakerDefaults()
        let policy = defaults.policy(for: .workflow, nearest: workflow.circuitBreaker)
        let position = breakers.place(.workflow(workflow.name), policy)
        guard breakers[position].breaker.state == .halfOpen else {
            return breakers.permit(position)
        }
        let limit = breakers[position].breaker.settings.probeTimeout.map { time + $0 }
        let end = limit ?? deadline ?? time + .seconds(3600)
        clock.note(end)
        return breakers.probe(position, until: end)
    }

    /// Counts how a run ended at the breaker of its workflow.
    mutating func count(_ finished: RunFinished, at time: Instant) {
        let slot = liveSlot(of: finished.run)
        let name = workflows[runs.slots[slot].workflow].workflow.name
        guard let permit = runs.slots[slot].permit,
            let position = breakers.position(of: .workflow(name))
        else { return }
        let outcome: CircuitBreaker.Outcome
        switch finished.failure {
        case nil where finished.outcome == .succeeded: outcome = .succeeded
        case let failure? where failure.kind.countsAgainstWorkflow: outcome = .failed
        default: outcome = .ignored
        }
        breakers.count(
            outcome,
            of: permit,
            position,
            took: time - runs.slots[slot].submitted,
            at: time
        )
    }
}

extension CircuitBreaker {
    /// What moved it, for a person.
    func sentence(for transition: Transition) -> String {
        let tally = tally
        let window: String
        switch settings.window {
        case .calls(let count): window = "the last \(count) calls"
        case .seconds(let count): window = Duration.seconds(count).configurationText
        }
        let wait = settings.wait(ofOpening: transition.openings).configurationText
        let calls = tally.calls == 1 ? "1 call" : "\(tally.calls) calls"
        switch transition.cause {
        case .failureCount: return "\(tally.failures) failures in \(window); a trial in \(wait)"
        case .failureRate:
            return "\(tally.failures) of \(calls) failed in \(window); a trial in \(wait)"
        case .slowRate:
            return "\(tally.slow) of \(calls) were slow in \(window); a trial in \(wait)"
        case .probesFailed: return "a trial failed; the next in \(wait)"
        case .probesSlow: return "a trial was too slow; the next in \(wait)"
        case .probesPassed:
            return settings.probes == 1 ? "the trial went well" : "the trials went well"
        case .waitEnded:
            return settings.probes == 1
                ? "its wait is over: one trial call may pass"
                : "its wait is over: \(settings.probes) trial calls may pass"
        case .operator: return "an operator wants it so"
        }
    }
}

extension CircuitBreaker.Transition.Cause {
    /// Whether it compares, rather than counts to a limit.
    var isRelative: Bool { self == .failureRate || self == .slowRate }
}
