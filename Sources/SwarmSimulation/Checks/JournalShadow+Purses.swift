import SwarmCore
import SwarmModel

// What is reserved, spent and set aside, counted anew whenever somebody asks.

/// Microdollars, tokens and calls, in this order.
typealias Amounts = SIMD3<Int64>

extension JournalShadow {
    /// What may be spent by a run, or by a delegated call out of what its caller may.
    struct Purse {
        /// The largest number where nothing is limited.
        var limit = Amounts(repeating: .max)
        var ends: Instant?
        var start: Instant
        /// Where it was taken from; -1 for that of the run.
        var parent = -1
        var isOpen = true

        init(_ budget: Allowance, from start: Instant) {
            self.start = start
            ends = budget.time.map { start + $0 }
            limit = Amounts(
                budget.microdollars ?? .max,
                budget.tokens ?? .max,
                budget.calls ?? .max
            )
        }

        /// What it takes from where it was taken from.
        func held(_ used: Amounts) -> Amounts {
            guard isOpen else { return used }
            var held = used
            for part in 0..<3 where limit[part] != .max {
                held[part] = max(used[part], limit[part])
            }
            return held
        }
    }

    /// What a call costs, or may cost.
    struct Charge {
        var purse: Int
        var agent: Int
        var lease: UInt64
        var amounts: Amounts
        var isReserved = true
    }

    /// The purses, and what went out of them.
    struct Spending {
        var purses: [Purse] = []
        var agents: [Purse] = []
        var charges: [Charge] = []
        var isWrapUp = false
        /// Whether anything was found to be used up.
        var isExhausted = false
    }

    /// A limit that stands against a call.
    struct Refusal {
        /// The purse, or nil for that of the agent.
        var purse: Int?
        var dimension: BudgetExhausted.Dimension
        var used: Int64
        var limit: Int64
    }

    // MARK: Opening and closing

    /// What a new run may spend: what the topology allows, unless the workflow lowers it.
    func spending(_ workflow: Workflow) -> Spending {
        let limits = scenario.plan.topology.coordinator.limits
        let budgets = [limits.runBudget, workflow.budget].compactMap { $0 }
        func least<Value: Comparable>(_ part: (Budget) -> Value?) -> Value? {
            budgets.compactMap(part).min()
        }
        let budget = Budget(
            usd: least(\.usd),
            tokens: least(\.tokens),
            calls: least(\.calls),
            time: least(\.time)
        )
        var spending = Spending()
        spending.purses = [Purse(JournalShadow.allowance(budget), from: moment)]
        spending.agents = scenario.plan.agents.map {
            Purse(JournalShadow.allowance($0.configuration.budget ?? Budget()), from: moment)
        }
        spending.isWrapUp = (workflow.onExhausted ?? limits.onExhausted) == .wrapUp
        return spending
    }

    private static func allowance(_ budget: Budget) -> Allowance {
        Allowance(
            microdollars: budget.usd.map { Int64(($0 * 1_000_000).rounded()) },
            tokens: budget.tokens.map { Int64($0) },
            calls: budget.calls.map { Int64($0) },
            time: budget.time
        )
    }

    /// Sets aside what a delegated call is given, and no more than there is.
    mutating func openPurse(_ run: Int, _ parent: Int, _ wanted: Allowance?) -> Int {
        let from = purse(run, parent)
        guard let wanted, !wanted.isUnlimited else { return from }
        let used = used(run)
        var purse = Purse(wanted, from: moment)
        purse.parent = from
        for part in 0..<3 where purse.limit[part] != .max {
            var left = Int64.max
            var next = from
            while next >= 0 {
                let outer = runs[run].spending.purses[next]
                if outer.limit[part] != .max {
                    if left == .max {
                        left = max(outer.limit[part] - used[next][part], 0)
                    } else if used[next][part] > outer.limit[part] {
                        left = 0
                    }
                }
                next = outer.parent
            }
            purse.limit[part] = min(purse.limit[part], left)
        }
        runs[run].spending.purses.append(purse)
        return runs[run].spending.purses.count - 1
    }

    /// Whose money a subtask spends.
    func purse(_ run: Int, _ place: Int) -> Int { delegated(run, place)?.purse ?? 0 }

    // MARK: Counting

    /// What is spent, reserved and set aside in each purse.
    ///
    /// - Parameters:
    ///   - run: Whose purses.
    ///   - added: A call that would be made as well.
    ///   - soon: A purse for which it is counted as if all that is under way had ended and cost
    ///     nothing, except calls that wait for others.
    /// - Returns: For each purse, in their order.
    func used(_ run: Int, adding added: Charge? = nil, soon: Int? = nil) -> [Amounts] {
        let spending = runs[run].spending
        var used = spending.purses.map { _ in Amounts.zero }
        for charge in spending.charges where soon == nil || isPaid(charge) {
            used[charge.purse] &+= charge.amounts
        }
        if let added { used[added.purse] &+= added.amounts }
        var kept: [Int] = []
        var next = soon ?? -1
        while next >= 0 {
            kept.append(next)
            next = spending.purses[next].parent
        }
        for position in spending.purses.indices.dropFirst().reversed() {
            var purse = spending.purses[position]
            if soon != nil, !kept.contains(position) { purse.isOpen = false }
            used[purse.parent] &+= purse.held(used[position])
        }
        return used
    }

    /// Whether a charge does not go away by itself.
    private func isPaid(_ charge: Charge) -> Bool {
        !charge.isReserved || leases[Int(charge.lease) - 1].isParked
    }

    /// Which limit stands against a call of a subtask by an agent; nil when there is money.
    func refusal(_ run: Int, _ place: Int, agent: Int, isSoon: Bool = false) -> Refusal? {
        guard spends, !isUnlimited(run, place) else { return nil }
        let estimate = scenario.capabilities[lanes[lane(run, place)].capability].estimate
        let call = Amounts(estimate.microdollars, estimate.tokens, 1)
        let first = purse(run, place)
        let charge = Charge(purse: first, agent: agent, lease: 0, amounts: call)
        let before = used(run, soon: isSoon ? first : nil)
        let after = used(run, adding: charge, soon: isSoon ? first : nil)
        var nearer = [false, false, false]
        var next = first
        while next >= 0 {
            let purse = runs[run].spending.purses[next]
            if let found = refusal(purse, next, before[next], after[next], nearer) { return found }
            for part in 0..<3 where purse.limit[part] != .max { nearer[part] = true }
            next = purse.parent
        }
        var own = Amounts.zero
        for charge in runs[run].spending.charges where charge.agent == agent {
            if !isSoon || isPaid(charge) { own &+= charge.amounts }
        }
        let purse = runs[run].spending.agents[agent]
        return refusal(purse, nil, own, own &+ call, [false, false, false])
    }

    private func refusal(
        _ purse: Purse,
        _ number: Int?,
        _ before: Amounts,
        _ after: Amounts,
        _ nearer: [Bool]
    ) -> Refusal? {
        if let ends = purse.ends, moment >= ends {
            return Refusal(
                purse: number,
                dimension: .time,
                used: (moment - purse.start).wholeMicroseconds,
                limit: (ends - purse.start).wholeMicroseconds
            )
        }
        let dimensions: [BudgetExhausted.Dimension] = [.money, .tokens, .calls]
        for part in 0..<3 where purse.limit[part] != .max {
            guard
                after[part] > purse.limit[part]
                    // What a nearer purse was given is set aside here, and may be spent to the end.
                    || (!nearer[part] && before[part] >= purse.limit[part])
            else { continue }
            return Refusal(
                purse: number,
                dimension: dimensions[part],
                used: before[part],
                limit: purse.limit[part]
            )
        }
        return nil
    }

    /// Whether no budget holds a subtask back: it undoes or verifies another, or is still done when
    /// the money is gone.
    func isUnlimited(_ run: Int, _ place: Int) -> Bool {
        runs[run].subtasks[place].isProtected || isFinal(run, place)
    }

    /// Whether a subtask belongs to what a run still does when it wraps up.
    func isFinal(_ run: Int, _ place: Int) -> Bool {
        guard runs[run].isWrappingUp else { return false }
        let root = Int(runs[run].subtasks[root(of: place, in: run)].definition)
        return scenario.workflows[runs[run].workflow].definitions[root].isFinally
    }

    /// Whether nothing but its caller or a person could find money for a subtask any more.
    func isHopeless(_ run: Int, _ place: Int) -> Bool {
        let lane = lanes[lane(run, place)]
        return workers.indices.allSatisfy { position in
            guard scenario.offers(position, lane.capability), !workers[position].isRetired,
                lane.agent == nil || lane.agent == workers[position].agent,
                workers[position].phase != .stopped, workers[position].phase != .quarantined
            else { return true }
            return refusal(run, place, agent: workers[position].agent, isSoon: true) != nil
        }
    }
}
