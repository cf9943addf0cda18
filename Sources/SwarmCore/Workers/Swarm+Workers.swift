import SwarmModel

// Workers: from launch to exit, and what their silence means.

extension Swarm {
    /// Starts every worker that shall run and whose dependencies are met.
    mutating func startWorkers(_ now: Instant, _ step: inout Step) {
        guard !isStopping else { return }
        for slot in workers.indices {
            let worker = workers[slot]
            guard worker.phase == .stopped, worker.isWanted, !worker.isRetired,
                dependenciesAreMet(of: worker)
            else { continue }
            launch(slot, now, &step)
        }
    }

    mutating func launch(_ slot: Int, _ now: Instant, _ step: inout Step) {
        let incarnation = Incarnation(lastIncarnation + 1)
        emit(.workerLaunching(workers[slot].id, incarnation), now, &step)
        step.effects.append(.launch(workers[slot].id, incarnation))
    }

    private func dependenciesAreMet(of worker: Worker) -> Bool {
        worker.configuration.dependsOn.allSatisfy { dependency in
            let others = workers.filter { $0.id.agent == dependency.agent && !$0.isRetired }
            switch dependency.condition {
            case .started: return others.allSatisfy { $0.hasProcess && $0.process != nil }
            case .ready, .healthy:
                return isWhole(dependency.agent)
                    && (others.isEmpty || others.contains { $0.phase == .ready })
            case .completed: return others.allSatisfy(\.hasEnded)
            }
        }
    }

    mutating func launched(
        _ worker: WorkerID,
        _ incarnation: Incarnation,
        _ process: ProcessIdentity,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let slot = slot(of: worker), workers[slot].incarnation == incarnation,
            workers[slot].hasProcess
        else {
            return ignore(.launched, "this launch was given up", worker: worker, now, &step)
        }
        emit(.workerLaunched(worker, incarnation, process), now, &step)
        if workers[slot].phase == .stopping {
            step.effects.append(.signal(worker, incarnation, .terminate))
        }
        startWorkers(now, &step)
    }

    mutating func greet(
        _ worker: WorkerID,
        _ incarnation: Incarnation,
        _ greeting: Greeting,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let slot = slot(of: worker), workers[slot].incarnation == incarnation,
            workers[slot].hasProcess, workers[slot].phase != .stopping
        else {
            ignore(.hello, "this process was replaced or told to end", worker: worker, now, &step)
            step.effects.append(.refuse(worker, session: greeting.session, .replaced))
            return
        }
        let offered = plan?.agents[workers[slot].agent].manifest.capabilities.map(\.name) ?? []
        let missing = offered.filter { !greeting.capabilities.contains($0) }
        guard missing.isEmpty else {
            let reason =
                "its manifest promises \(missing.joined(separator: ", ")), which the process does "
                + "not offer; build it again, or correct agent.json"
            step.effects.append(
                .refuse(worker, session: greeting.session, .mismatch(reason: reason))
            )
            // It ends by itself with the status that says so, or is made to when it does not.
            return emit(
                .workerMoved(worker, to: .stopping, reason: "refused: \(reason)"),
                now,
                &step
            )
        }
        // What both hold goes on, also what was taken from it meanwhile: it is asked to stop that
        // below, and has the last word on it. What only it holds is dropped. What only we hold
        // never reached it, or is no longer with it, and certainly did not begin there; unless this
        // greeting is older than it, which is known only of those that are counted.
        let isCurrent = greeting.sequence != nil
        let known = workers[slot].leases.map { LeaseID($0.number) }
        let adopt = known.filter { greeting.resume.contains($0) }
        let drop = greeting.resume.filter { !adopt.contains($0) }
        emit(
            .workerReady(
                WorkerReady(
                    worker: worker,
                    incarnation: incarnation,
                    session: greeting.session,
                    credit: greeting.credit,
                    adopt: adopt,
                    drop: drop,
                    sequence: greeting.sequence
                )
            ),
            now,
            &step
        )
        step.effects.append(
            .welcome(worker, session: greeting.session, adopt: adopt, drop: drop)
        )
        for lease in workers[slot].leases where !adopt.contains(LeaseID(lease.number)) {
            if !isLive(lease, of: slot) {
                guard isCurrent else { continue }
                letGo(lease, of: worker, .didNothing, now, &step)
            } else {
                let run = liveSlot(of: lease.run)
                let attempt = Attempt(
                    failure: Failure(.workerLost, "the worker does not hold it"),
                    evidence: isCurrent ? .notBegun : .unknown,
                    isStillHeld: !isCurrent
                )
                fail(lease, of: slot, attempt, now, &step)
                settle(run, now, &step)
            }
        }
        for lease in workers[slot].leases where lease.graceEnds != nil {
            step.effects.append(
                .cancel(
                    worker,
                    LeaseID(lease.number),
                    reason: .abandoned,
                    grace: shutdown(of: workers[slot]).grace
                )
            )
        }
        resumeCalls(of: slot, &step)
        if workers[slot].phase == .draining {
            step.effects.append(.drain(worker, within: shutdown(of: workers[slot]).drain))
        }
        leaveIfRetired(slot, now, &step)
        pauseOrResume(slot, now, &step)
        startWorkers(now, &step)
    }

    mutating func setCredit(
        _ worker: WorkerID,
        _ credit: Int,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let slot = slot(of: worker), workers[slot].credit != credit else { return }
        emit(.workerCredit(worker, credit: credit), now, &step)
    }

    mutating func silent(_ worker: WorkerID, _ now: Instant, _ step: inout Step) {
        guard let slot = slot(of: worker), workers[slot].phase == .ready else { return }
        emit(
            .workerMoved(worker, to: .suspect, reason: "it missed a heartbeat; no new work"),
            now,
            &step
        )
    }

    mutating func back(_ worker: WorkerID, _ now: Instant, _ step: inout Step) {
        guard let slot = slot(of: worker), [.suspect, .lost].contains(workers[slot].phase)
        else { return }
        emit(.workerMoved(worker, to: .ready, reason: "it was heard from again"), now, &step)
        // What was taken from it while it was away may still run there.
        for lease in workers[slot].leases where lease.isRevoked {
            step.effects.append(
                .cancel(
                    worker,
                    LeaseID(lease.number),
                    reason: .timedOut,
                    grace: shutdown(of: workers[slot]).grace
                )
            )
        }
        pauseOrResume(slot, now, &step)
        startWorkers(now, &step)
    }

    mutating func vanished(_ worker: WorkerID, _ now: Instant, _ step: inout Step) {
        guard let slot = slot(of: worker), [.ready, .suspect].contains(workers[slot].phase)
        else { return }
        lose(slot, "it missed too many heartbeats", now, &step)
    }

    /// Gives up a worker that does not answer, but not yet its process: it may only be paused.
    mutating func lose(_ slot: Int, _ reason: String, _ now: Instant, _ step: inout Step) {
        let worker = workers[slot].id
        emit(.workerMoved(worker, to: .lost, reason: reason), now, &step)
        for lease in workers[slot].leases {
            // The end of one may end others, and with them their run.
            guard isLive(lease, of: slot) else { continue }
            let run = liveSlot(of: lease.run)
            fail(
                lease,
                of: slot,
                Attempt(
                    failure: Failure(.workerLost, "\(worker) \(reason)"),
                    evidence: .unknown,
                    isStillHeld: true
                ),
                now,
                &step
            )
            settle(run, now, &step)
        }
    }

    /// Keeps work from a worker that gives back whatever it gets until it has ended.
    mutating func leaving(_ worker: WorkerID, _ now: Instant, _ step: inout Step) {
        guard let slot = slot(of: worker), [.ready, .suspect].contains(workers[slot].phase)
        else { return }
        emit(
            .workerMoved(worker, to: .draining, reason: "it is ending, and takes nothing more"),
            now,
            &step
        )
        step.effects.append(.drain(worker, within: shutdown(of: workers[slot]).drain))
    }

    mutating func farewell(_ worker: WorkerID, _ now: Instant, _ step: inout Step) {
        guard let slot = slot(of: worker), workers[slot].hasProcess else {
            return ignore(.farewell, "no process of it runs", worker: worker, now, &step)
        }
        guard workers[slot].phase != .stopping else { return }
        emit(
            .workerMoved(worker, to: .stopping, reason: "it said goodbye"),
            now,
            &step
        )
    }

    mutating func exited(
        _ worker: WorkerID,
        _ incarnation: Incarnation,
        _ status: ExitStatus,
        _ failure: Failure?,
        _ now: Instant,
        _ step: inout Step
    ) {
        guard let slot = slot(of: worker), workers[slot].incarnation == incarnation,
            workers[slot].hasProcess
        else {
            return ignore(.exited, "an earlier process of it", worker: worker, now, &step)
        }
        let held = workers[slot]
        let wasAsked = isStopping || held.isRetired || !held.isWanted
        var failure = failure
        if failure == nil, status == .exited(0), !wasAsked, held.session == 0,
            !isAwaitedToComplete(held.id.agent)
        {
            // Exit 0 is an orderly end only for one that had begun.
            failure = Failure(.unavailable, "it ended without having said HELLO")
        }
        let verdict: RestartRule.Verdict
        if wasAsked {
            verdict = RestartRule.Verdict(
                phase: .stopped,
                restartAt: nil,
                reason: "it was asked to end"
            )
        } else {
            let rule = RestartRule(
                restart: held.configuration.restart,
                supervision: plan?.topology.supervision ?? SupervisionPolicy()
            )
            verdict = rule.verdict(
                on: status,
                failure: failure,
                worker: held,
                chance: Chance(seed: seed).draw(incarnation.number, UInt64(held.failures)),
                at: now
            )
        }
        // The leases first, while the worker that held them can still be looked up.
        let message = failure?.message ?? "\(worker) ended: \(status)"
        for lease in held.leases {
            if !isLive(lease, of: slot) {
                letGo(lease, of: worker, .nothingSaid, now, &step)
            } else {
                let run = liveSlot(of: lease.run)
                fail(
                    lease,
                    of: slot,
                    Attempt(failure: Failure(.workerLost, message), evidence: .unknown),
                    now,
                    &step
                )
                settle(run, now, &step)
            }
        }
        emit(
            .workerExited(
                WorkerExited(
                    worker: worker,
                    incarnation: incarnation,
                    status: status,
                    failure: failure,
                    phase: verdict.phase,
                    restartAt: verdict.restartAt,
                    reason: verdict.reason
                )
            ),
            now,
            &step
        )
        if verdict.phase == .waiting, !held.isReplaced { supervise(slot, now, &step) }
        if verdict.phase == .stopped { resume(after: slot, now, &step) }
        if verdict.phase == .quarantined,
            plan?.topology.supervision.onExceeded == .escalate
        {
            stop(drain: true, now, &step)
        }
        startWorkers(now, &step)
    }

    /// Whether another agent waits until this one has done its work and ended.
    private func isAwaitedToComplete(_ agent: String) -> Bool {
        plan?.agents.contains { other in
            other.configuration.dependsOn.contains {
                $0.agent == agent && $0.condition == .completed
            }
        } ?? false
    }

    mutating func release(_ worker: WorkerID, _ now: Instant, _ step: inout Step) {
        guard let slot = slot(of: worker), workers[slot].isReleasable, !isStopping else { return }
        emit(
            .workerMoved(worker, to: .stopped, reason: "an operator wants it back"),
            now,
            &step
        )
        startWorkers(now, &step)
    }

    /// Ends the process of a worker that leaves, once it holds nothing that still counts.
    mutating func leaveIfIdle(_ slot: Int, _ now: Instant, _ step: inout Step) {
        guard workers[slot].phase == .draining, !isStopping, workers[slot].liveLeases == 0
        else { return }
        signal(slot, .terminate, now, &step)
    }

    mutating func signal(
        _ slot: Int,
        _ signal: StopSignal,
        _ now: Instant,
        _ step: inout Step
    ) {
        let worker = workers[slot]
        emit(.workerSignalled(worker.id, worker.incarnation, signal), now, &step)
        step.effects.append(.signal(worker.id, worker.incarnation, signal))
    }
}
