/// What may be spent; nil leaves a dimension unlimited.
public struct Budget: Hashable, Sendable {
    /// Money, in US dollars.
    public var usd: Double?
    /// Model tokens.
    public var tokens: Int?
    /// Calls of capabilities.
    public var calls: Int?
    /// The time since submission after which no call starts.
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

    /// The lower of the two in each dimension.
    public func lowered(by other: Budget) -> Budget {
        func lower<Value: Comparable>(_ one: Value?, _ two: Value?) -> Value? {
            guard let one, let two else { return one ?? two }
            return min(one, two)
        }
        return Budget(
            usd: lower(usd, other.usd),
            tokens: lower(tokens, other.tokens),
            calls: lower(calls, other.calls),
            time: lower(time, other.time)
        )
    }

    /// Whether no dimension is limited.
    public var isUnlimited: Bool { self == Budget() }
}

/// What happens when a budget is spent.
public enum OnExhausted: String, Hashable, Sendable, CaseIterable {
    /// No further call starts; the run ends with what it has. The default.
    case stop
    /// Only subtasks marked `finally` still start.
    case wrapUp = "wrap_up"
}
