/// What a call cost, or is expected to cost, in the integers the core counts with.
///
/// Money is in millionths of a US dollar, so that sums are exact and the same everywhere.
public struct Cost: Hashable, Sendable {
    /// Money, in millionths of a US dollar; never negative.
    public var microdollars: Int64
    /// Model tokens; never negative.
    public var tokens: Int64

    /// A cost; by default nothing.
    public init(microdollars: Int64 = 0, tokens: Int64 = 0) {
        self.microdollars = max(microdollars, 0)
        self.tokens = max(tokens, 0)
    }

    /// Nothing.
    public static let zero = Cost()

    /// The most a single call can count for: a million dollars, a trillion tokens.
    public static let limit = Cost(
        microdollars: 1_000_000_000_000,
        tokens: 1_000_000_000_000
    )
}

/// What may still be spent; nil leaves a dimension unlimited.
public struct Allowance: Hashable, Sendable {
    /// Money, in millionths of a US dollar.
    public var microdollars: Int64?
    /// Model tokens.
    public var tokens: Int64?
    /// Calls of capabilities.
    public var calls: Int64?
    /// Time.
    public var time: Duration?

    /// An allowance; by default without any limit.
    public init(
        microdollars: Int64? = nil,
        tokens: Int64? = nil,
        calls: Int64? = nil,
        time: Duration? = nil
    ) {
        self.microdollars = microdollars
        self.tokens = tokens
        self.calls = calls
        self.time = time
    }

    /// Whether nothing is limited.
    public var isUnlimited: Bool {
        microdollars == nil && tokens == nil && calls == nil && time == nil
    }
}
