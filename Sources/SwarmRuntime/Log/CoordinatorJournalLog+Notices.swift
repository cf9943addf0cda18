import SwarmCore
public import SwarmModel

extension CoordinatorJournalLog {
    /// Logs what is no record.
    public func noticed(_ notice: CoordinatorNotice, at time: Instant) {
        switch notice {
        case .violation(let worker, let code, let message):
            file.append(
                LogRecord(
                    .protocolViolated,
                    at: time,
                    worker: worker,
                    message: "\(message); the message was dropped",
                    fields: ["code": .string(code)]
                )
            )
        case .challenged(let verb):
            file.append(
                LogRecord(
                    .sessionChallenged,
                    at: time,
                    message: "\(verb) from a peer without a session; told to say HELLO"
                )
            )
        case .refused(let instance, let code, let reason):
            file.append(
                LogRecord(
                    .workerRefused,
                    at: time,
                    worker: WorkerID(instance),
                    message: reason,
                    fields: ["code": .string(code)]
                )
            )
        case .expelled(let worker, let violations):
            file.append(
                LogRecord(
                    .protocolViolated,
                    at: time,
                    level: .error,
                    worker: worker,
                    message: "\(violations) violations in one session; its process is killed"
                )
            )
        case .suppressed(let kind, let count, let duration):
            file.append(CoordinatorJournalLog.line(of: kind, more: count, in: duration, at: time))
        case .stateFolderVanished:
            file.append(
                LogRecord(
                    .stateDeleted,
                    at: time,
                    message: "nothing that happens now would be kept; the coordinator ends at once",
                    action: "`swarm up` starts anew; a state directory of a running swarm must stay"
                )
            )
        case .overslept(let duration):
            file.append(
                LogRecord(
                    .loopLagged,
                    at: time,
                    message: "the coordinator did not run for \(duration.configurationText); "
                        + "silence of workers in that time counts for nothing"
                )
            )
        case .processEnded(let worker, _, let status, let stderr):
            guard !stderr.isEmpty, status != .exited(0) else { return }
            file.append(
                LogRecord(
                    .workerExited,
                    at: time,
                    worker: worker,
                    message: "\(status); the last it wrote to stderr is attached",
                    fields: ["stderr": .string(String(decoding: stderr, as: UTF8.self))]
                )
            )
        case .undeliverable(let worker, let verb, let reason):
            file.append(
                LogRecord(
                    .messageUndelivered,
                    at: time,
                    worker: worker,
                    message: "\(verb): \(reason)"
                )
            )
        case .journalFailed(let reason, let hint):
            file.append(
                LogRecord(
                    .journalFailed,
                    at: time,
                    message: "\(reason); nothing more is acknowledged and the coordinator ends",
                    action: hint
                )
            )
        case .progress: break
        }
    }
}

extension CoordinatorJournalLog {
    /// The line for complaints that were counted and not told one by one.
    static func line(
        of kind: Complaint,
        more count: Int,
        in duration: Duration,
        at time: Instant
    ) -> LogRecord {
        let (event, code): (LogEvent, String?) =
            switch kind {
            case .violation(let code): (.protocolViolated, code)
            case .refusal(let code): (.workerRefused, code)
            case .challenge: (.sessionChallenged, nil)
            }
        var fields: JSONObject = ["suppressed": .integer(Int64(count))]
        fields["code"] = code.map { .string($0) }
        return LogRecord(
            event,
            at: time,
            message: "\(count) more\(code.map { " of the kind \($0)" } ?? "") within "
                + duration.configurationText,
            fields: fields
        )
    }
}
