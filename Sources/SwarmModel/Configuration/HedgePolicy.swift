/// When a slow call is made a second time at another worker; the first good result wins.
///
/// Only for calls that are safe to repeat, since both may happen. From Dean and Barroso, "The Tail
/// at Scale" (CACM 2013), as gRPC specifies it.
public struct HedgePolicy: Hashable, Sendable {
    /// How long an attempt runs before the next copy starts.
    public var after: Duration
    /// The most copies beside the first attempt.
    public var maximum: Int

    /// Hedges after this long; by default with one copy.
    public init(after: Duration, maximum: Int = 1) {
        self.after = after
        self.maximum = maximum
    }
}
