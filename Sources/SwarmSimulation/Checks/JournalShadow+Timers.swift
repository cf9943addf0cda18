import SwarmCore
import SwarmModel

// Timers: none is lost. That none is early is seen where its record is.

extension JournalShadow {
    /// How late the coordinator may be when nothing keeps it from running: what asks to be woken is
    /// an effect, and so waits for a commit or two, which may stall.
    private static let tardiness = Duration.seconds(2)

    /// Whether something should have been done by now: it was due, and the coordinator ran.
    func isLate(_ due: Instant, at time: Instant) -> Bool {
        time > max(due, resumed) + JournalShadow.tardiness
    }

    /// What should have ended by now.
    func checkTimers(at time: Instant) -> Broken? {
        for (position, run) in runs.enumerated() where run.state == .live {
            if let deadline = run.deadline, isLate(deadline, at: time) {
                return broken(
                    "I23",
                    "r_\(position + 1) goes on after its deadline",
                    UInt64(position) + 1
                )
            }
        }
        for (position, worker) in workers.enumerated() where worker.phase == .lost {
            let id = scenario.workers[position]
            let shutdown = plan?.agent(named: id.agent)?.configuration.shutdown
            if let shutdown, isLate(worker.since + shutdown.grace, at: time) {
                return broken("I23", "\(id) is lost, and nobody ends its process")
            }
        }
        return nil
    }
}
