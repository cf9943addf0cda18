import SwarmCore
import SwarmModel
import SwarmRuntime

// What is remembered of runs, as documents say it.

extension RunLedger.Entry {
    /// The state as documents name it.
    var state: RunDocument.State {
        switch outcome {
        case nil:
            if isParked { return .compensationFailed }
            if isUndoing { return .undoing }
            if !questions.isEmpty { return .asking }
            return failure == nil ? .running : .cancelling
        case .succeeded: return .succeeded
        case .cancelled: return .cancelled
        case .failed: return failure?.kind == .deadlineExceeded ? .deadlineExceeded : .failed
        case .compensated: return .compensated
        case .partiallyCompensated: return .partiallyCompensated
        case .compensationFailed: return .compensationFailed
        }
    }

    /// Where its subtasks stand, as far as the ledger knows.
    var counts: Counts {
        let rest = max(total - succeeded - failed - skipped - questions.count, 0)
        let cutOff = min(cancelled, rest)
        guard outcome != nil else {
            return Counts(
                waiting: rest - cutOff,
                asking: questions.count,
                succeeded: succeeded,
                failed: failed,
                skipped: skipped,
                cancelled: cutOff
            )
        }
        // What had not begun: of a run that was cancelled it is cancelled, too.
        let isCancelled = ending == .cancelled
        return Counts(
            succeeded: succeeded,
            failed: failed,
            skipped: skipped + (isCancelled ? 0 : rest - cutOff),
            cancelled: isCancelled ? rest : cutOff
        )
    }

    /// Why it did not succeed.
    var failureDocument: FailureDocument? {
        failure.map { FailureDocument($0, subtask: culprit?.label) }
    }

    /// What waits for a person; nil when nothing does.
    var questionDocuments: [QuestionDocument]? {
        guard !questions.isEmpty else { return nil }
        return questions.map { question in
            QuestionDocument(
                subtask: question.subtask,
                doubt: question.doubt,
                reason: question.reason,
                asked: question.asked
            )
        }
    }

    /// What no worker may take; nil when nothing is held up so.
    var blockedDocuments: [BlockedDocument]? {
        guard !blocked.isEmpty else { return nil }
        return blocked.map { BlockedDocument(subtask: $0.subtask, reason: $0.reason) }
    }

    /// What it leaves; nil when that is nothing.
    var standingDocuments: [StandingDocument]? {
        standing.isEmpty ? nil : standing.map(StandingDocument.init)
    }

    /// The commands with which a person can go on, if the run needs one.
    var next: [String] {
        if isParked {
            return ["swarm compensate \(id)", "swarm compensate \(id) --accept --reason TEXT"]
        }
        let decisions = questionDocuments?.prefix(8).map(\.command) ?? []
        return decisions + (blocked.isEmpty ? [] : ["swarm ps", "swarm breaker ls"])
    }
}

extension Counts {
    /// The counts of a live run.
    init(_ view: RunView) {
        self.init(
            waiting: view.waiting,
            ready: view.ready,
            running: view.running,
            retrying: view.retrying,
            verifying: view.verifying,
            asking: view.asking,
            succeeded: view.succeeded,
            failed: view.failed,
            skipped: view.skipped + (view.ending == .failed ? view.cancelled : 0),
            cancelled: view.ending == .failed ? 0 : view.cancelled
        )
    }

    /// The counts of all subtasks of a run, by the journal.
    init(_ projection: RunProjection) {
        self.init()
        for entry in projection.entries { add(entry.state) }
    }

    mutating func add(_ state: RunProjection.Entry.State) {
        switch state {
        case .waiting: waiting += 1
        case .ready: ready += 1
        case .running: running += 1
        case .parked: parked += 1
        case .retrying: retrying += 1
        case .verifying: verifying += 1
        case .asking: asking += 1
        case .succeeded: succeeded += 1
        case .failed: failed += 1
        case .skipped: skipped += 1
        case .cancelled: cancelled += 1
        }
    }
}

extension RunProjection.Entry.State {
    /// The state as documents name it.
    var document: SubtaskDocument.State {
        switch self {
        case .waiting: .waiting
        case .ready: .ready
        case .running: .running
        case .parked: .parked
        case .retrying: .retrying
        case .verifying: .verifying
        case .asking: .asking
        case .succeeded: .succeeded
        case .failed: .failed
        case .skipped: .skipped
        case .cancelled: .cancelled
        }
    }
}

extension CallOrigin {
    /// Why the call exists, as documents name it.
    var word: String {
        switch self {
        case .delegated: "delegated"
        case .undo: "undo"
        case .verify: "verify"
        }
    }
}

extension SubtaskQuery {
    /// The names of subtasks by their positions, for those that calls belong to.
    func labels(of projection: RunProjection) -> [Int32: String] {
        guard !projection.calls.isEmpty else { return [:] }
        var labels: [Int32: String] = [:]
        for entry in projection.entries {
            if let index = entry.index { labels[index] = entry.label }
        }
        return labels
    }
}
