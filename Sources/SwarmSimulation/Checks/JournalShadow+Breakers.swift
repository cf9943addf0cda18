import SwarmCore
import SwarmModel

// Circuit breakers, as the records tell of them: what was counted, and what may follow from it.

extension JournalShadow {
    /// A circuit breaker.
    struct Breaker {
        var state = BreakerState.closed
        var generation: UInt64 = 1
        /// While open, when a trial call may pass.
        var until: Instant?
        /// How often it opened in a row.
        var openings = 0
        /// When trial calls under way count as failed.
        var probes: [Instant] = []
        /// Of this generation: trial calls that succeeded, and calls that failed.
        var passed = 0
        var failures = 0
        /// When calls failed of which their workers, or their deadlines, said so.
        var moments: [Instant] = []
    }

    /// The policy a breaker goes by.
    func policy(of target: BreakerTarget) -> CircuitBreakerPolicy {
        let defaults = plan?.topology.circuitBreakers ?? CircuitBreakerDefaults()
        switch target {
        case .tool(let capability, let worker):
            let manifest = plan?.agent(named: worker.agent)?.manifest
            let contract = manifest?.capability(named: capability)
            return defaults.policy(for: .tool, nearest: contract?.circuitBreaker)
        case .agent(let worker):
            let own = plan?.agent(named: worker.agent)?.configuration.circuitBreaker
            return defaults.policy(for: .agent, nearest: own)
        case .workflow: return defaults.workflow
        }
    }

    private func targets(_ worker: Int, _ capability: Int) -> (BreakerTarget, BreakerTarget) {
        let id = scenario.workers[worker]
        let name = scenario.capabilities[capability].name
        return (.tool(capability: name, worker: id), .agent(id))
    }

    /// The generations a call to a worker counts in.
    func generations(_ worker: Int, _ capability: Int) -> (tool: UInt64, agent: UInt64) {
        guard !breakers.isEmpty else { return (1, 1) }
        let (tool, agent) = targets(worker, capability)
        return (breakers[tool]?.generation ?? 1, breakers[agent]?.generation ?? 1)
    }

    /// When a trial call that begins now counts as failed.
    func probeDeadline(
        of target: BreakerTarget,
        _ now: Instant,
        _ deadline: Instant
    ) -> Instant {
        policy(of: target).probeTimeout.map { min(now + $0, deadline) } ?? deadline
    }

    /// An open breaker lets nothing through, a half-open one only its trial calls.
    mutating func judgeBreakers(
        _ dispatch: SubtaskDispatched,
        _ worker: Int,
        _ capability: Int
    ) -> Broken? {
        let targets = [
            BreakerTarget.tool(
                capability: scenario.capabilities[capability].name,
                worker: dispatch.worker
            ), .agent(dispatch.worker),
        ]
        for target in targets {
            guard let breaker = breakers[target], breaker.state != .closed else { continue }
            let probe = dispatch.probes.first { $0.target == target }
            switch breaker.state {
            case .closed, .disabled: break
            case .open, .forcedOpen:
                return broken(
                    "I9",
                    "\(dispatch.subtask) passes the breaker of \(target), which is open"
                )
            case .halfOpen:
                guard let probe, probe.generation == breaker.generation else {
                    return broken("I9", "\(dispatch.subtask) passes \(target) without a permit")
                }
                guard
                    breaker.probes.count + breaker.passed + breaker.failures
                        < policy(of: target).halfOpenCalls
                else {
                    return broken("I9", "\(target) has more trial calls than it may")
                }
                let due = probeDeadline(of: target, moment, dispatch.deadline)
                breakers[target]?.probes.append(due)
            }
        }
        return nil
    }

    /// Counts how a call ended at the breakers of its worker; what began before they moved, or
    /// was overdue, counts nowhere.
    mutating func count(
        _ lease: LeaseID,
        isFailure: Bool,
        isLoss: Bool = false,
        isIgnored: Bool = false,
        at time: Instant
    ) {
        let position = Int(lease.number) - 1
        let held = leases[position]
        guard !held.isCounted else { return }
        leases[position].isCounted = true
        // Nearly every call is a success that is no trial.
        guard isFailure || !held.probes.isEmpty else { return }
        let (tool, agent) = targets(Int(held.worker), Int(held.capability))
        for (target, generation) in [
            (tool, held.generations.tool), (agent, held.generations.agent),
        ] {
            var breaker = breakers[target] ?? Breaker()
            let isProbe = held.probes.contains(target)
            if isProbe {
                // It was given after its breaker had become half open, by the same step.
                guard breaker.state == .halfOpen else { continue }
                let due = probeDeadline(of: target, held.dispatched, held.deadline)
                guard let place = breaker.probes.firstIndex(of: due) else { continue }
                // Overdue trials have failed already, whatever they say now.
                guard due > time else { continue }
                breaker.probes.remove(at: place)
                if !isIgnored, !isFailure { breaker.passed += 1 }
            } else if breaker.generation != generation || breaker.state != .closed {
                continue
            }
            if isFailure {
                breaker.failures += 1
                if !isLoss { breaker.moments.append(time) }
                counted.append(target)
            }
            breakers[target] = breaker
        }
    }

    /// Who waits for a call of its own is no trial any more, unless it is overdue already.
    mutating func returnProbes(of position: Int) {
        let held = leases[position]
        leases[position].probes = []
        for target in held.probes {
            let due = probeDeadline(of: target, held.dispatched, held.deadline)
            guard due > moment, let place = breakers[target]?.probes.firstIndex(of: due)
            else { continue }
            breakers[target]?.probes.remove(at: place)
        }
    }

    /// Holds a move to what was counted.
    mutating func breakerMoved(_ moved: BreakerMoved, at time: Instant) -> Broken? {
        let old = breakers[moved.target] ?? Breaker()
        breakers[moved.target] = Breaker(
            state: moved.state,
            generation: moved.generation,
            until: moved.until,
            openings: moved.state == .closed
                ? 0 : old.openings + (moved.state == .open ? 1 : 0)
        )
        if case .workflow = moved.target { return nil }
        func wrong(_ why: String) -> Broken {
            broken("I9", "the breaker of \(moved.target) is \(moved.state) now, but \(why)")
        }
        guard moved.generation > old.generation else { return wrong("its generation is old") }
        let policy = policy(of: moved.target)
        let hasRates = policy.errorRate != nil || policy.slowRate != nil
        switch (old.state, moved.state) {
        case (.closed, .open):
            guard hasRates || old.failures >= policy.errorThreshold else {
                return wrong("only \(old.failures) of \(policy.errorThreshold) calls failed")
            }
        case (.open, .halfOpen):
            guard old.until.map({ $0 <= time }) ?? false else { return wrong("it has to wait") }
        case (.halfOpen, .open):
            guard hasRates || old.failures > 0 || old.probes.contains(where: { $0 <= time }) else {
                return wrong("no trial call has failed")
            }
        case (.halfOpen, .closed):
            guard hasRates || old.passed >= policy.halfOpenCalls else {
                return wrong("\(old.passed) of \(policy.halfOpenCalls) trial calls passed")
            }
        default: return wrong("it was \(old.state)")
        }
        guard moved.state == .open else { return nil }
        let longest = max(policy.maxRecoveryTimeout, policy.recoveryTimeout)
        var wait = policy.recoveryTimeout
        for _ in 0..<min(old.openings, 64) where wait < longest { wait = wait * policy.backoff }
        // To the microsecond, but for how fractions are rounded.
        wait = min(wait, longest) - .microseconds(64)
        guard let until = moved.until, until - time >= wait,
            until - time <= longest
        else { return wrong("the wait is not what its policy says") }
        return nil
    }

    /// What must hold at rest: whatever has failed too often is open, and no trial goes on for
    /// ever.
    mutating func checkBreakers(at time: Instant) -> Broken? {
        defer { counted.removeAll(keepingCapacity: true) }
        for target in counted {
            let policy = policy(of: target)
            guard let breaker = breakers[target], breaker.state == .closed, policy.isEnabled
            else { continue }
            // Its window is of whole seconds, so the last of them may not be whole.
            let recent = breaker.moments.count { time - $0 < policy.window - .seconds(1) }
            guard recent < policy.errorThreshold else {
                return broken("I9", "\(target) failed \(recent) times and its breaker is closed")
            }
        }
        for (target, breaker) in breakers where breaker.state == .halfOpen {
            // It is decided when all its trial calls have reported or are overdue.
            let overdue = breaker.probes.count { isLate($0, at: time) }
            if overdue > 0,
                overdue + breaker.passed + breaker.failures >= policy(of: target).halfOpenCalls
            {
                return broken("I9", "\(target) is half open, and all its trial calls are overdue")
            }
        }
        return nil
    }
}
