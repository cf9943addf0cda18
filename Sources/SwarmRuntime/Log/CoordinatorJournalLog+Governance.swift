import SwarmCore
public import SwarmModel

// What was decided about failures, and the limits that were reached.

extension CoordinatorJournalLog {
    func line(of end: AttemptEnded, _ place: Place) -> LogRecord {
        let event: LogEvent
        let next: String
        switch end.directive {
        case .retry(let at):
            event = end.failure.kind == .leaseExpired ? .subtaskTimedOut : .subtaskRetried
            let delay = at - place.time
            next = delay > .zero ? "tried again in \(delay.configurationText)" : "tried again now"
        case .reassign:
            (event, next) = (.subtaskReassigned, "it had not begun, and goes to another worker")
        case .repair: (event, next) = (.subtaskRepaired, "another worker is asked")
        case .fallback(let call):
            (event, next) = (.subtaskReplaced, "\(call.capability) is called instead")
        case .verify: (event, next) = (.subtaskDoubted, "its tool is asked whether it happened")
        case .ask(let doubt):
            let reason = "\(end.failure.message); a person must decide"
            return request(end.subtask, doubt, reason, place, Self.fields(of: end))
        case .skip: (event, next) = (.subtaskSkipped, "the run goes on without it")
        case .fail: (event, next) = (.subtaskFailed, "it has failed for good")
        case .cancel: (event, next) = (.subtaskCancelled, "its run is ending")
        case .yield: (event, next) = (.subtaskYielded, "the other attempt goes on")
        }
        return LogRecord(
            event,
            at: place.time,
            subtask: end.subtask,
            worker: end.worker,
            message: "\(end.failure.message); \(next)",
            fields: Self.fields(of: end),
            seq: place.seq
        )
    }

    private static func fields(of end: AttemptEnded) -> JSONObject {
        var fields: JSONObject = ["kind": .string(end.failure.kind.rawValue)]
        if !end.rule.isEmpty { fields["rule"] = .string(end.rule) }
        return fields
    }

    /// A subtask waits for a person; whichever record says so, it is this event that is watched.
    func request(
        _ subtask: SubtaskID,
        _ doubt: Doubt,
        _ reason: String,
        _ place: Place,
        _ fields: JSONObject = JSONObject()
    ) -> LogRecord {
        var fields = fields
        fields["doubt"] = .string(doubt.rawValue)
        let answers = doubt.answers.map(\.rawValue).joined(separator: "|")
        return LogRecord(
            .decisionRequested,
            at: place.time,
            subtask: subtask,
            message: reason,
            fields: fields,
            seq: place.seq,
            action: "swarm decide \(subtask) \(answers) --reason TEXT"
        )
    }

    /// What a run leaves, as the end of a sentence.
    static func remains(_ standing: [Standing]) -> String {
        guard !standing.isEmpty else { return "" }
        let named = standing.prefix(5).map { "\($0.subtask.label) (\($0.reason.words))" }
        let more = standing.count > 5 ? " and \(standing.count - 5) more" : ""
        return "; what stands: \(named.joined(separator: ", "))\(more)"
    }

    func governanceLine(of record: Record, _ place: Place, isDetailed: Bool) -> LogRecord? {
        switch record {
        case .questionAsked(let question):
            return request(question.subtask, question.doubt, question.reason, place)
        case .decided(let decided):
            return LogRecord(
                .decisionMade,
                at: place.time,
                subtask: decided.subtask,
                message: "\(decided.by) decided \(decided.decision.rawValue): \(decided.reason)",
                fields: [
                    "decision": .string(decided.decision.rawValue), "by": .string(decided.by),
                ],
                seq: place.seq
            )
        case .subtaskSkipped(let skipped):
            return LogRecord(
                .subtaskSkipped,
                at: place.time,
                run: skipped.run,
                subtask: skipped.name,
                message: "left out, because it needs \(skipped.because)",
                seq: place.seq
            )
        case .subtaskBlocked(let blocked):
            return LogRecord(
                .subtaskBlocked,
                at: place.time,
                subtask: blocked.subtask,
                capability: blocked.capability,
                message: blocked.reason,
                seq: place.seq,
                action: "swarm ps"
            )
        case .callRefused(let refused):
            return LogRecord(
                .callRefused,
                at: place.time,
                subtask: refused.parent,
                worker: refused.worker,
                capability: refused.capability,
                message: refused.failure.message,
                fields: ["kind": .string(refused.failure.kind.rawValue)],
                seq: place.seq
            )
        case .callAdded, .callRenewed, .callClaimed, .subtaskParked, .subtaskUnparked,
            .undoRegistered, .doubtOpened:
            return isDetailed ? callDetail(of: record, place) : nil
        case .runUndoing, .undoFailed, .runParked, .runResumed:
            return undoLine(of: record, place)
        default: return limitLine(of: record, place)
        }
    }

    private func callDetail(of record: Record, _ place: Place) -> LogRecord? {
        switch record {
        case .callAdded(let call):
            LogRecord(
                .callAdded,
                at: place.time,
                subtask: call.subtask,
                capability: call.capability,
                message: call.origin.words,
                seq: place.seq
            )
        case .doubtOpened(let subtask):
            LogRecord(
                .subtaskDoubted,
                at: place.time,
                level: .debug,
                subtask: subtask,
                message: "nobody knows whether its call happened",
                seq: place.seq
            )
        case .callRenewed(let subtask, _):
            LogRecord(
                .callRenewed,
                at: place.time,
                subtask: subtask,
                message: "made again under the same name",
                seq: place.seq
            )
        case .callClaimed(let claim):
            LogRecord(
                .callClaimed,
                at: place.time,
                subtask: claim.subtask,
                message: "asked for again under \(claim.request.lease)",
                seq: place.seq
            )
        case .subtaskParked(let subtask, _, let worker):
            LogRecord(
                .subtaskParked,
                at: place.time,
                subtask: subtask,
                worker: worker,
                message: "it waits for what it delegated",
                seq: place.seq
            )
        case .subtaskUnparked(let subtask, _, let worker):
            LogRecord(
                .subtaskUnparked,
                at: place.time,
                subtask: subtask,
                worker: worker,
                message: "it goes on",
                seq: place.seq
            )
        case .undoRegistered(let undo):
            LogRecord(
                .undoRegistered,
                at: place.time,
                subtask: undo.subtask,
                capability: undo.capability,
                message: "\(undo.capability) undoes it",
                seq: place.seq
            )
        default: nil
        }
    }

    private func undoLine(of record: Record, _ place: Place) -> LogRecord? {
        switch record {
        case .runUndoing(let run):
            LogRecord(
                .runUndoing,
                at: place.time,
                run: run,
                message: "nothing of it runs any more; its effects are undone, the latest first",
                seq: place.seq,
                action: "swarm show \(run) --tree"
            )
        case .undoFailed(let failed):
            LogRecord(
                .undoFailed,
                at: place.time,
                subtask: failed.subtask,
                message: "its effect stands: \(failed.failure.message)",
                fields: ["kind": .string(failed.failure.kind.rawValue)],
                seq: place.seq
            )
        case .runParked(let parked):
            LogRecord(
                .runParked,
                at: place.time,
                run: parked.run,
                message: parked.failure.message + CoordinatorJournalLog.remains(parked.standing),
                seq: place.seq,
                action: "mend the cause, then swarm compensate \(parked.run)"
            )
        case .runResumed(let resumed):
            LogRecord(
                .runResumed,
                at: place.time,
                run: resumed.run,
                message: resumed.accepts
                    ? "\(resumed.by) accepts what stands: \(resumed.reason)"
                    : "\(resumed.by) has it undone again: \(resumed.reason)",
                fields: ["by": .string(resumed.by)],
                seq: place.seq
            )
        default: nil
        }
    }

    private func limitLine(of record: Record, _ place: Place) -> LogRecord? {
        switch record {
        case .breakerMoved(let move):
            let event: LogEvent =
                switch move.state {
                case .open: .breakerOpened
                case .halfOpen: .breakerProbed
                case .closed: .breakerClosed
                case .forcedOpen: .breakerForced
                case .disabled: .breakerDisabled
                }
            var fields: JSONObject = ["breaker": .string("\(move.target)")]
            if let by = move.by { fields["by"] = .string(by) }
            return LogRecord(
                event,
                at: place.time,
                worker: move.target.worker,
                message: "\(move.target): \(move.reason)",
                fields: fields,
                seq: place.seq,
                action: "swarm breaker ls"
            )
        case .budgetExhausted(let exhausted):
            return LogRecord(
                .budgetExhausted,
                at: place.time,
                run: exhausted.run,
                subtask: exhausted.subtask?.label,
                message: exhausted.sentence
                    + (exhausted.wrapsUp ? "; only \"finally\" subtasks run" : ""),
                fields: ["dimension": .string(exhausted.dimension.rawValue)],
                seq: place.seq,
                action: "swarm budget \(exhausted.run)"
            )
        case .loopStopped(let loop):
            return LogRecord(
                .loopStopped,
                at: place.time,
                subtask: loop.parent,
                capability: loop.capability,
                message: loop.reason,
                fields: [
                    "pattern": .string(loop.pattern.rawValue), "count": .integer(Int64(loop.count)),
                ],
                seq: place.seq,
                action: "swarm show \(loop.run) --tree"
            )
        default: return nil
        }
    }
}

extension CallOrigin {
    fileprivate var words: String {
        switch self {
        case .delegated: "a worker delegated it"
        case .undo: "it undoes a call"
        case .verify: "it asks whether a call happened"
        }
    }
}

extension BreakerTarget {
    /// The worker it guards, if it guards one.
    var worker: WorkerID? {
        switch self {
        case .tool(_, let worker), .agent(let worker): worker
        case .workflow: nil
        }
    }
}

extension Standing.Reason {
    /// Why an effect stands, for a person.
    public var words: String {
        switch self {
        case .noCompensation: "nothing undoes it"
        case .compensationFailed: "undoing it failed"
        case .mayHaveHappened: "it may have happened"
        case .blocked: "something after it could not be undone"
        case .left: "left by policy"
        }
    }
}
