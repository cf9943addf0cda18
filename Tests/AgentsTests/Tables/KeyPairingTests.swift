import Testing

@testable import TablesAgent

@Suite("Pairing rows of one key")
struct KeyPairingTests {
    private func rows(_ amounts: [Int]) throws -> [TableRow] {
        try amounts.enumerated().map { index, amount in
            TableRow(
                line: index + 1,
                key: "k",
                amount: try #require(ExactDecimal("\(amount)".utf8))
            )
        }
    }

    private func lines(_ pairing: KeyPairing) -> [[Int]] {
        pairing.pairs.map { [$0.left.line, $0.right.line] }
    }

    @Test("Equal amounts find each other before near ones")
    func equalFirst() throws {
        let pairing = KeyPairing(left: try rows([100, 101]), right: try rows([101, 250, 100]))
        #expect(lines(pairing) == [[1, 3], [2, 1]])
        #expect(pairing.onlyRight.map(\.line) == [2])
        #expect(pairing.onlyLeft.isEmpty)
    }

    @Test("What has no equal is paired with the nearest that is left")
    func nearest() throws {
        let pairing = KeyPairing(left: try rows([10, 50, 90]), right: try rows([48, 90]))
        #expect(lines(pairing) == [[2, 1], [3, 2]])
        #expect(pairing.onlyLeft.map(\.line) == [1])
    }

    @Test("One row a side is a pair however far apart; an empty side leaves the other over")
    func small() throws {
        #expect(lines(KeyPairing(left: try rows([1]), right: try rows([1_000_000]))) == [[1, 1]])
        let alone = KeyPairing(left: try rows([1, 2]), right: [])
        #expect(alone.pairs.isEmpty && alone.onlyLeft.count == 2)
    }

    @Test("Random groups are paired as trying every pair again and again would", arguments: 0..<40)
    func likeBruteForce(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        let left = try rows(
            (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                Int.random(in: 0...30, using: &generator)
            }
        )
        let right = try rows(
            (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                Int.random(in: 0...30, using: &generator)
            }
        )
        let pairing = KeyPairing(left: left, right: right)

        // The distances that are chosen do not depend on how ties are broken among equal pairs.
        var restLeft = left
        var restRight = right
        var equal = 0
        while !restLeft.isEmpty, !restRight.isEmpty {
            var common: (Int, Int)?
            for l in restLeft.indices {
                for r in restRight.indices where restLeft[l].amount == restRight[r].amount {
                    common = common ?? (l, r)
                }
            }
            guard let (l, r) = common else { break }
            restLeft.remove(at: l)
            restRight.remove(at: r)
            equal += 1
        }
        #expect(pairing.pairs.count { $0.difference == .zero } == equal)
        #expect(pairing.pairs.count == min(left.count, right.count))
        let seenLeft = (pairing.pairs.map(\.left.line) + pairing.onlyLeft.map(\.line)).sorted()
        let seenRight = (pairing.pairs.map(\.right.line) + pairing.onlyRight.map(\.line)).sorted()
        #expect(seenLeft == left.map(\.line))
        #expect(seenRight == right.map(\.line))

        // Nothing left over is nearer to a paired row than both of that pair's rows are.
        for pair in pairing.pairs {
            for row in pairing.onlyLeft {
                #expect((row.amount - pair.right.amount).magnitude >= pair.difference.magnitude)
            }
            for row in pairing.onlyRight {
                #expect((row.amount - pair.left.amount).magnitude >= pair.difference.magnitude)
            }
        }
    }

    @Test("Thousands of rows under one key are no trouble")
    func many() throws {
        let left = try rows(Array(0..<3000))
        let right = try rows((0..<3000).reversed())
        let pairing = KeyPairing(left: left, right: right)
        #expect(pairing.pairs.allSatisfy { $0.difference == .zero })
        #expect(pairing.pairs.count == 3000)
    }
}

/// A small generator whose numbers are the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
