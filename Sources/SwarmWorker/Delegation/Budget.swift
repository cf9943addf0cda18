import SwarmModel
import SwarmWire

/// What may be used up: by a subtask and all it delegates, or by one call that it delegates.
///
/// What is nil is not limited.
public struct Budget: Hashable, Sendable {
    /// Money, in US dollars; kept to a millionth, at most a million.
    public var usd: Double?
    /// Tokens of language models.
    public var tokens: Int?
    /// Calls of capabilities.
    public var calls: Int?
    /// Time after which no further call is begun.
    public var time: Duration?

    /// A budget; by default without any limit.
    public init(
        usd: Double? = nil,
        tokens: Int? = nil,
        calls: Int? = nil,
        time: Duration? = nil
    ) {
        self.usd = usd
        self.tokens = tokens
        self.calls = calls
        self.time = time
    }

    init(_ allowance: Allowance, usedUp elapsed: Duration) {
        self.init(
            usd: allowance.microdollars.map { Double($0) / 1_000_000 },
            tokens: allowance.tokens.map { Int($0) },
            calls: allowance.calls.map { Int($0) },
            time: allowance.time.map { max(.zero, $0 - elapsed) }
        )
    }

    /// The form that travels; what is negative or no number is none at all.
    var allowance: Allowance {
        Allowance(
            microdollars: usd.map(Cost.microdollars),
            tokens: tokens.map(Cost.count),
            calls: calls.map(Cost.count),
            time: time
        )
    }
}

/// What work has cost, in the amounts that budgets are kept in.
public struct Cost: Hashable, Sendable {
    /// Money, in US dollars; kept to a millionth, at most a million.
    public var usd: Double
    /// Tokens of language models.
    public var tokens: Int
    /// Calls of paid or limited systems outside the swarm.
    public var calls: Int

    /// A cost; by default nothing.
    public init(usd: Double = 0, tokens: Int = 0, calls: Int = 0) {
        self.usd = usd
        self.tokens = tokens
        self.calls = calls
    }

    /// The most that is reported for one subtask.
    private static let microdollarLimit: Int64 = 1_000_000_000_000

    /// Adds this cost to what was used up so far, never beyond what can be reported.
    func added(to usage: Usage?) -> Usage {
        var sum = usage ?? Usage()
        if usd != 0 {
            let money = (sum.microdollars ?? 0) + Self.microdollars(usd)
            sum.microdollars = min(money, Self.microdollarLimit)
        }
        if tokens != 0 {
            sum.tokens = min((sum.tokens ?? 0) + Self.count(tokens), WireLimits.integer)
        }
        if calls != 0 {
            sum.calls = min((sum.calls ?? 0) + Self.count(calls), WireLimits.integer)
        }
        return sum
    }

    static func microdollars(_ usd: Double) -> Int64 {
        guard usd > 0 else { return 0 }
        let money = (usd * 1_000_000).rounded()
        return money < Double(microdollarLimit) ? Int64(money) : microdollarLimit
    }

    static func count(_ number: Int) -> Int64 { min(max(Int64(number), 0), WireLimits.integer) }
}
