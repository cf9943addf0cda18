import SwarmCore
import SwarmModel

// The life of a swarm that a user described.

extension Simulation {
    /// Notes that a fault struck, for a report.
    mutating func struck(_ kind: FaultKind) { log?.struck(kind) }

    /// Notes what a handler will do wrong.
    mutating func noteFaults(in behaviour: Behaviour) {
        guard log != nil else { return }
        if behaviour.isSlow { struck(.slow) }
        switch behaviour.ending {
        case .succeed: break
        case .fail(let failure):
            let isFinal = failure.retryable == false && failure.message == "refused"
            struck(isFinal ? .refuse : .fail)
        case .invalid: struck(.invalid)
        case .hang: struck(.hang)
        case .quit: struck(.quit)
        case .giveBack: struck(.giveback)
        }
    }

    /// Runs that wait for somebody who does not come, once nothing else happens in them.
    var unattendedRuns: Int {
        guard let user = scenario.user, user.operators == .absent, isCalm else { return 0 }
        return waitingRuns.count
    }

    /// The runs that only a person can help, by position.
    var waitingRuns: [Int] {
        shadow.runs.indices.filter { run in
            guard shadow.runs[run].state != .finished, shadow.runs[run].running == 0 else {
                return false
            }
            return shadow.runs[run].isParked
                || shadow.questions.contains { $0.run == UInt64(run) + 1 }
        }
    }

    /// One of the faults that were asked for.
    mutating func strikeUserSwarm() {
        guard let user = scenario.user, !user.sudden.isEmpty else { return }
        let kind = outside.pick(user.sudden)
        let living = processes.indices.filter { processes[$0].isAlive }
        let victim = living.isEmpty ? 0 : outside.pick(living)
        let length = outside.spread(5_000...20_000_000)
        let share = outside.below(1000)
        switch kind {
        case .kill, .stop, .disconnect, .partition:
            guard !living.isEmpty else { return }
        default: guard coordinator.isUp, !coordinator.isFrozen else { return }
        }
        struck(kind)
        strike(kind, victim: victim, length: length, share: share)
    }

    /// Somebody looks after the swarm, or nobody does.
    mutating func attendUserSwarm() {
        guard let user = scenario.user else { return }
        if isCalm, now > scenario.calmAfter + user.patience {
            guard user.operators == .answers else {
                log?.isStuck = true
                return
            }
            return fail(
                "I20",
                "\(shadow.liveRuns) runs have not ended \(user.patience / 1_000_000) s after "
                    + "everything healed; " + shadow.standing,
                run: shadow.runs.firstIndex { $0.state != .finished }.map { UInt64($0) + 1 }
            )
        }
        after(user.visits, .attend)
        guard user.operators == .answers, coordinator.isUp, !coordinator.isFrozen else { return }
        for view in coordinator.swarm.workerViews where view.phase == .quarantined {
            log?.releases += 1
            input(.released(view.id))
        }
        answerUserSwarm()
        endTurn()
    }

    /// Says what is true of a call in doubt; has what failed tried again, and in the end undone.
    private mutating func answerUserSwarm() {
        for question in shadow.questions {
            let run = Int(question.run) - 1
            let subtask = shadow.runs[run].subtasks[question.place]
            let decision: Decision
            switch question.doubt {
            case .unknownOutcome: decision = happened(subtask, in: run) ? .happened : .didNotHappen
            case .failed:
                decision = subtask.granted < 3 && !happened(subtask, in: run) ? .retry : .undo
            }
            decide(question, decision, by: LifeLog.person)
        }
        for run in shadow.runs.indices where shadow.runs[run].isParked {
            log?.compensations += 1
            // Whoever has tried long enough accepts what stands.
            let accepts = isCalm && now > scenario.calmAfter + 300_000_000
            resumeUndoing(run, accepts: accepts, by: LifeLog.person)
        }
    }

    private func happened(_ subtask: JournalShadow.Subtask, in run: Int) -> Bool {
        let number = UInt64(run) + 1
        guard case .undo(let place) = subtask.origin else {
            return world.entry(run: number, index: subtask.index).stands
        }
        let undone = shadow.runs[run].subtasks[place]
        return world.entry(run: number, index: undone.index).isUndone
    }
}
