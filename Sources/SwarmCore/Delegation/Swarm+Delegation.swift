import SwarmModel

// Delegation: calls that a worker asks for while it runs a subtask.

extension Swarm {
    mutating func delegate(
        _ worker: WorkerID,
        _ lease: LeaseID,
        _ request: DelegateRequest,
        _ now: Instant,
        _ step: inout Step
    ) {
        let failure = Failure(.denied, "this swarm lets no worker delegate")
        guard let (slot, position) = find(lease, of: worker),
            !workers[slot].leases[position].isRevoked
        else {
            return ignore(
                .call,
                "it does not hold this lease",
                worker: worker,
                lease: lease,
                now,
                &step
            )
        }
        let reference = CallReference(lease: lease, number: request.number)
        let refused = CallRefused(
            parent: subtask(of: workers[slot].leases[position]),
            worker: worker,
            request: reference,
            capability: request.capability,
            failure: failure
        )
        emit(.callRefused(refused), now, &step)
        step.effects.append(.reply(worker, reference, .failed(failure)))
    }

    /// Tells a parent how a call that it waits for has ended.
    mutating func answerDelegated(
        _ index: Int,
        in run: Int,
        _ answer: CallAnswer,
        _ now: Instant,
        _ step: inout Step
    ) {}

    mutating func applyClaimed(_ claim: CallClaimed) {}

    mutating func applyRefused(_ refused: CallRefused) {}

    mutating func applyParked(_ lease: LeaseID, _ worker: WorkerID) {}

    mutating func applyUnparked(_ lease: LeaseID, _ worker: WorkerID) {}

    mutating func applyExhausted(_ exhausted: BudgetExhausted, at time: Instant) {}
}
