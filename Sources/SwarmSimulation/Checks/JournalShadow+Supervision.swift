import SwarmCore
import SwarmModel

// When workers may be started and restarted, and the order in which subtasks wait for them.

extension JournalShadow {
    /// A worker is started when what it depends on is there.
    func judgeStart(_ worker: WorkerID, _ position: Int) -> Broken? {
        guard workers[position].phase == .stopped else { return nil }
        for dependency in plan?.agent(named: worker.agent)?.configuration.dependsOn ?? [] {
            guard dependency.condition == .ready || dependency.condition == .healthy else {
                continue
            }
            for other in workers.indices where !workers[other].isRetired {
                guard scenario.workers[other].agent == dependency.agent,
                    workers[other].phase != .ready
                else { continue }
                return broken(
                    "I18",
                    "\(worker) is started before \(scenario.workers[other]) is ready"
                )
            }
        }
        return nil
    }

    /// A worker that ended is restarted only when its policy says so, and not before its backoff.
    func judgeRestart(_ exit: WorkerExited, at time: Instant) -> Broken? {
        guard let restart = plan?.agent(named: exit.worker.agent)?.configuration.restart,
            let restartAt = exit.restartAt
        else { return nil }
        guard restart.policy != .never else {
            return broken("I18", "\(exit.worker) is restarted, and its policy is never")
        }
        let backoff = restart.backoff
        let plain = min(backoff.initial, backoff.maximum)
        let shortest = plain * (1 - backoff.jitter) - .milliseconds(1)
        guard restartAt - time < shortest || restartAt - time > backoff.maximum else { return nil }
        return broken(
            "I18",
            "\(exit.worker) is restarted after \(restartAt - time), and its backoff is "
                + "\(backoff.initial) to \(backoff.maximum)"
        )
    }

    /// What a priority has grown to: one more for each ten seconds, and the largest but that of
    /// undoing after five minutes.
    static func rank(_ priority: Int, after waited: Duration) -> Int {
        guard priority < 1_000_000, waited >= .seconds(10) else { return priority }
        guard waited < .seconds(300) else { return 1_000_000 }
        return min(priority + Int(waited / .seconds(10)), 999_999)
    }
}
