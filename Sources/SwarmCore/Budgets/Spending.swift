public import SwarmModel

/// What calls have cost together.
///
/// Sums saturate, so no report can make a large sum small.
public struct Spending: Hashable, Sendable {
    /// Money, in millionths of a US dollar.
    public private(set) var microdollars: Int64 = 0
    /// Model tokens.
    public private(set) var tokens: Int64 = 0
    /// Calls of capabilities.
    public private(set) var calls: Int64 = 0

    /// Nothing.
    public static let zero = Spending()

    /// A sum; negative parts count as nothing.
    public init(microdollars: Int64 = 0, tokens: Int64 = 0, calls: Int64 = 0) {
        self.microdollars = max(microdollars, 0)
        self.tokens = max(tokens, 0)
        self.calls = max(calls, 0)
    }

    /// One call of this cost.
    public init(call cost: Cost) {
        self.init(microdollars: cost.microdollars, tokens: cost.tokens, calls: 1)
    }

    /// The parts that are added up: all but time, which passes by itself.
    static let dimensions: [BudgetExhausted.Dimension] = [.money, .tokens, .calls]

    subscript(dimension: BudgetExhausted.Dimension) -> Int64 {
        get {
            switch dimension {
            case .money: microdollars
            case .tokens: tokens
            case .calls: calls
            case .time: 0
            }
        }
        set {
            switch dimension {
            case .money: microdollars = max(newValue, 0)
            case .tokens: tokens = max(newValue, 0)
            case .calls: calls = max(newValue, 0)
            case .time: break
            }
        }
    }

    /// Both together.
    public static func + (left: Spending, right: Spending) -> Spending {
        Spending(
            microdollars: left.microdollars.adding(right.microdollars),
            tokens: left.tokens.adding(right.tokens),
            calls: left.calls.adding(right.calls)
        )
    }

    /// The first without the second, in no part less than nothing.
    public static func - (left: Spending, right: Spending) -> Spending {
        // Both are at least 0, so their difference fits.
        Spending(
            microdollars: left.microdollars - right.microdollars,
            tokens: left.tokens - right.tokens,
            calls: left.calls - right.calls
        )
    }
}

extension Int64 {
    /// The sum, or the largest number when it does not fit; both are at least 0.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension Allowance {
    /// What a budget of a configuration file allows.
    ///
    /// Fractions of a millionth of a dollar count in the spender's favour; what no number of
    /// dollars can be allows nothing.
    public init(_ budget: Budget) {
        self.init(
            microdollars: budget.usd.map { Cost.microdollars($0) ?? 0 },
            tokens: budget.tokens.map { Int64(max($0, 0)) },
            calls: budget.calls.map { Int64(max($0, 0)) },
            time: budget.time
        )
    }

    subscript(dimension: BudgetExhausted.Dimension) -> Int64? {
        get {
            switch dimension {
            case .money: microdollars
            case .tokens: tokens
            case .calls: calls
            case .time: nil
            }
        }
        set {
            switch dimension {
            case .money: microdollars = newValue
            case .tokens: tokens = newValue
            case .calls: calls = newValue
            case .time: break
            }
        }
    }
}

extension Cost {
    /// What a contract expects a call to cost; absurd estimates count as the most a call can cost.
    public init(_ estimate: CostEstimate) {
        self.init(
            microdollars: Cost.microdollars(estimate.usd) ?? Cost.limit.microdollars,
            tokens: min(Int64(max(estimate.tokens, 0)), Cost.limit.tokens)
        )
    }

    /// Whether a single call can have cost this; nothing else is believed of a worker's report.
    public var isCredible: Bool {
        microdollars <= Cost.limit.microdollars && tokens <= Cost.limit.tokens
    }

    /// An amount of US dollars in millionths, to the nearest, and at least one for any money at
    /// all; nil for what no call or budget can be: not a number, negative, beyond ``limit``.
    static func microdollars(_ usd: Double) -> Int64? {
        guard usd >= 0, usd * 1_000_000 <= Double(Cost.limit.microdollars) else { return nil }
        return usd > 0 ? max(Int64(usd * 1_000_000 + 0.5), 1) : 0
    }
}
