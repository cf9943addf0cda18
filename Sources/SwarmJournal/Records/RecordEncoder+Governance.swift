import SwarmCore
import SwarmModel

// Records of failure governance: decisions, delegated calls, undoing, breakers, limits.

extension RecordEncoder {
    /// Writes the members of a record that no other function writes, its type first.
    mutating func writeGovernance(_ record: Record) {
        switch record {
        case .subtaskSkipped(let skipped):
            type("subtask_skipped")
            run(skipped.run)
            string("subtask", skipped.name)
            integer("definition", skipped.definition)
            string("because", skipped.because)
        case .subtaskBlocked(let blocked):
            type("subtask_blocked")
            indexed(blocked.subtask)
            string("capability", blocked.capability)
            string("reason", blocked.reason)
        case .doubtOpened(let subtask):
            type("doubt_opened")
            indexed(subtask)
        case .questionAsked(let question):
            type("question_asked")
            indexed(question.subtask)
            word("doubt", question.doubt)
            string("reason", question.reason)
        case .decided(let decided): write(decided)
        case .callAdded(let call): write(call)
        case .callRenewed(let subtask, let deadline):
            type("call_renewed")
            indexed(subtask)
            moment("deadline_us", deadline)
        case .callClaimed(let claim):
            type("call_claimed")
            subtask(claim.subtask)
            lease(claim.request.lease)
            integer("index", claim.subtask.index)
            integer("call", claim.request.number)
        case .callRefused(let refused):
            type("call_refused")
            subtask(refused.parent)
            worker(refused.worker)
            lease(refused.request.lease)
            integer("index", refused.parent.index)
            integer("call", refused.request.number)
            string("capability", refused.capability)
            failure(refused.failure)
        case .subtaskParked(let subtask, let lease, let worker):
            type("subtask_parked")
            held(subtask, lease, worker)
        case .subtaskUnparked(let subtask, let lease, let worker):
            type("subtask_unparked")
            held(subtask, lease, worker)
        default: writeUndoing(record)
        }
    }

    private mutating func writeUndoing(_ record: Record) {
        switch record {
        case .undoRegistered(let undo):
            type("undo_registered")
            indexed(undo.subtask)
            string("capability", undo.capability)
            payload("arguments", undo.arguments)
            integer("within_us", undo.within.wholeMicroseconds)
        case .runUndoing(let run):
            type("run_undoing")
            self.run(run)
        case .undoFailed(let failed):
            type("undo_failed")
            indexed(failed.subtask)
            failure(failed.failure)
        case .runParked(let parked):
            type("run_parked")
            run(parked.run)
            failure(parked.failure)
            standing(parked.standing)
        case .runResumed(let resumed):
            type("run_resumed")
            run(resumed.run)
            bool("accepts", resumed.accepts)
            string("reason", resumed.reason)
            string("by", resumed.by)
        default: writeLimit(record)
        }
    }

    private mutating func writeLimit(_ record: Record) {
        switch record {
        case .breakerMoved(let move):
            type("breaker_moved")
            string("breaker", move.target.description)
            word("state", move.state)
            moment("until_us", move.until)
            integer("generation", move.generation)
            integer("openings", move.openings)
            string("reason", move.reason)
            if let by = move.by { string("by", by) }
        case .budgetExhausted(let exhausted): write(exhausted)
        case .loopStopped(let loop):
            type("loop_stopped")
            run(loop.run)
            writer.key("subtask")
            writer.label(loop.parent)
            integer("index", loop.parent.index)
            string("capability", loop.capability)
            word("pattern", loop.pattern)
            integer("count", loop.count)
            string("reason", loop.reason)
        default: preconditionFailure("nothing writes \(record)")
        }
    }

    private mutating func write(_ decided: SubtaskDecided) {
        type("subtask_decided")
        indexed(decided.subtask)
        word("decision", decided.decision)
        if let directive = decided.directive { self.directive(directive) }
        if let result = decided.result { payload("result", result) }
        string("reason", decided.reason)
        string("by", decided.by)
    }

    private mutating func write(_ call: CallAdded) {
        type("call_added")
        subtask(call.subtask)
        if let request = call.request { lease(request.lease) }
        integer("index", call.subtask.index)
        switch call.origin {
        case .delegated: string("origin", "delegated")
        case .undo: string("origin", "undo")
        case .verify: string("origin", "verify")
        }
        integer("of", call.origin.subject)
        if let request = call.request { integer("call", request.number) }
        string("capability", call.capability)
        if let agent = call.agent { string("agent", agent) }
        payload("arguments", call.arguments)
        moment("deadline_us", call.deadline)
        if let allowance = call.allowance { write(allowance) }
    }

    private mutating func write(_ allowance: Allowance) {
        writer.key("allowance")
        writer.beginObject()
        if let money = allowance.microdollars { integer("usd_micros", money) }
        if let tokens = allowance.tokens { integer("tokens", tokens) }
        if let calls = allowance.calls { integer("calls", calls) }
        if let time = allowance.time { integer("time_us", time.wholeMicroseconds) }
        writer.endObject()
    }

    private mutating func write(_ exhausted: BudgetExhausted) {
        type("budget_exhausted")
        run(exhausted.run)
        if let subtask = exhausted.subtask {
            writer.key("subtask")
            writer.label(subtask)
            integer("index", subtask.index)
        }
        if let agent = exhausted.agent { string("agent", agent) }
        word("dimension", exhausted.dimension)
        integer("used", exhausted.used)
        integer("limit", exhausted.limit)
        bool("wraps_up", exhausted.wrapsUp)
    }

    // MARK: Members

    private mutating func indexed(_ subtask: SubtaskID) {
        self.subtask(subtask)
        integer("index", subtask.index)
    }

    private mutating func held(_ subtask: SubtaskID, _ lease: LeaseID, _ worker: WorkerID) {
        self.subtask(subtask)
        self.worker(worker)
        self.lease(lease)
        integer("index", subtask.index)
    }

    mutating func directive(_ directive: Directive) {
        switch directive {
        case .retry(let moment):
            string("directive", "retry")
            self.moment("retry_at_us", moment)
        case .reassign: string("directive", "reassign")
        case .repair: string("directive", "repair")
        case .fallback(let call):
            string("directive", "fallback")
            writer.key("fallback")
            writer.beginObject()
            string("capability", call.capability)
            if let agent = call.agent { string("agent", agent) }
            if let arguments = call.arguments { payload("arguments", arguments) }
            writer.endObject()
        case .verify: string("directive", "verify")
        case .ask(let doubt):
            string("directive", "ask")
            word("doubt", doubt)
        case .skip: string("directive", "skip")
        case .fail: string("directive", "fail")
        case .cancel: string("directive", "cancel")
        case .yield: string("directive", "yield")
        }
    }

    mutating func cost(_ key: StaticString, _ cost: Cost) {
        writer.key(key)
        writer.beginObject()
        integer("usd_micros", cost.microdollars)
        integer("tokens", cost.tokens)
        writer.endObject()
    }

    mutating func probes(_ probes: [ProbePermit]) {
        writer.key("probes")
        writer.beginArray()
        for probe in probes {
            writer.beginObject()
            string("breaker", probe.target.description)
            integer("generation", probe.generation)
            writer.endObject()
        }
        writer.endArray()
    }

    /// Effects that stay; absent when there are none.
    mutating func standing(_ standing: [Standing]) {
        guard !standing.isEmpty else { return }
        writer.key("standing")
        writer.beginArray()
        for effect in standing {
            writer.beginObject()
            writer.key("subtask")
            writer.label(effect.subtask)
            integer("index", effect.subtask.index)
            string("capability", effect.capability)
            word("why", effect.reason)
            writer.endObject()
        }
        writer.endArray()
    }
}
