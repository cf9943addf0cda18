import SwarmCore
import SwarmModel
import Testing

@Suite("Breaker traces")
struct BreakerTraceTests {
    private static func document(_ config: String, _ events: String) -> String {
        #"{"format":1,"traces":[{"id":"t","config":\#(config),"events":[\#(events)]}]}"#
    }

    @Test("A document comes back as it was, with result and state behind each event's members")
    func playing() throws {
        let document = try JSON(
            parsing: #"""
                {"format":1,"note":"two","traces":[
                  {"id":"a","config":{"size":1,"min":1,"permits":1,"wait_ms":10},"events":[
                    {"t_ms":0,"op":"admit","call":"x"},
                    {"t_ms":1,"op":"fail","call":"x","duration_ms":1}]},
                  {"id":7,"events":[]}
                ]}
                """#
        )
        let played = try BreakerTrace.play(document)
        let text = #"""
            {"format":1,"note":"two","traces":[
            {"id":"a","config":{"size":1,"min":1,"permits":1,"wait_ms":10},"events":[
            {"t_ms":0,"op":"admit","call":"x","result":"admitted","state":"closed"},
            {"t_ms":1,"op":"fail","call":"x","duration_ms":1,"result":"counted","state":"open"}
            ]},
            {"id":7,"events":[]}
            ]}
            """#
        #expect(BreakerTrace.text(played) == text)
        #expect(try JSON(parsing: text) == played)
    }

    @Test("What was printed can be played again, and gives the same")
    func playingAgain() throws {
        let text = Self.document(
            #"{"size":1,"min":1}"#,
            #"""
            {"result":"rejected","t_ms":0,"state":"open","op":"admit","call":1},
            {"t_ms":5,"op":"fail","call":1.0}
            """#
        )
        let once = try BreakerTrace.play(try JSON(parsing: text))
        #expect(try BreakerTrace.play(once).description == once.description)
        #expect(once["traces"]?[0]?["events"]?[0]?["result"] == "admitted")
        #expect(once["traces"]?[0]?["events"]?[1]?["state"] == "open")
    }

    @Test("Settings that are left out are those of resilience4j")
    func defaults() throws {
        // 100 calls, half of them failed; the trial calls are ten, a minute later.
        var rows: [String] = []
        for call in 0..<100 { rows.append("0 admit c\(call) -> admitted closed") }
        for call in 0..<99 {
            rows.append("1 \(call < 50 ? "fail" : "ok") c\(call) -> counted closed")
        }
        rows.append("1 ok c99 -> counted open")
        rows.append("60000 admit d -> rejected open")
        for probe in 0..<10 { rows.append("60001 admit p\(probe) -> admitted half_open") }
        rows.append("60001 admit d -> rejected half_open")
        rows.append("999999999 tick -> done half_open")
        for probe in 0..<9 {
            rows.append("999999999 \(probe < 5 ? "fail" : "ok") p\(probe) -> counted half_open")
        }
        rows.append("999999999 ok p9 -> counted open")
        rows.append("1000059998 tick -> done open")
        rows.append("1000059999 tick -> done half_open")
        try TraceTable([:], rows.joined(separator: "\n")).check()
        // Only when every call takes longer than a minute.
        try TraceTable(
            ["size": 1, "min": 1],
            """
            0 admit a          -> admitted closed
            0 ok a took 60000  -> counted closed
            0 admit b          -> admitted closed
            0 ok b took 60001  -> counted open
            """
        ).check()
    }

    @Test("A limit that is null or 0 is off")
    func limitsOff() throws {
        let off: [JSON] = [
            ["size": 1, "min": 1, "fail_pct": 0, "slow_pct": 0],
            ["size": 1, "min": 1, "fail_pct": .null, "slow_pct": .null],
            ["size": 1, "min": 1, "fail_pct": .null, "slow_ms": .null],
        ]
        for config in off {
            try TraceTable(
                config,
                """
                0 admit a              -> admitted closed
                0 fail a took 99999999 -> counted closed
                """
            ).check()
        }
    }

    @Test("A call nobody admitted, or that has ended, has nothing to report")
    func unknownCalls() throws {
        try TraceTable(
            ["size": 1, "min": 1],
            """
            0 ok a     -> stale closed
            0 fail a   -> stale closed
            0 admit a  -> admitted closed
            0 ok a     -> counted closed
            0 fail a   -> stale closed
            0 cancel a -> stale closed
            0 admit a  -> admitted closed
            0 fail a   -> counted open
            0 admit b  -> rejected open
            1 ok b     -> stale open
            """
        ).check()
    }

    /// Text that is wrong, and what must be said about it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let complaint: String

        var testDescription: String { text }

        init(_ text: String, _ complaint: String) {
            self.text = text
            self.complaint = complaint
        }

        /// A mistake in the settings.
        static func config(_ config: String, _ complaint: String) -> Mistake {
            Mistake(document(config, ""), "traces[0].config.\(complaint)")
        }

        /// A mistake in the last of these events.
        static func event(_ events: String..., complaint: String) -> Mistake {
            Mistake(
                document("{}", events.joined(separator: ",")),
                "traces[0].events[\(events.count - 1)].\(complaint)"
            )
        }
    }

    private static let words =
        "one of admit, ok, fail, ignore, cancel, tick, force_open, release, disable, enable"
    private static let milliseconds = "milliseconds, a number from 0 to 1e15"

    private static let inTheDocument: [Mistake] = [
        Mistake("[]", "expected an object, found an array"),
        Mistake("{}", "format: expected the number 1, found nothing"),
        Mistake(#"{"format":2}"#, "format: expected the number 1, found 2"),
        Mistake(#"{"format":1}"#, "traces: expected an array, found nothing"),
        Mistake(#"{"format":1,"traces":{}}"#, "traces: expected an array, found an object"),
        Mistake(
            #"{"format":1,"trace":[]}"#,
            "trace: expected no such member; known are format, traces, note"
        ),
        Mistake(#"{"format":1,"traces":[3]}"#, "traces[0]: expected an object, found 3"),
        Mistake(
            #"{"format":1,"traces":[{"id":"a"}]}"#,
            "traces[0].events: expected an array, found nothing"
        ),
    ]

    private static let inTheSettings: [Mistake] = [
        .config(
            #"{"windows":"count"}"#,
            """
            windows: expected no such member; known are window, size, min, fail_pct, slow_pct, \
            slow_ms, wait_ms, wait_max_ms, backoff, permits, probe_ms
            """
        ),
        .config(
            #"{"window":"calls"}"#,
            #"window: expected one of count, time, found "calls""#
        ),
        .config(#"{"size":0}"#, "size: expected an integer from 1 to 1,000,000, found 0"),
        .config(#"{"size":2.5}"#, "size: expected an integer from 1 to 1,000,000, found 2.5"),
        .config(
            #"{"fail_pct":101}"#,
            "fail_pct: expected a percentage, a number from 0 (off) to 100, found 101"
        ),
        .config(#"{"wait_ms":"1s"}"#, "wait_ms: expected \(milliseconds), found \"1s\""),
        .config(
            #"{"backoff":0.5}"#,
            "backoff: expected a factor, a number from 1 to 1000, found 0.5"
        ),
    ]

    private static let inTheEvents: [Mistake] = [
        .event(#"{"op":"tick"}"#, complaint: "t_ms: expected \(milliseconds), found nothing"),
        .event(
            #"{"t_ms":-1,"op":"tick"}"#,
            complaint: "t_ms: expected \(milliseconds), found -1"
        ),
        .event(
            #"{"t_ms":1,"op":"tick"}"#,
            #"{"t_ms":0,"op":"tick"}"#,
            complaint: "t_ms: expected a moment not before that of the event before, found 0"
        ),
        .event(#"{"t_ms":0}"#, complaint: "op: expected \(words), found nothing"),
        .event(
            #"{"t_ms":0,"op":"reset"}"#,
            complaint: "op: expected \(words), found \"reset\""
        ),
        .event(
            #"{"t_ms":0,"op":"admit"}"#,
            complaint: "call: expected the name of a call, a string or a number, found nothing"
        ),
        .event(
            #"{"t_ms":0,"op":"ok","call":"a","took":1}"#,
            complaint: """
                took: expected no such member; known are t_ms, op, call, duration_ms, note, \
                result, state
                """
        ),
        .event(
            #"{"t_ms":0,"op":"admit","call":"a"}"#,
            #"{"t_ms":0,"op":"admit","call":"a"}"#,
            complaint: """
                call: expected the name of a call that is not under way; it was admitted by \
                event 0 and has not ended, found "a"
                """
        ),
    ]

    @Test(
        "What is wrong is said with its place and what was expected",
        arguments: inTheDocument + inTheSettings + inTheEvents
    )
    func complaints(mistake: Mistake) throws {
        let document = try JSON(parsing: mistake.text)
        let error = #expect(throws: DocumentError.self) { try BreakerTrace.play(document) }
        #expect(error?.description == mistake.complaint)
    }
}
