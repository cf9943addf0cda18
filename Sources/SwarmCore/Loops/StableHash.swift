/// A hash that is the same in every process, on every machine and in every version: FNV-1a over 64
/// bits, its result spread by the finaliser of SplitMix64.
///
/// Swift's own `Hasher` is seeded anew for each process, so nothing a decision depends on may come
/// from it. This one is no defence against somebody who looks for collisions: all that a collision
/// brings about here is that two calls of the same run count as the same.
struct StableHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    init() {}

    /// What has been fed so far, as one number.
    var value: UInt64 {
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func feed(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { feed(byte) }
    }

    mutating func feed(_ number: UInt64) {
        for shift in stride(from: 0, through: 56, by: 8) {
            feed(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = StableHash()
        hash.feed(bytes)
        return hash.value
    }
}
