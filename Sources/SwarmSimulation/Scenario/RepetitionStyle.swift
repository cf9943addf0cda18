import SwarmModel

extension Scenario {
    /// Lets some capabilities be called twice when they take long, and limits how often what fails
    /// is tried again.
    ///
    /// A stream of its own, so that all else is drawn as it was.
    static func drawRepetition(of capabilities: inout [Capability], seed: UInt64) {
        var random = SimulationRandom(seed: seed, stream: 0x4ED6_E000)
        let isLimited = random.perMille(400)
        let isHedged = random.perMille(400)
        for position in capabilities.indices {
            let budget = PartialRetryBudgetPolicy(
                tokens: random.pick([0, 4, 10, 30, 100]),
                retryCost: random.within(1...10),
                timeoutCost: random.within(1...20),
                successReturn: random.within(0...4)
            )
            if random.perMille(600), isLimited { capabilities[position].retryBudget = budget }
            let latency = capabilities[position].latency
            let hedge = HedgePolicy(
                after: .microseconds(random.spread(latency.lowerBound...latency.upperBound * 2)),
                maximum: random.within(1...3)
            )
            // Also where a call must not be repeated: then it allows nothing.
            if random.perMille(700), isHedged { capabilities[position].hedge = hedge }
        }
    }
}
