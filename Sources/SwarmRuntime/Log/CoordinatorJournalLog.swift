import SwarmCore
import SwarmModel

/// Turns what the coordinator did into lines of the log.
///
/// Runs, workers and whatever went wrong are lines at `info` and above. What happens thousands of
/// times a second, such as a dispatch, is a line only when the log is kept at `debug`.
public struct CoordinatorJournalLog: CoordinatorObserver {
    let file: LogFile

    /// Writes to a log.
    public init(_ file: LogFile) { self.file = file }

    /// Logs records that became durable.
    public func committed(_ batch: CommittedBatch) {
        let isDetailed = file.keeps(.debug)
        var lines: [LogRecord] = []
        for (offset, record) in batch.records.enumerated() {
            let place = Place(time: batch.time, seq: batch.first + UInt64(offset))
            if let line = line(of: record, place, isDetailed: isDetailed) { lines.append(line) }
            if case .decided(let decided) = record, case .ask(let doubt) = decided.directive {
                lines.append(request(decided.subtask, doubt, decided.reason, place))
            }
        }
        if !lines.isEmpty { file.append(contentsOf: lines) }
    }

    struct Place {
        let time: Instant
        let seq: UInt64
    }

    private func line(of record: Record, _ place: Place, isDetailed: Bool) -> LogRecord? {
        switch record {
        case .subtaskDispatched, .subtaskStarted, .subtaskSucceeded, .leaseReleased, .workerCredit,
            .workflowRegistered, .subtaskReady:
            return isDetailed ? detail(of: record, place) : nil
        case .attemptEnded(let end): return line(of: end, place)
        case .runSubmitted, .runEnding, .runFinished, .subtaskExpanded:
            return runLine(of: record, place)
        case .workerLaunching, .workerLaunched, .workerReady, .workerMoved, .workerSignalled,
            .workerExited:
            return workerLine(of: record, place)
        case .ignored(let ignored):
            return LogRecord(
                ignored.subject == .result ? .resultIgnored : .messageIgnored,
                at: place.time,
                worker: ignored.worker,
                message: "\(ignored.subject.rawValue): \(ignored.reason)",
                fields: ignored.lease.map { ["lease": .string($0.description)] } ?? [:],
                seq: place.seq
            )
        case .opened(let epoch, _):
            return LogRecord(
                .journalOpened,
                at: place.time,
                message: "coordinator \(epoch) of this journal",
                fields: ["epoch": .integer(Int64(epoch))],
                seq: place.seq
            )
        case .configured(let plan):
            return LogRecord(
                .topologyLoaded,
                at: place.time,
                message: "\(plan.topology.name): \(plan.agents.count) agents, "
                    + "\(plan.agents.reduce(0) { $0 + $1.configuration.replicas }) workers",
                seq: place.seq
            )
        case .stopping(let drain):
            return LogRecord(
                .swarmStopping,
                at: place.time,
                message: drain
                    ? "workers finish what they hold; nothing new is handed out"
                    : "workers are ended at once",
                seq: place.seq
            )
        case .stopped:
            return LogRecord(
                .swarmStopped,
                at: place.time,
                message: "every worker has ended",
                seq: place.seq
            )
        default: return governanceLine(of: record, place, isDetailed: isDetailed)
        }
    }

    private func detail(of record: Record, _ place: Place) -> LogRecord? {
        switch record {
        case .subtaskDispatched(let dispatch):
            LogRecord(
                .subtaskDispatched,
                at: place.time,
                subtask: dispatch.subtask,
                worker: dispatch.worker,
                capability: dispatch.capability,
                message: "attempt \(dispatch.attempt) went to \(dispatch.worker)",
                fields: ["lease": .string(dispatch.lease.description)],
                seq: place.seq
            )
        case .subtaskStarted(let subtask, let lease, let worker):
            LogRecord(
                .subtaskStarted,
                at: place.time,
                subtask: subtask,
                worker: worker,
                message: "\(worker) took it up",
                fields: ["lease": .string(lease.description)],
                seq: place.seq
            )
        case .subtaskSucceeded(let success):
            LogRecord(
                .subtaskSucceeded,
                at: place.time,
                subtask: success.subtask,
                worker: success.worker,
                message: "\(success.result.size) bytes",
                fields: ["lease": .string(success.lease.description)],
                seq: place.seq
            )
        case .subtaskReady(let subtask):
            LogRecord(
                .subtaskReady,
                at: place.time,
                subtask: subtask,
                message: "its retry delay has passed",
                seq: place.seq
            )
        case .leaseReleased(let lease, let worker):
            LogRecord(
                .leaseReleased,
                at: place.time,
                worker: worker,
                message: "the worker let go of \(lease), which had been taken from it",
                seq: place.seq
            )
        case .workerCredit(let worker, let credit):
            LogRecord(
                .workerCreditChanged,
                at: place.time,
                worker: worker,
                message: "it takes \(credit) subtasks at once now",
                seq: place.seq
            )
        default: nil
        }
    }

    private func runLine(of record: Record, _ place: Place) -> LogRecord? {
        switch record {
        case .runSubmitted(let submission):
            return LogRecord(
                .runSubmitted,
                at: place.time,
                run: submission.run,
                message: "accepted",
                seq: place.seq
            )
        case .runEnding(let ending):
            return LogRecord(
                .runEnding,
                at: place.time,
                run: ending.run,
                subtask: ending.subtask?.label,
                message: "\(ending.failure.message); nothing new of it starts",
                fields: ["outcome": .string(ending.outcome.rawValue)],
                seq: place.seq
            )
        case .runFinished(let finished):
            let event: LogEvent =
                switch finished.outcome {
                case .succeeded: .runSucceeded
                case .failed: .runFailed
                case .cancelled: .runCancelled
                case .compensated: .runCompensated
                case .partiallyCompensated: .runPartiallyCompensated
                case .compensationFailed: .runLeft
                }
            return LogRecord(
                event,
                at: place.time,
                run: finished.run,
                message: (finished.failure?.message ?? "done")
                    + CoordinatorJournalLog.remains(finished.standing),
                seq: place.seq
            )
        case .subtaskExpanded(let expansion):
            return LogRecord(
                .subtaskExpanded,
                at: place.time,
                run: expansion.run,
                subtask: expansion.name,
                message: "fans out into \(expansion.count)",
                seq: place.seq
            )
        default: return nil
        }
    }

    private func workerLine(of record: Record, _ place: Place) -> LogRecord? {
        func line(
            _ event: LogEvent,
            _ worker: WorkerID,
            _ message: String,
            _ fields: JSONObject = [:]
        ) -> LogRecord {
            LogRecord(
                event,
                at: place.time,
                worker: worker,
                message: message,
                fields: fields,
                seq: place.seq
            )
        }
        switch record {
        case .workerLaunched(let worker, let incarnation, let process):
            return line(
                .workerLaunched,
                worker,
                "process \(process.pid) runs",
                [
                    "pid": .integer(Int64(process.pid)),
                    "incarnation": .integer(Int64(incarnation.number)),
                ]
            )
        case .workerReady(let ready):
            return line(
                ready.adopt.isEmpty ? .workerReady : .workerAdopted,
                ready.worker,
                "it takes \(ready.credit) subtasks at once"
                    + (ready.adopt.isEmpty ? "" : "; goes on with \(ready.adopt.count) it held")
            )
        case .workerMoved(let worker, let phase, let reason):
            let event: LogEvent? =
                switch phase {
                case .suspect: .workerSuspected
                case .lost: .workerLost
                case .ready: .workerBack
                case .draining: .workerDraining
                case .stopping: .workerDrained
                case .stopped: .workerReleased
                case .waiting, .launching, .expected, .quarantined: nil
                }
            return event.map { line($0, worker, reason) }
        case .workerSignalled(let worker, _, let signal):
            return line(.workerSignalled, worker, "told to \(signal.rawValue)")
        case .workerExited(let exit):
            let event: LogEvent =
                switch exit.phase {
                case .quarantined: .workerQuarantined
                case _ where exit.failure != nil: .workerLaunchFailed
                case .waiting: .workerRestartScheduled
                default: .workerExited
                }
            return line(
                event,
                exit.worker,
                "\(exit.failure?.message ?? exit.status.description); \(exit.reason)"
            )
        default: return nil
        }
    }
}
