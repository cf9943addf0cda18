import SwarmModel

/// The limit that stands against a call.
public struct ExhaustedBudget: Hashable, Sendable {
    /// Whose budget it is.
    public enum Owner: Hashable, Sendable {
        /// The run's.
        case run
        /// A delegated call's, or that of one it was delegated by.
        case delegation
        /// What this agent may spend within the run.
        case agent(String)
    }

    /// Whose budget it is.
    public var owner: Owner
    /// What is used up.
    public var dimension: BudgetExhausted.Dimension
    /// Spent, reserved and set aside: microdollars, tokens, calls, microseconds.
    public var used: Int64
    /// The limit, in the same unit.
    public var limit: Int64
    /// What the call would have added, in the same unit; 0 for time.
    public var wanted: Int64

    /// What stands in the way, as a sentence for a person.
    public var explanation: String {
        dimension == .time
            ? summary : "\(summary), and this call is expected to take \(text(wanted))"
    }

    /// What is used up, whatever the call would have cost.
    var summary: String {
        let budget =
            switch owner {
            case .run: "the run's budget"
            case .delegation: "the budget its caller gave it"
            case .agent(let agent): "the budget of agent \"\(agent)\" in this run"
            }
        if dimension == .time {
            return "\(budget) of \(text(limit)) was over after \(text(used))"
        }
        let verb = used >= limit ? "is used up" : "leaves too little"
        return "\(budget) of \(text(limit)) \(verb): \(text(used)) are spent or reserved"
    }

    private func text(_ amount: Int64) -> String {
        switch dimension {
        case .money: "\(ExhaustedBudget.decimal(amount, leastDigits: 2)) USD"
        case .tokens: "\(amount) tokens"
        case .calls: "\(amount) calls"
        case .time: "\(ExhaustedBudget.decimal(amount, leastDigits: 0)) s"
        }
    }

    /// Millionths as a decimal fraction, without zeros at its end beyond the least digits.
    private static func decimal(_ millionths: Int64, leastDigits: Int) -> String {
        var digits = String(millionths % 1_000_000)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.count > leastDigits, digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "\(millionths / 1_000_000)" : "\(millionths / 1_000_000).\(digits)"
    }
}
