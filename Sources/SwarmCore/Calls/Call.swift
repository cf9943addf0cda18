import SwarmModel

/// How a subtask is called when its workflow does not say so, or no longer: a delegated call, one
/// that undoes or verifies another, or a fallback.
struct Call: Hashable, Sendable {
    /// The name of the subtask, as its id writes it.
    let name: String
    /// The position of the subtask in its run.
    let subtask: Int32
    /// Why the subtask exists; nil for a fallback of one that the workflow defines.
    let origin: CallOrigin?
    let capability: String
    let agent: String?
    /// The arguments; nil takes those that the workflow gives.
    @KeptPayload var arguments: Payload?
    let lane: Int
    let priority: Int
    /// When it must have ended, retries included.
    var deadline: Instant?
    /// The part of its parent's budget that it may spend.
    let allowance: Allowance?
    /// The account of its run's budget that it spends from.
    var account = BudgetLedger.run
    /// Whether that account was opened for it.
    var hasOwnAccount = false
    /// Why it ended without a result, if a worker waits for it.
    var failure: Failure?
    /// Who waits for the answer, if a worker does.
    var request: CallReference?
    /// How many attempts the subtask had before it fell back to this.
    var attemptsBefore = 0

    /// Whether this is a call in place of another that had failed.
    var isFallback = false

    /// Whether it serves undoing: the end of its run does not reach it.
    var isProtected: Bool {
        switch origin {
        case .undo, .verify: true
        case .delegated, nil: false
        }
    }
}

extension Run {
    /// How a subtask is called, when that is not as the workflow says.
    func call(of index: Int) -> Call? {
        let position = subtasks[index].call
        return position < 0 ? nil : calls[Int(position)]
    }

    /// Whether the end of the run leaves a subtask alone.
    func isProtected(_ index: Int) -> Bool {
        let position = subtasks[index].call
        return position >= 0 && calls[Int(position)].isProtected
    }

    /// The subtask of the workflow that a subtask belongs to: itself, or the one whose call, by way
    /// of others, led to it.
    func root(of index: Int) -> Int {
        var index = index
        while let origin = call(of: index)?.origin { index = Int(origin.subject) }
        return index
    }
}
