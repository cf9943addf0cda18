import SwarmModel

// Circuit breakers in routing, and what an operator tells them.

extension Swarm {
    mutating func command(_ order: BreakerOrder, _ now: Instant, _ step: inout Step) {
        let problem = Failure(.notFound, "there is no breaker \(order.target)")
        step.effects.append(.answered(token: order.token, problem: problem))
    }

    mutating func applyMoved(_ move: BreakerMoved, at time: Instant) {}

    mutating func applyBlocked(_ blocked: SubtaskBlocked) {}
}
