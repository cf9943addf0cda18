import SwarmCore
import SwarmModel

extension RecordFields {
    /// The record of failure governance of this type; nil when there is no such type.
    func governanceRecord(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "subtask_skipped":
            .subtaskSkipped(
                SubtaskSkipped(
                    run: try need(run, "run"),
                    name: try need(label, "subtask").name,
                    definition: try need(definition, "definition"),
                    because: try need(governance.because, "because")
                )
            )
        case "subtask_blocked":
            .subtaskBlocked(
                SubtaskBlocked(
                    subtask: try need(subtask, "index"),
                    capability: try need(capability, "capability"),
                    reason: try need(reason, "reason")
                )
            )
        case "doubt_opened": .doubtOpened(try need(subtask, "index"))
        case "question_asked":
            .questionAsked(
                QuestionAsked(
                    subtask: try need(subtask, "index"),
                    doubt: try need(governance.doubt, "doubt"),
                    reason: try need(reason, "reason")
                )
            )
        case "subtask_decided":
            .decided(
                SubtaskDecided(
                    subtask: try need(subtask, "index"),
                    decision: try need(governance.decision, "decision"),
                    directive: try decoded(directive),
                    result: result,
                    reason: try need(reason, "reason"),
                    by: try need(governance.by, "by")
                )
            )
        default: try callRecord(of: type) ?? undoRecord(of: type) ?? limitRecord(of: type)
        }
    }

    private func callRecord(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "call_added": .callAdded(try callAdded())
        case "call_renewed": .callRenewed(try need(subtask, "index"), deadline: deadline)
        case "call_claimed":
            .callClaimed(CallClaimed(subtask: try need(subtask, "index"), request: try request()))
        case "call_refused":
            .callRefused(
                CallRefused(
                    parent: try need(subtask, "index"),
                    worker: try need(worker, "worker"),
                    request: try request(),
                    capability: try need(capability, "capability"),
                    failure: try need(failure, "failure")
                )
            )
        case "subtask_parked":
            .subtaskParked(
                try need(subtask, "index"),
                try need(lease, "lease"),
                try need(worker, "worker")
            )
        case "subtask_unparked":
            .subtaskUnparked(
                try need(subtask, "index"),
                try need(lease, "lease"),
                try need(worker, "worker")
            )
        default: nil
        }
    }

    private func undoRecord(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "undo_registered":
            .undoRegistered(
                UndoRegistered(
                    subtask: try need(subtask, "index"),
                    capability: try need(capability, "capability"),
                    arguments: try need(arguments, "arguments"),
                    within: .microseconds(try need(governance.withinMicroseconds, "within_us"))
                )
            )
        case "undo_failed":
            .undoFailed(
                UndoFailed(
                    subtask: try need(subtask, "index"),
                    failure: try need(failure, "failure")
                )
            )
        case "run_undoing": .runUndoing(try need(run, "run"))
        case "run_parked":
            .runParked(
                RunParked(
                    run: try need(run, "run"),
                    failure: try need(failure, "failure"),
                    standing: governance.standing(in: try need(run, "run"))
                )
            )
        case "run_resumed":
            .runResumed(
                RunResumed(
                    run: try need(run, "run"),
                    accepts: try need(governance.accepts, "accepts"),
                    reason: try need(reason, "reason"),
                    by: try need(governance.by, "by")
                )
            )
        default: nil
        }
    }

    private func limitRecord(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "breaker_moved":
            .breakerMoved(
                BreakerMoved(
                    target: try need(governance.breaker, "breaker"),
                    state: try need(governance.state, "state"),
                    until: governance.until,
                    generation: try need(governance.generation, "generation"),
                    openings: try need(governance.openings, "openings"),
                    reason: try need(reason, "reason"),
                    by: governance.by
                )
            )
        case "budget_exhausted":
            .budgetExhausted(
                BudgetExhausted(
                    run: try need(run, "run"),
                    agent: governance.agent,
                    dimension: try need(governance.dimension, "dimension"),
                    subtask: label == nil ? nil : try need(subtask, "index"),
                    used: try need(governance.used, "used"),
                    limit: try need(governance.limit, "limit"),
                    wrapsUp: try need(governance.wrapsUp, "wraps_up")
                )
            )
        case "loop_stopped":
            .loopStopped(
                LoopStopped(
                    run: try need(run, "run"),
                    parent: try need(subtask, "index"),
                    capability: try need(capability, "capability"),
                    pattern: try need(governance.pattern, "pattern"),
                    count: Int(try need(count, "count")),
                    reason: try need(reason, "reason")
                )
            )
        default: nil
        }
    }

    private func callAdded() throws -> CallAdded {
        let subject = try need(governance.of, "of")
        let origin: CallOrigin =
            switch try need(governance.origin, "origin") {
            case "delegated": .delegated(parent: subject)
            case "undo": .undo(of: subject)
            case "verify": .verify(of: subject)
            case let word: throw MalformedValue("the origin of a call", found: word)
            }
        return CallAdded(
            subtask: try need(subtask, "index"),
            origin: origin,
            capability: try need(capability, "capability"),
            agent: governance.agent,
            arguments: try need(arguments, "arguments"),
            deadline: deadline,
            allowance: governance.allowance,
            request: governance.call == nil ? nil : try request()
        )
    }

    private func request() throws -> CallReference {
        CallReference(lease: try need(lease, "lease"), number: try need(governance.call, "call"))
    }

    /// The directive that its word and its companions name; nil when there is none.
    func decoded(_ word: String?) throws -> Directive? {
        switch word {
        case nil: nil
        case "retry"?: .retry(at: try need(retryAt, "retry_at_us"))
        case "reassign"?: .reassign
        case "repair"?: .repair
        case "fallback"?: .fallback(try need(governance.fallback, "fallback"))
        case "verify"?: .verify
        case "ask"?: .ask(try need(governance.doubt, "doubt"))
        case "skip"?: .skip
        case "fail"?: .fail
        case "cancel"?: .cancel
        case "yield"?: .yield
        case let word?: throw MalformedValue("a directive", found: word)
        }
    }
}
