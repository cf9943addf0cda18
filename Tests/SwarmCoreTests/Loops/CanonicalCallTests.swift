import SwarmCore
import SwarmModel
import Testing

@Suite struct CanonicalCallTests {
    private func call(
        _ arguments: String,
        _ capability: String = "research",
        _ effect: SideEffect = .additive
    ) -> CanonicalCall {
        CanonicalCall(capability: capability, effect: effect, arguments: Array(arguments.utf8))
    }

    @Test(
        "Spellings of the same arguments are the same call",
        arguments: [
            (#"{"a":1,"b":[true,null]}"#, #"{ "b" : [ true, null ], "a" : 1 }"#),
            (#"{"a":1}"#, #"{"a":1.0}"#),
            (#"{"a":1000}"#, #"{"a":1e3}"#),
            (#"{"a":0.25}"#, #"{"a":2.5e-1}"#),
            (#"{"a":17}"#, #"{"a":"17"}"#),
            (#"{"a":"Ledger"}"#, #"{"a":"  LEDGER\t"}"#),
            (#"{"a":"main ledger"}"#, #"{"a":"main \u00a0\u2009 Ledger"}"#),
            (#"{"a":"ledger"}"#, #"{"a":"led\u200bger\u00ad"}"#),
            (#"{"a":"ÄRGER"}"#, #"{"a":"ärger"}"#),
            (#"{"a":1,"b":null}"#, #"{"a":1}"#),
            (#"{"a":1,"b":{"c":null}}"#, #"{"a":1}"#),
            (#"{"a":"Clean the ledger, please"}"#, #"{"a":"clean  the “ledger” — please!"}"#),
            (#"{"a":"don't drop the ledger"}"#, #"{"a":"don’t drop the ledger"}"#),
            (#"{"a":"请清理账本中的重复条目"}"#, #"{"a":"请清理 账本 中的 重复条目。"}"#),
        ]
    )
    func seesThroughSpelling(one: String, other: String) {
        #expect(call(one).similarity(to: call(other)) == 1)
        #expect(call(one).fingerprint == call(other).fingerprint)
    }

    @Test(
        "Arguments about different things are different calls",
        arguments: [
            (#"{"id":1}"#, #"{"id":2}"#),
            (#"{"id":1}"#, #"{"id":-1}"#),
            (#"{"id":1}"#, #"{"key":1}"#),
            (#"{"id":"1"}"#, #"{"id":"01"}"#),
            (#"{"id":9007199254740993}"#, #"{"id":9007199254740992}"#),
            (#"{"version":"1.1"}"#, #"{"version":"1.10"}"#),
            (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#),
            (#"{"a":{"b":1}}"#, #"{"a":1,"b":1}"#),
            (#"{"dry_run":true}"#, #"{"dry_run":false}"#),
            (#"{"file":"a b c.txt"}"#, #"{"file":"a b d.txt"}"#),
            (#"{"sourcePath":"my first old note"}"#, #"{"sourcePath":"my first new note"}"#),
            (#"{"titles":["The whale at sea"]}"#, #"{"titles":["The whale on land"]}"#),
            (#"{"cursor":"abc"}"#, #"{"cursor":"abd"}"#),
            (
                #"{"record":"550e8400-e29b-41d4-a716-446655440000"}"#,
                #"{"record":"550e8400-e29b-41d4-a716-446655440001"}"#
            ),
            (#"{"text":"pay invoice 17 today"}"#, #"{"text":"pay invoice 18 today"}"#),
            (#"{"day":"2026-03-01"}"#, #"{"day":"2026-03-02"}"#),
            (#"{"time":"2026-03-01T09:00:00Z"}"#, #"{"time":"2026-03-01T10:00:00Z"}"#),
        ]
    )
    func tellsThingsApart(one: String, other: String) {
        #expect(call(one).similarity(to: call(other)) == 0)
    }

    @Test(
        "What differs with every call does not count, at any depth",
        arguments: [
            "request_id", "requestId", "Trace-ID", "span_id", "correlation_id", "message_id",
            "call_id", "session_id", "nonce", "timestamp", "now", "created_at", "updatedAt",
            "requested_at", "attempt", "seed",
        ]
    )
    func dropsVolatileMembers(name: String) {
        let one = call(#"{"id":7,"meta":{"tags":["a",{"\#(name)":"x1"}]}}"#)
        let two = call(#"{"id":7,"meta":{"tags":["a",{"\#(name)":"x2"}]}}"#)
        #expect(one.similarity(to: two) == 1)
        #expect(call(#"{"id":7}"#).similarity(to: call(#"{"id":7,"\#(name)":4}"#)) == 1)
    }

    @Test("A time is dropped when it is a time stamp, and kept when it is a time of the plan")
    func tellsStampsFromPlans() {
        let one = call(#"{"id":7,"time":"2026-03-01T02:47:11Z"}"#)
        #expect(one.similarity(to: call(#"{"id":7,"time":"2026-03-01T02:47:12Z"}"#)) == 1)
        #expect(one.similarity(to: call(#"{"id":7,"time":1772333231}"#)) == 1)
        #expect(call(#"{"time":"09:00"}"#).similarity(to: call(#"{"time":"10:00"}"#)) == 0)
    }

    @Test("An id is no wrapping when the capability is about it, or nothing else is there")
    func keepsReferencesThatAreTheThing() {
        let one = #"{"channel":"ops","message_id":"m1"}"#
        let two = #"{"channel":"ops","message_id":"m2"}"#
        #expect(call(one).similarity(to: call(two)) == 1)
        #expect(call(one, "delete_message").similarity(to: call(two, "delete_message")) == 0)
        #expect(call(#"{"session_id":1}"#).similarity(to: call(#"{"session_id":2}"#)) == 0)
    }

    @Test("Wordings are compared by the share of their words in common")
    func comparesWords() {
        func prose(_ text: String) -> CanonicalCall { call(#"{"text":"\#(text)"}"#) }
        let one = prose("remove duplicate ledger entries")
        // Three words of four and four of five: 3 / 5 = 0.6; by hand.
        #expect(one.similarity(to: prose("remove duplicate ledger rows")) == 0.6)
        #expect(one.similarity(to: prose("entries: ledger, duplicate. REMOVE!")) == 1)
        #expect(one.similarity(to: prose("could you please remove duplicate ledger entries")) == 1)
        #expect(one.similarity(to: prose("removing duplicates of a ledger entry")) == 1)
        #expect(one.similarity(to: prose("summarise the weather in Norway")) == 0)
        let stamped = "remove duplicate ledger entries at 2:47am, 2026-03-01T02:47:11Z, attempt 9"
        #expect(one.similarity(to: prose(stamped)) == 1)
    }

    @Test("Long prose is compared by a sample of its words that is right within a tenth")
    func samplesLongProse() {
        func words(_ numbers: Range<Int>) -> String {
            // Words of letters alone, none of which has an ending that is cut off.
            numbers.map { number in
                String(String(number).utf8.map { Character(UnicodeScalar($0 + 0x37)) }) + "qz"
            }.joined(separator: " ")
        }
        let one = call(#"{"text":"\#(words(1000..<3000))"}"#)
        let two = call(#"{"text":"\#(words(1500..<3500))"}"#)
        // 1,500 words in common of 2,500.
        #expect(abs(one.similarity(to: two) - 0.6) < 0.1)
    }

    @Test("What is no JSON, too long or too deep is compared byte by byte, and never traps")
    func takesAnything() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        let long = #"{"a":"\#(String(repeating: "x ", count: 200_000))"}"#
        let wide = "{" + (0..<20000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        for text in ["", "{", deep, long, wide, #"{"a":1,"a":2}"#, "\u{0}", "1e99999999999"] {
            #expect(call(text).similarity(to: call(text)) == 1)
            #expect(call(text).similarity(to: call(text + " []")) == 0)
        }
        let broken = CanonicalCall(
            capability: "research",
            effect: .read,
            arguments: [0x22, 0xff, 0xfe, 0x22]
        )
        #expect(broken.similarity(to: broken) == 1)
    }

    @Test("Only calls of one capability are alike")
    func keepsCapabilitiesApart() {
        #expect(call("{}", "a").similarity(to: call("{}", "b")) == 0)
        #expect(call("{}", "a").fingerprint != call("{}", "b").fingerprint)
    }

    @Test("Fingerprints are the same on every machine and in every version")
    func hasStableFingerprints() {
        let first = call(#"{"id":7,"text":"remove duplicate ledger entries"}"#).fingerprint
        // Pinned: nothing that differs between processes may have a part in it.
        #expect(first == 637_247_342_276_858_203)
    }
}
