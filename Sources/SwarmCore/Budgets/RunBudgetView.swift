public import SwarmModel

/// What a live run has spent and may spend, as an operator sees it.
public struct RunBudgetView: Hashable, Sendable {
    /// What the run may spend in all.
    public var limit: Allowance
    /// What calls that have ended have cost.
    public var spent: Spending
    /// What is set aside for calls under way.
    public var reserved: Spending
    /// When it was submitted; its time counts from then.
    public var since: Instant
    /// Agents with a budget of their own in the run.
    public var agents: [AgentBudget]

    /// What one agent has used of its budget in the run, reservations included.
    public struct AgentBudget: Hashable, Sendable {
        /// The agent.
        public var agent: String
        /// What it may spend.
        public var limit: Allowance
        /// What it has used.
        public var used: Spending
    }
}

extension Swarm {
    /// What a live run has spent; nil once it has ended.
    public func budget(of run: RunID) -> RunBudgetView? {
        guard let slot = runs.slot(of: run) else { return nil }
        let ledger = runs.slots[slot].budget
        return RunBudgetView(
            limit: ledger.limit,
            spent: ledger.spent,
            reserved: ledger.reserved,
            since: runs.slots[slot].submitted,
            agents: ledger.limitedAgents.map {
                RunBudgetView.AgentBudget(agent: $0.agent, limit: $0.limit, used: $0.used)
            }
        )
    }
}
