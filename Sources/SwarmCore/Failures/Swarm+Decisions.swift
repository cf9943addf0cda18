import SwarmModel

// Decisions about subtasks that wait for one.

extension Swarm {
    mutating func decide(_ decision: DecisionMade, _ now: Instant, _ step: inout Step) {
        let problem = Failure(.notFound, "nothing waits for a decision")
        step.effects.append(.answered(token: decision.token, problem: problem))
    }

    mutating func applySkipped(_ skipped: SubtaskSkipped) {}

    mutating func applyAsked(_ question: QuestionAsked) {}

    mutating func applyDecided(_ decided: SubtaskDecided, at time: Instant) {}

    mutating func applyAdded(_ call: CallAdded, at time: Instant) {}
}
