/// The waits between attempts to reach a coordinator: 0.1 s doubling to 5 s, spread by chance.
///
/// The spread keeps the workers of a swarm from coming back all at the same moment.
struct Backoff {
    static let shortest: UInt64 = 100_000_000
    static let longest: UInt64 = 5_000_000_000

    private var attempts: UInt64 = 0

    mutating func reset() { attempts = 0 }

    /// Nanoseconds to wait before the next attempt: the doubled wait, times 0.5 to 1.5.
    mutating func next(using generator: inout some RandomNumberGenerator) -> UInt64 {
        let wait = min(Self.shortest << min(attempts, 6), Self.longest)
        attempts += 1
        return wait / 2 + UInt64.random(in: 0...wait, using: &generator)
    }
}
