public import SwarmModel

/// What the calls of one run have cost, what those under way may cost, and what is left.
///
/// A call is reserved with its declared estimate before it starts and settled with its reported
/// cost after it ended, so calls that run side by side cannot spend the same money. No call starts
/// that its estimate would take over a limit, or once a limit is reached. A call that turns out
/// dearer than estimated may take the sum over a limit, then by no more than the calls that were
/// under way; ``overshoot`` says by how much.
///
/// Spending is kept in accounts: one for the run, and one for each delegated call that was given
/// an allowance of its own. What is given is set aside in the account it is taken from until the
/// delegated call ends, and then only what was spent remains. Besides, each agent has an account
/// of what it may spend within this run.
public struct BudgetLedger: Hashable, Sendable {
    /// The account of the run.
    public static let run = 0

    /// How a call that had been reserved came out.
    public enum Settlement: Hashable, Sendable {
        /// It was made and cost this.
        case reported(Cost)
        /// It was made, or may have been, and nobody said what it cost: the estimate counts.
        case unreported
        /// It certainly never began.
        case notBegun
    }

    /// The most that is set aside for one delegated call, in the unit of each dimension: so many
    /// can be added up without reaching the largest number.
    private static let allowanceLimit: Int64 = 1 << 50

    private struct Account: Hashable {
        var limit: Allowance
        /// From when its time counts.
        var start: Instant
        /// The account this one was taken from; nil for those of the run and of agents.
        var parent: Int?
        var isOpen = true
        /// Spent, reserved, and set aside for accounts taken from this one.
        var used = Spending.zero

        /// The moment from which on no call starts.
        var ends: Instant? { limit.time.map { start + $0 } }

        /// What it takes from its parent.
        var held: Spending {
            guard isOpen else { return used }
            var held = used
            for dimension in Spending.dimensions {
                held[dimension] = max(used[dimension], limit[dimension] ?? 0)
            }
            return held
        }
    }

    private struct AgentAccount: Hashable {
        let agent: String
        var account: Account
    }

    private struct Reservation: Hashable {
        let number: UInt64
        let account: Int
        let agent: String
        let estimate: Cost
    }

    private var accounts: [Account]
    private var agents: [AgentAccount] = []
    /// Calls under way, by rising number.
    private var reservations: [Reservation] = []

    /// What calls that have ended have cost.
    public private(set) var spent = Spending.zero
    /// What calls that have ended have cost beyond their estimates, where that was more than was
    /// left of the run's budget.
    public private(set) var overshoot = Spending.zero
    /// How many reports were not believed, and the estimate counted instead.
    public private(set) var refusedReports = 0

    /// A ledger in which nothing has been spent.
    ///
    /// - Parameters:
    ///   - limit: What the run may spend in all.
    ///   - start: When the run was submitted; its time counts from then.
    public init(limit: Allowance, start: Instant) {
        accounts = [Account(limit: limit, start: start)]
    }

    /// Limits what one agent may spend within the run; what it has spent already counts.
    public mutating func limit(_ agent: String, to limit: Allowance, start: Instant) {
        let position = position(of: agent)
        agents[position].account.limit = limit
        agents[position].account.start = start
    }

    // MARK: Asking

    /// Which limit stands against a call; nil when it may start.
    ///
    /// - Parameters:
    ///   - estimate: What the call is expected to cost.
    ///   - account: Whose money it is.
    ///   - agent: The agent that would run it.
    ///   - now: The moment it would start.
    /// - Returns: The first limit in the way: the account's own, then those it was taken from, then
    ///   the agent's.
    public func exhausted(
        by estimate: Cost,
        account: Int,
        agent: String,
        at now: Instant
    ) -> ExhaustedBudget? {
        var added = Spending(call: estimate)
        // The dimensions in which a nearer account limits, and so has set aside what is spent.
        var settled: [BudgetExhausted.Dimension] = []
        var next: Int? = account
        while let index = next {
            let current = accounts[index]
            let owner: ExhaustedBudget.Owner = index == BudgetLedger.run ? .run : .delegation
            if let found = refusal(current, owner, added, settled, now) { return found }
            var after = current
            after.used = current.used + added
            added = after.held - current.held
            settled += Spending.dimensions.filter { current.limit[$0] != nil }
            next = current.parent
        }
        guard let own = agents.first(where: { $0.agent == agent }) else { return nil }
        return refusal(own.account, .agent(agent), Spending(call: estimate), [], now)
    }

    private func refusal(
        _ account: Account,
        _ owner: ExhaustedBudget.Owner,
        _ added: Spending,
        _ settled: [BudgetExhausted.Dimension],
        _ now: Instant
    ) -> ExhaustedBudget? {
        if let ends = account.ends, now >= ends {
            return ExhaustedBudget(
                owner: owner,
                dimension: .time,
                used: (now - account.start).wholeMicroseconds,
                limit: (ends - account.start).wholeMicroseconds,
                wanted: 0
            )
        }
        for dimension in Spending.dimensions {
            guard let limit = account.limit[dimension] else { continue }
            let (used, wanted) = (account.used[dimension], added[dimension])
            // What a nearer account was given is set aside here, and may be spent to the end.
            let isReached = settled.contains(dimension) ? used > limit : used >= limit
            if isReached || wanted > limit - min(used, limit) {
                return ExhaustedBudget(
                    owner: owner,
                    dimension: dimension,
                    used: used,
                    limit: limit,
                    wanted: wanted
                )
            }
        }
        return nil
    }

    /// What may still be spent from an account by an agent.
    public func left(in account: Int, agent: String, at now: Instant) -> Allowance {
        var left = Allowance()
        var next: Int? = account
        while let index = next {
            let current = accounts[index]
            for dimension in Spending.dimensions {
                guard let limit = current.limit[dimension] else { continue }
                let rest = max(limit - current.used[dimension], 0)
                if left[dimension] == nil {
                    left[dimension] = rest
                } else if current.used[dimension] > limit {
                    left[dimension] = 0
                }
            }
            left.time = BudgetLedger.shorter(left.time, current.ends.map { max($0 - now, .zero) })
            next = current.parent
        }
        guard let own = agents.first(where: { $0.agent == agent })?.account else { return left }
        for dimension in Spending.dimensions {
            guard let limit = own.limit[dimension] else { continue }
            left[dimension] =
                min(left[dimension] ?? .max, max(limit - own.used[dimension], 0))
        }
        left.time = BudgetLedger.shorter(left.time, own.ends.map { max($0 - now, .zero) })
        return left
    }

    /// What the run may spend in all.
    public var limit: Allowance { accounts[BudgetLedger.run].limit }

    /// The agents that have a budget of their own in the run, with what they have used of it,
    /// reservations included.
    public var limitedAgents: [(agent: String, limit: Allowance, used: Spending)] {
        agents.filter { !$0.account.limit.isUnlimited }
            .map { ($0.agent, $0.account.limit, $0.account.used) }
    }

    /// Whether anything limits the run or an agent in it.
    public var isLimited: Bool {
        !accounts[BudgetLedger.run].limit.isUnlimited
            || agents.contains { !$0.account.limit.isUnlimited }
    }

    /// What would be spent if calls under way cost nothing, and allowances came back unspent.
    ///
    /// - Parameters:
    ///   - kept: Calls that stay reserved.
    ///   - account: An account that stays open, and those it was taken from.
    /// - Returns: The ledger as it may be soon, and cannot be better.
    func settled(except kept: [UInt64], keeping account: Int) -> BudgetLedger {
        var copy = self
        for call in reservations where !kept.contains(call.number) {
            copy.settle(call.number, .notBegun)
        }
        var open: Set<Int> = []
        var next: Int? = account
        while let index = next {
            open.insert(index)
            next = accounts[index].parent
        }
        for index in accounts.indices where accounts[index].isOpen && !open.contains(index) {
            copy.close(index)
        }
        return copy
    }

    /// What calls under way have reserved.
    public var reserved: Spending {
        reservations.reduce(.zero) { $0 + Spending(call: $1.estimate) }
    }

    private static func shorter(_ one: Duration?, _ two: Duration?) -> Duration? {
        guard let one, let two else { return one ?? two }
        return min(one, two)
    }

    // MARK: Calls

    /// Reserves the estimate of a call that is about to start.
    ///
    /// - Parameters:
    ///   - number: Names the call in ``settle(_:_:)``; each is larger than the one before.
    ///   - estimate: What the call is expected to cost.
    ///   - account: Whose money it is.
    ///   - agent: The agent that runs it.
    public mutating func reserve(
        _ number: UInt64,
        _ estimate: Cost,
        account: Int,
        agent: String
    ) {
        precondition(reservations.last.map { $0.number < number } ?? true, "reserved out of order")
        reservations.append(
            Reservation(number: number, account: account, agent: agent, estimate: estimate)
        )
        add(Spending(call: estimate), to: account)
        let own = position(of: agent)
        agents[own].account.used = agents[own].account.used + Spending(call: estimate)
    }

    /// Replaces the estimate of a call by what it has cost.
    ///
    /// A call that was never reserved, or has been settled, changes nothing: its worker may report
    /// twice.
    public mutating func settle(_ number: UInt64, _ settlement: Settlement) {
        guard let position = position(of: number) else { return }
        let call = reservations.remove(at: position)
        let estimate = Spending(call: call.estimate)
        let actual: Spending
        switch settlement {
        case .reported(let cost) where cost.isCredible: actual = Spending(call: cost)
        case .reported:
            refusedReports += 1
            actual = estimate
        case .unreported: actual = estimate
        case .notBegun: actual = .zero
        }
        noteOvershoot(actual - estimate)
        remove(estimate, adding: actual, in: call.account)
        let own = self.position(of: call.agent)
        agents[own].account.used = (agents[own].account.used - estimate) + actual
        spent = spent + actual
    }

    // MARK: Delegated allowances

    /// Gives a delegated call an allowance out of an account.
    ///
    /// - Parameters:
    ///   - allowance: What is asked for; what is more than is left is cut.
    ///   - account: Whose it is.
    ///   - now: The moment from which its time counts.
    /// - Returns: The account of the call and all it delegates in turn.
    public mutating func open(_ allowance: Allowance, from account: Int, at now: Instant) -> Int {
        let left = left(in: account, agent: "", at: now)
        var limit = allowance
        for dimension in Spending.dimensions {
            guard let wanted = allowance[dimension] else { continue }
            let most = min(left[dimension] ?? .max, BudgetLedger.allowanceLimit)
            limit[dimension] = min(max(wanted, 0), most)
        }
        accounts.append(Account(limit: Allowance(), start: now, parent: account))
        change(accounts.count - 1) { $0.limit = limit }
        return accounts.count - 1
    }

    /// Gives what is left of an allowance back, once its call and all below it have ended.
    public mutating func close(_ account: Int) {
        precondition(account != BudgetLedger.run, "the run's own account stays open")
        change(account) { $0.isOpen = false }
    }

    // MARK: Accounts

    private mutating func add(_ spending: Spending, to account: Int) {
        change(account) { $0.used = $0.used + spending }
    }

    private mutating func remove(_ old: Spending, adding new: Spending, in account: Int) {
        change(account) { $0.used = ($0.used - old) + new }
    }

    /// Changes an account, and what those above it must hold for it.
    private mutating func change(_ account: Int, _ change: (inout Account) -> Void) {
        let before = accounts[account].held
        change(&accounts[account])
        let after = accounts[account].held
        guard let parent = accounts[account].parent, before != after else { return }
        remove(before, adding: after, in: parent)
    }

    private mutating func noteOvershoot(_ beyond: Spending) {
        guard beyond != .zero else { return }
        for dimension in Spending.dimensions {
            guard let limit = accounts[0].limit[dimension] else { continue }
            let left = max(limit - accounts[0].used[dimension], 0)
            overshoot[dimension] =
                overshoot[dimension] + max(beyond[dimension] - left, 0)
        }
    }

    private func position(of number: UInt64) -> Int? {
        var (low, high) = (0, reservations.count)
        while low < high {
            let middle = (low + high) / 2
            if reservations[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < reservations.count, reservations[low].number == number else { return nil }
        return low
    }

    private mutating func position(of agent: String) -> Int {
        if let known = agents.firstIndex(where: { $0.agent == agent }) { return known }
        let account = Account(limit: Allowance(), start: accounts[BudgetLedger.run].start)
        agents.append(AgentAccount(agent: agent, account: account))
        return agents.count - 1
    }
}
