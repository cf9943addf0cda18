import SwarmCore
import SwarmJournal
import SwarmModel
import Testing

@Suite("Payloads in records")
struct PayloadFormTests {
    private func encode(_ payload: Payload) -> (text: String, stored: [JournalPayload]) {
        var encoder = RecordEncoder()
        encoder.append(
            .runFinished(
                RunFinished(run: RunID(1), outcome: .succeeded, output: payload, failure: nil)
            )
        )
        let (records, payloads) = encoder.finish()
        return (String(decoding: records.dropFirst().dropLast(), as: UTF8.self), payloads)
    }

    private func decode(_ text: String) throws -> Payload {
        guard case .runFinished(let finished) = try RecordDecoder.decode(Array(text.utf8)) else {
            throw JournalError(.malformedRecord, "another record", hint: "")
        }
        return finished.output
    }

    @Test(
        "A small payload is written in the most readable form that loses nothing",
        arguments: [
            (#"{"a": 1.50,"b":[ ]}"#, #"{"json":{"a": 1.50,"b":[ ]}}"#),
            ("null", #"{"json":null}"#), ("-0", #"{"json":-0}"#),
            (#""é\u0041""#, #"{"json":"é\u0041"}"#),
            ("", #"{"text":""}"#), (" 1", #"{"text":" 1"}"#), ("1\n", #"{"text":"1\n"}"#),
            ("{\"a\":1} {", #"{"text":"{\"a\":1} {"}"#), ("naïve 🐝", #"{"text":"naïve 🐝"}"#),
            ("a\u{0}b", #"{"base64":"YQBi"}"#),
        ]
    )
    func smallForms(payload: String, form: String) throws {
        let bytes = Array(payload.utf8)
        let (text, stored) = encode(.inline(bytes))
        #expect(text.hasSuffix("\"output\":\(form)}"))
        #expect(stored.isEmpty)
        #expect(try decode(text) == .inline(bytes))
    }

    @Test("Bytes that are no text come back, whatever their number", arguments: 0...65)
    func binary(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
        #expect(try decode(encode(.inline(bytes)).text) == .inline(bytes))
    }

    @Test("Random payloads come back as they were, and keep the record valid JSON")
    func random() throws {
        var generator = SplitMix(seed: 42)
        let alphabet = Array("{}[]\",:\\ \n0123eE.-tfnul\u{1}é".utf8) + [0, 0xff, 0xed, 0xa0]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &generator)
            let bytes = (0..<count).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            let text = encode(.inline(bytes)).text
            #expect(try decode(text) == .inline(bytes), "\(bytes)")
        }
    }

    @Test("A payload over the limit is stored beside, and the record names its digest")
    func large() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "1"), count: Payload.inlineLimit + 1)
        let digest = Digest.sha256(of: bytes)
        let (text, stored) = encode(.inline(bytes))
        #expect(text.contains(#"{"sha256":"\#(digest)","size":257}"#))
        #expect(stored == [JournalPayload(digest: digest, bytes: bytes)])
        let expected = StoredPayload(digest: digest, size: 257, bytes: nil)
        #expect(try decode(text) == .stored(expected))
    }

    @Test("A payload at the limit stays in the record")
    func atLimit() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "1"), count: Payload.inlineLimit)
        let (text, stored) = encode(.inline(bytes))
        #expect(stored.isEmpty)
        #expect(try decode(text) == .inline(bytes))
    }

    @Test("A stored payload brings its bytes along only when it has them")
    func stored() {
        let bytes = [UInt8](repeating: 1, count: 300)
        let digest = Digest.sha256(of: bytes)
        let known = StoredPayload(digest: digest, size: 300, bytes: bytes)
        #expect(encode(.stored(known)).stored == [JournalPayload(digest: digest, bytes: bytes)])
        let named = StoredPayload(digest: digest, size: 300, bytes: nil)
        #expect(encode(.stored(named)).stored.isEmpty)
    }
}

/// A small generator with a seed, so that a failure repeats.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
