/// How often what the checks are about has happened; a check of what never happens shows nothing.
public struct Coverage: Hashable, Sendable {
    /// Calls that handlers delegated.
    public var delegated = 0
    /// Calls of an earlier attempt that a later one asked for again, and got.
    public var claimed = 0
    /// Calls that were refused.
    public var refused = 0
    /// Runs that were stopped because they went round in circles.
    public var loops = 0
    /// Budgets that were used up.
    public var exhausted = 0
    /// Calls that were made a second time because the first took long.
    public var hedged = 0
    /// Failures that were not retried because the retry budget was used up.
    public var unaffordable = 0

    /// Nothing yet.
    public init() {}

    static func + (left: Coverage, right: Coverage) -> Coverage {
        var sum = left
        sum.delegated += right.delegated
        sum.claimed += right.claimed
        sum.refused += right.refused
        sum.loops += right.loops
        sum.exhausted += right.exhausted
        sum.hedged += right.hedged
        sum.unaffordable += right.unaffordable
        return sum
    }
}
