import SwarmCore
import SwarmModel

// What goes wrong by itself, and how it heals.

extension Simulation {
    /// One of the faults that come from outside, and the next one in a while.
    mutating func strike() {
        guard !isCalm else { return }
        guard scenario.user == nil else { return strikeUserSwarm() }
        after(outside.spread(1...(2 * faults.interval)), .fault)
        if outside.perMille(150), coordinator.isUp, !coordinator.isFrozen {
            answerQuestions()
            endTurn()
        }
        let sudden: [FaultKind] = [
            .kill, .stop, .disconnect, .partition, .crash, .freeze, .reload, .halt, .cancel,
        ]
        let kind = sudden[outside.below(sudden.count)]
        let victim = outside.below(max(processes.count, 1))
        let length = outside.spread(5_000...20_000_000)
        let share = outside.below(1000)
        guard faults.kinds.contains(kind) else { return }
        strike(kind, victim: victim, length: length, share: share)
    }

    /// One fault from outside, of this kind.
    mutating func strike(_ kind: FaultKind, victim: Int, length: Int64, share: Int) {
        guard !processes.isEmpty else { return }
        // The younger a process, the more likely it lives.
        let process = processes[victim].isAlive ? victim : processes.count - 1
        switch kind {
        case .kill: die(process, .signalled(share < 500 ? 9 : 6))
        case .stop:
            guard processes[process].isAlive, !processes[process].isStopped else { return }
            trace?.note("process \(processes[process].pid) stops", at: now)
            processes[process].isStopped = true
            after(length, .resume(process: Int32(process)))
        case .disconnect: disconnect(process)
        case .partition:
            processes[process].cutUntil = now + min(length, 8_000_000)
            processes[process].cutsOutbound = share < 500
        case .crash: crash(keepsTransaction: share < 500)
        case .freeze: freeze(min(length, 9_000_000))
        case .reload:
            guard coordinator.isUp, !coordinator.isFrozen, share < 400 else { return }
            coordinator.usesOtherPlan.toggle()
            input(.configured(plan))
            endTurn()
        case .halt:
            guard coordinator.isUp, !coordinator.isFrozen, share < 200 else { return }
            input(.stopRequested(drain: share < 120))
            endTurn()
        case .cancel: cancelRun(UInt64(share % max(shadow.runs.count, 1)) + 1)
        default: break
        }
    }

    /// The coordinator does not run for a while; what arrives waits.
    private mutating func freeze(_ length: Int64) {
        guard coordinator.isUp, !coordinator.isFrozen, !store.isWriting else { return }
        coordinator.isFrozen = true
        after(length, .resumeCoordinator(life: coordinator.life))
    }

    /// Faults end: from here on everything must come to its end.
    mutating func calm() {
        trace?.note("everything heals", at: now)
        isCalm = true
        for process in processes.indices where processes[process].isAlive {
            processes[process].cutUntil = 0
            if processes[process].isStopped { resumeProcess(process) }
        }
        if coordinator.isFrozen { after(0, .resumeCoordinator(life: coordinator.life)) }
        if scenario.user == nil { attend() }
    }

    /// Operators look after the swarm: they put quarantined workers back, and look again.
    mutating func attend() {
        if now > scenario.calmAfter + scenario.patience {
            return fail(
                "I20",
                "\(shadow.liveRuns) runs have not ended \(scenario.patience / 1_000_000) s after "
                    + "everything healed; " + shadow.standing,
                run: shadow.runs.firstIndex { $0.state != .finished }.map { UInt64($0) + 1 }
            )
        }
        after(5_000_000, .attend)
        guard coordinator.isUp, !coordinator.isFrozen else { return }
        for view in coordinator.swarm.workerViews where view.phase == .quarantined {
            input(.released(view.id))
        }
        answerQuestions()
        endTurn()
    }

    /// Operators look into the world, and say what they see.
    mutating func answerQuestions() {
        for question in shadow.questions {
            let subtask = shadow.runs[Int(question.run) - 1].subtasks[question.place]
            let entry = world.entry(run: question.run, index: subtask.index)
            let stands = entry.stands
            var decision: Decision =
                switch question.doubt {
                case .unknownOutcome: stands ? .happened : .didNotHappen
                case .failed:
                    outside.pick(stands ? [.skip, .undo, .abort] : [.retry, .skip, .undo, .abort])
                }
            if question.doubt == .unknownOutcome, stands, outside.perMille(200) {
                decision = outside.pick([.undo, .abort])
            }
            // Every other one also sees what it returned.
            var seen: [UInt8] = []
            if decision == .happened, (question.run + UInt64(subtask.index)).isMultiple(of: 2) {
                shadow.writeResult(
                    run: question.run,
                    index: subtask.index,
                    lease: entry.lease,
                    to: &seen
                )
            }
            decide(question, decision, seeing: seen, by: "operator")
        }
        for run in shadow.runs.indices where shadow.runs[run].isParked {
            resumeUndoing(run, accepts: outside.perMille(isCalm ? 300 : 50), by: "operator")
        }
    }

    /// Answers a question with what a person has seen.
    mutating func decide(
        _ question: JournalShadow.Question,
        _ decision: Decision,
        seeing result: [UInt8] = [],
        by person: String
    ) {
        lastToken += 1
        input(
            .decisionMade(
                DecisionMade(
                    token: lastToken,
                    run: RunID(question.run),
                    label: question.label,
                    decision: decision,
                    result: result.isEmpty ? nil : .inline(result),
                    reason: "seen",
                    by: person
                )
            )
        )
    }

    /// Has the undoing of a run go on that has stopped, at a place in the list of runs.
    mutating func resumeUndoing(_ run: Int, accepts: Bool, by person: String) {
        lastToken += 1
        input(
            .compensateRequested(
                CompensateRequest(
                    token: lastToken,
                    run: RunID(UInt64(run) + 1),
                    accepts: accepts,
                    reason: "mended",
                    by: person
                )
            )
        )
    }

    /// Whether a worker keeps what it has reported long ago, for want of an answer.
    private mutating func checkAnswers() {
        for session in coordinator.sessions {
            guard let session, session.state == .ready else { continue }
            let process = processes[Int(session.process)]
            guard process.isAlive, process.phase == .ready,
                process.connection == session.connection
            else { continue }
            for place in process.lively {
                let held = process.handlers[place]
                guard !held.isForgotten, held.report != nil, held.endedAt < now - 60_000_000
                else { continue }
                let worker = scenario.workers[process.worker]
                return fail("I3", "\(worker) has reported L\(held.lease), and nobody answers")
            }
        }
    }

    mutating func checkEnd() {
        // A message that nobody knows to be lost is not sent again as long as the connection lives.
        if !faults.kinds.contains(.loss) { checkAnswers() }
        if let broken = shadow.checkEnd(coordinator.swarm.semaphoreViews) {
            fail(broken.invariant, broken.message, run: broken.run)
        }
    }
}
