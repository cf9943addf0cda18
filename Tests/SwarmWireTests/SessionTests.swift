import SwarmWire
import Testing

@Suite("Sessions")
struct SessionTests {
    /// The specification's table: one row a verb, one column a state.
    ///
    /// Columns: expected, greeted, ready, draining, closed. Letters: accept, ignore, unknown,
    /// violation.
    private static let table: [UInt8: String] = [
        0x01: "avvvu", 0x02: "uvaau", 0x03: "uvaau", 0x04: "uvaau", 0x05: "uvaau", 0x06: "uvaau",
        0x07: "uvaau", 0x08: "uvaiu", 0x09: "uvaau",
    ]

    @Test(
        "Every byte a worker can send meets the table in every state",
        arguments: UInt8.min...(.max)
    )
    func everyVerb(byte: UInt8) {
        let row = Self.table[byte] ?? "vvvvv"
        let states: [SessionState] = [.expected, .greeted, .ready, .draining, .closed]
        #expect(states == SessionState.allCases)
        for (state, letter) in zip(states, row) {
            let expected: SessionState.Admission =
                switch letter {
                case "a": .accepted
                case "i": .ignored
                case "u": .challenged
                default: .violation
                }
            #expect(state.admission(ofByte: byte) == expected)
            if let verb = Verb(rawValue: byte) {
                #expect(state.admission(of: verb) == expected)
                #expect(verb.sender == (byte < 0x80 ? .worker : .coordinator))
            }
        }
    }

    @Test("The highest version that both speak is taken")
    func negotiation() {
        func negotiated(_ one: (Int, Int), _ two: (Int, Int)) -> Int? {
            MinorRange(lowest: one.0, highest: one.1)
                .negotiated(with: MinorRange(lowest: two.0, highest: two.1))
        }
        #expect(negotiated((0, 1), (0, 1)) == 1)
        #expect(negotiated((0, 1), (0, 0)) == 0)
        #expect(negotiated((0, 5), (3, 9)) == 5)
        #expect(negotiated((3, 9), (0, 5)) == 5)
        #expect(negotiated((0, 1), (2, 3)) == nil)
        #expect(negotiated((2, 2), (2, 2)) == 2)
        #expect(negotiated((2, 1), (0, 9)) == nil)
    }

    @Test("A session id is a short word of letters, digits, dots, hyphens and underscores")
    func sessionIDs() {
        #expect(SessionID("aZ9._-")?.text == "aZ9._-")
        #expect(SessionID(String(repeating: "x", count: 64)) != nil)
        for text in ["", "a b", "ä", "a/b", "a\u{0}", String(repeating: "x", count: 65)] {
            #expect(SessionID(text) == nil)
        }
    }

    @Test("Random session ids tell numbers apart and keep to the form")
    func randomSessionIDs() {
        let numbers: [UInt64] = [0, 1, 31, 32, 1 << 59, 1 << 60, 1 << 63, .max]
        let ids = numbers.map(SessionID.init(random:))
        #expect(ids[0].text == "0000000000000")
        #expect(ids[2].text == "000000000000z")
        #expect(ids[7].text == "fzzzzzzzzzzzz")
        #expect(Set(ids).count == numbers.count)
        for id in ids { #expect(SessionID(id.text) == id) }
    }

    @Test("The first frame has its eight bytes, in each form")
    func prefixes() {
        for verb in Verb.allCases {
            let bytes: [UInt8] = [0x53, 0x57, 0x50, 1, verb.rawValue, 0, 0, 0]
            #expect(verb.prefix == bytes)
            let word = bytes.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            #expect(FramePrefix(verb).bigEndianWord == word)
        }
    }
}
