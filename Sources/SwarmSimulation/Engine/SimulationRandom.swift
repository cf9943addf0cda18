/// Chance in a simulation: everything drawn follows from one seed.
///
/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). Each part
/// of a simulation has a stream of its own, so that switching one fault kind off does not shift
/// what the other parts draw: that is what makes a failing history shrink.
struct SimulationRandom {
    private var state: UInt64

    init(seed: UInt64, stream: UInt64) {
        state = SimulationRandom.mix(seed &+ 0x9E37_79B9_7F4A_7C15 &* (stream &+ 1))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SimulationRandom.mix(state)
    }

    /// An integer from 0 up to, not including, `bound`; 0 when the bound is 0.
    mutating func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// An integer of a closed range.
    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// True so many times in a thousand.
    mutating func perMille(_ share: Int) -> Bool { below(1000) < share }

    /// One of these.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// A time in microseconds: each doubling between the bounds is as likely as any other, because
    /// waits differ by orders of magnitude.
    mutating func spread(_ range: ClosedRange<Int64>) -> Int64 {
        var doublings = 0
        var high = max(range.lowerBound, 1)
        while high < range.upperBound {
            high *= 2
            doublings += 1
        }
        let low = max(range.lowerBound, 1) << Int64(below(doublings))
        return min(low + Int64(below(Int(low))), range.upperBound)
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A running 64-bit digest of everything that happened, to tell two histories apart.
struct HistoryHash: Hashable {
    private(set) var value: UInt64 = 0x243F_6A88_85A3_08D3

    mutating func add(_ number: UInt64) {
        let product = (value ^ number).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
        value = product.high ^ product.low &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset += 8
            }
            var tail: UInt64 = 0
            while offset < bytes.count {
                tail = tail << 8 | UInt64(bytes[offset])
                offset += 1
            }
            add(tail)
        }
    }
}
