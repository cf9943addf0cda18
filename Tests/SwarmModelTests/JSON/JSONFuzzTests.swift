import Testing

@testable import SwarmModel

@Suite struct JSONFuzzTests {
    @Test(
        "Any value survives writing and reading, in each form",
        arguments: 1...150 as ClosedRange<UInt64>
    )
    func survivesRoundTrips(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let json = JSON.random(depth: 4, using: &generator)
        let again = try JSON(parsing: json.encoded())
        #expect(again == json)
        #expect(again.encoded() == json.encoded())
        #expect(again.hashValue == json.hashValue)
        #expect(try JSON(parsing: json.pretty()).encoded() == json.encoded())
        #expect(try JSON(parsing: json.canonical()) == json)
        #expect(try JSON(parsing: json.canonical()).canonical() == json.canonical())
        #expect(try JSONDocument(parsing: json.pretty()).value[JSONPath.root] != nil)
    }

    @Test(
        "Damaged texts end in a value or an error, and all readers agree",
        arguments: 1...40 as ClosedRange<UInt64>
    )
    func survivesDamage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = JSON.random(depth: 2, using: &generator).encoded()
        let alphabet =
            Array(#"{}[]",:\/u0123eE+-.tfn*"#.utf8) + [
                0x00, 0x0a, 0x20, 0x80, 0xc3, 0xed, 0xf0, 0xff,
            ]
        for _ in 0..<50 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let byte = alphabet.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.insert(byte, at: place)
                case 1 where place < bytes.count: bytes.remove(at: place)
                case 2 where place < bytes.count: bytes[place] = byte
                default: bytes.removeLast(min(bytes.count, bytes.count - place))
                }
            }
            expectAgreement(bytes)
        }
    }

    @Test(
        "Bytes drawn by chance end in a value or an error",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func survivesNoise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 0...40, using: &generator)
            expectAgreement((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    /// The tree, the skipping reader and the document must accept and refuse alike.
    private func expectAgreement(_ bytes: [UInt8]) {
        let tree = Result { () throws(JSONSyntaxError) in try JSON(parsing: bytes) }
        let skip = bytes.withUnsafeBytes { contiguous in
            Result { () throws(JSONSyntaxError) in
                var reader = JSONReader(contiguous)
                try reader.skipValue()
                try reader.finish()
            }
        }
        let document = Result { () throws(JSONSyntaxError) in try JSONDocument(parsing: bytes) }
        switch (tree, skip) {
        case (.success(let json), .success):
            #expect((try? document.get().value) == json)
            #expect((try? JSON(parsing: json.encoded())) == json)
        case (.failure(let error), .success): #expect(error.code == .duplicateKey)
        case (.success, .failure(let error)): Issue.record("skipping refused: \(error)")
        case (.failure(let left), .failure(let right)):
            #expect(left == right || left.code == .duplicateKey)
            #expect((0...bytes.count).contains(left.offset))
        }
    }
}
