import SwarmModel

/// What may be spent in a scenario in which money is short, and who says so.
struct SpendingStyle {
    /// What each run may spend, as the topology says.
    var runBudget: Budget?
    var onExhausted = OnExhausted.stop
    /// What each agent may spend within one run.
    var agentBudgets: [Budget?] = []
    /// How many of a thousand delegated calls are given an allowance.
    var allowances = 0

    /// Draws a style; nil when money is no concern.
    ///
    /// A stream of its own, so that all else is drawn as it was.
    static func drawn(_ faults: FaultSet, agents: Int, seed: UInt64) -> SpendingStyle? {
        guard faults.contains(.poverty) else { return nil }
        var random = stream(seed, 0)
        var style = SpendingStyle()
        if random.perMille(600) { style.runBudget = budget(most: 200, &random) }
        if random.perMille(400) { style.onExhausted = .wrapUp }
        for _ in 0..<agents {
            style.agentBudgets.append(random.perMille(300) ? budget(most: 80, &random) : nil)
        }
        style.allowances = random.pick([0, 200, 600])
        return style
    }

    static func stream(_ seed: UInt64, _ number: UInt64) -> SimulationRandom {
        SimulationRandom(seed: seed, stream: 0xB0D6_E700 &+ number)
    }

    private static let prices: [Int64] = [0, 0, 1_000, 20_000, 300_000]
    private static let tokens: [Int64] = [0, 0, 50, 2_000]

    /// What a contract expects a call to cost.
    static func estimate(_ random: inout SimulationRandom) -> Cost {
        Cost(microdollars: random.pick(prices), tokens: random.pick(tokens))
    }

    /// Enough for about so many calls, in some of its dimensions.
    static func budget(most: Int64, _ random: inout SimulationRandom) -> Budget {
        let calls = random.spread(1...most)
        let price = random.pick(prices)
        let amount = random.pick(tokens)
        let time = random.spread(200...60_000)
        var budget = Budget()
        if random.perMille(400) { budget.usd = Double(calls * price) / 1_000_000 }
        if random.perMille(300) { budget.tokens = Int(calls * amount) }
        if random.perMille(400) { budget.calls = Int(calls) }
        if random.perMille(150) { budget.time = .milliseconds(time) }
        return budget
    }

    /// What a caller gives a delegated call, out of its own.
    static func allowance(_ random: inout SimulationRandom) -> Allowance {
        let budget = budget(most: 20, &random)
        return Allowance(
            microdollars: budget.usd.map { Int64(($0 * 1_000_000).rounded()) },
            tokens: budget.tokens.map { Int64($0) },
            calls: budget.calls.map { Int64($0) },
            time: budget.time
        )
    }

    /// What the worker says that a call has cost: often nothing or what was expected, sometimes
    /// less or much more, now and then what nobody can believe.
    static func report(of lease: UInt64, _ estimate: Cost, seed: UInt64) -> Cost? {
        var random = stream(seed, lease)
        let share = random.below(1_000)
        let factor = Int64(random.within(0...40))
        switch share {
        case 0..<300: return nil
        case 300..<600: return estimate
        case 600..<950:
            return Cost(
                microdollars: estimate.microdollars * factor / 10,
                tokens: estimate.tokens * factor / 10
            )
        case 950..<975: return Cost(microdollars: Cost.limit.microdollars + 1)
        default: return Cost(tokens: .max)
        }
    }
}

extension Scenario {
    /// Lets some of the definitions that nothing needs run although the money is gone.
    static func drawFinally(
        in definitions: inout [ScenarioWorkflow.Definition],
        _ random: inout SimulationRandom
    ) {
        let needed = Set(definitions.flatMap(\.needs))
        for position in definitions.indices {
            let mayBe =
                !needed.contains(position) && !definitions[position].isPivot
                && definitions[position].fanOut?.source == nil
            if random.perMille(500), mayBe { definitions[position].isFinally = true }
        }
    }
}
