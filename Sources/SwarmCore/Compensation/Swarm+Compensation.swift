import SwarmModel

// Undoing what a run did.

extension Swarm {
    mutating func compensate(_ request: CompensateRequest, _ now: Instant, _ step: inout Step) {
        let problem = Failure(.notFound, "\(request.run) has nothing to undo")
        step.effects.append(.answered(token: request.token, problem: problem))
    }

    mutating func applyRegistered(_ undo: UndoRegistered) {}

    mutating func applyUndoing(_ run: RunID, at time: Instant) {}

    mutating func applyParked(_ parked: RunParked) {}

    mutating func applyResumed(_ resumed: RunResumed, at time: Instant) {}
}
