import SwarmModel
import SwarmWire
import Testing

@Suite("Requests to delegate")
struct DelegateRequestTests {
    private func read(_ text: String) throws(WireViolation) -> DelegateRequest {
        try read(Array(text.utf8))
    }

    private func read(_ bytes: [UInt8]) throws(WireViolation) -> DelegateRequest {
        try DelegateRequest(payload: bytes)
    }

    private static let golden: [String: DelegateRequest] = [
        "call": DelegateRequest(capability: "quote"),
        "call with everything": DelegateRequest(
            capability: "quote",
            arguments: Array(#"{"sku":"A-1","limits":[1.50,{"kept":"as \u20ac written"}]}"#.utf8),
            agent: "pricing",
            budget: Allowance(
                microdollars: 250_000,
                tokens: 5000,
                calls: 3,
                time: .seconds(60)
            ),
            timeout: .seconds(20),
            note: "price for line 7"
        ),
    ]

    @Test(
        "The payload of a golden call is read as what it says and written byte for byte",
        arguments: ["call", "call with everything"]
    )
    func golden(name: String) throws {
        let message = try #require(GoldenFrames.shared.valid.first { $0.name == name })
        let expected = try #require(Self.golden[name])
        #expect(try read(message.frames[2]) == expected)
        #expect(
            String(decoding: expected.encoded(), as: UTF8.self)
                == String(decoding: message.frames[2], as: UTF8.self)
        )
    }

    @Test("Arguments are kept as they are written, and are empty when left out")
    func arguments() throws {
        let spaced = try read(#" { "arguments" : { "a" : [ 1.0 ] } , "capability" : "a" } "#)
        #expect(spaced.arguments == Array(#"{ "a" : [ 1.0 ] }"#.utf8))
        #expect(try read(#"{"capability":"a"}"#).arguments == Array("{}".utf8))
        // As deep as arguments may be anywhere: 64 objects and arrays, in one that is the request.
        let deep = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(try read(#"{"capability":"a","arguments":{"a":\#(deep)}}"#).capability == "a")
    }

    @Test(
        "A payload that is no request is refused for a reason that can be counted",
        arguments: [
            ("", "malformed_json"), ("[]", "wrong_type"), ("{}", "missing_key"),
            (#"{"capability":"a"} {}"#, "malformed_json"),
            (#"{"capability":"A"}"#, "bad_value"), (#"{"capability":7}"#, "wrong_type"),
            (#"{"capability":"a","capability":"a"}"#, "duplicate_key"),
            (#"{"capability":"a","arguments":[]}"#, "wrong_type"),
            (#"{"capability":"a","arguments":null}"#, "wrong_type"),
            (#"{"capability":"a","arguments":{"a":}}"#, "malformed_json"),
            (#"{"capability":"a","agent":"a.b"}"#, "bad_value"),
            (#"{"capability":"a","budget":{"usd":-1}}"#, "out_of_range"),
            (#"{"capability":"a","budget":{"usd":1000001}}"#, "out_of_range"),
            (#"{"capability":"a","budget":3}"#, "wrong_type"),
            (#"{"capability":"a","timeout_ms":1.5}"#, "wrong_type"),
            (#"{"capability":"a","timeout_ms":-1}"#, "out_of_range"),
            (#"{"capability":"a","!urgent":true}"#, "critical_extension"),
            (
                #"{"capability":"a","note":"\#(String(repeating: "n", count: 1025))"}"#,
                "out_of_range"
            ),
            (
                #"{"capability":"a","arguments":{"a":\#(String(repeating: "[", count: 64))"#,
                "too_deep"
            ),
        ]
    )
    func refusal(payload: String, code: String) {
        let violation = #expect(throws: WireViolation.self) { try read(payload) }
        #expect(violation?.code.rawValue == code)
        guard let violation else { return }
        let call = Call(session: SessionID(random: 1), id: 7, operation: Operation.delegate)
        guard case .refused(let failure) = Reply.refusing(call, violation).outcome else {
            Issue.record("a request that cannot be read is refused")
            return
        }
        #expect(failure.kind == .validation)
        #expect(failure.retryable == false)
    }

    @Test("Whatever is written is read back as the same", arguments: [1, 2])
    func roundTrip(seed: UInt64) throws {
        var messages = RandomMessages(seed: seed)
        for _ in 0..<2000 {
            let request = messages.request()
            #expect(try read(request.encoded()) == request)
        }
    }

    @Test("A damaged request is read or refused, and what is read is stable", arguments: [1, 2])
    func damage(seed: UInt64) throws {
        var messages = RandomMessages(seed: seed)
        var refused = 0
        for _ in 0..<5000 {
            var bytes = messages.request().encoded()
            let place = Int.random(in: 0..<bytes.count, using: &messages.random)
            switch Int.random(in: 0..<3, using: &messages.random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &messages.random)
            case 1: bytes.removeSubrange(place...)
            default: bytes.insert(UInt8.random(in: 0...255, using: &messages.random), at: place)
            }
            do throws(WireViolation) {
                let request = try read(bytes)
                #expect(try read(request.encoded()) == request)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 1000)
    }
}
