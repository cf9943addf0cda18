/// The minor versions a peer speaks, both ends included.
public struct MinorRange: Hashable, Sendable {
    /// The oldest.
    public var lowest: Int
    /// The newest.
    public var highest: Int

    /// What this library speaks: 1 adds RESULT_ACK for many leases at once.
    public static let supported = MinorRange(lowest: 0, highest: 1)

    /// A range; `lowest` must not be above `highest`, or nothing is in common with anyone.
    public init(lowest: Int, highest: Int) {
        self.lowest = lowest
        self.highest = highest
    }

    /// The newest minor both sides speak; nil when they have none in common.
    public func negotiated(with other: MinorRange) -> Int? {
        let low = max(lowest, other.lowest)
        let high = min(highest, other.highest)
        return low <= high ? high : nil
    }
}
