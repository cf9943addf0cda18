import SwarmModel
import SwarmRuntime
import Testing

@Suite("A record of the log")
struct LogRecordTests {
    private let record = LogRecord(
        .subtaskFailed,
        at: Instant(microseconds: 1_795_489_445_123_456),
        run: RunID(7),
        subtask: "quote[3]",
        worker: WorkerID(agent: "pricing", replica: 2),
        capability: "quote",
        message: "5 errors in 60s; the run ends",
        fields: ["kind": "transient", "last": "HTTP 503", "attempts": 4, "code": "503"],
        seq: 18234,
        trace: "4bf92f3577b34da6a3ce929d0e0e4736"
    )

    private func json(_ record: LogRecord) -> String {
        var bytes: [UInt8] = []
        record.writeJSONLine(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("Its JSON line has the documented keys in the documented order")
    func jsonLine() {
        #expect(
            json(record)
                == #"{"ts":"2026-11-24T03:04:05.123Z","level":"warn","event":"subtask.failed","run":"r_7","#
                + #""subtask":"quote[3]","worker":"pricing-2","capability":"quote","#
                + #""msg":"5 errors in 60s; the run ends","kind":"transient","last":"HTTP 503","#
                + #""attempts":4,"code":"503","seq":18234,"trace":"4bf92f3577b34da6a3ce929d0e0e4736","#
                + #""do":"swarm show r_7"}"# + "\n"
        )
    }

    @Test("Its text has fixed columns, then the message, then logfmt")
    func textLine() {
        #expect(
            record.text()
                == "2026-11-24T03:04:05.123Z WARN  subtask.failed           r_7/quote[3]     pricing-2  "
                + "   5 errors in 60s; the run ends  capability=quote kind=transient"
                + #" last="HTTP 503" attempts=4 code="503" seq=18234"#
                + #" trace=4bf92f3577b34da6a3ce929d0e0e4736 do="swarm show r_7""#
        )
    }

    @Test("A line about nothing in particular says so with hyphens")
    func empty() throws {
        let record = LogRecord(.swarmStarted, at: Instant(microseconds: 0), message: "up")
        #expect(record.text().hasPrefix("1970-01-01T00:00:00.000Z INFO  swarm.started "))
        #expect(record.text().hasSuffix(" -                -             up"))
        #expect(try LogRecord(textLine: record.text().utf8) == record)
    }

    @Test("Colour changes nothing but the look")
    func color() throws {
        let colored = record.text(style: .colored)
        #expect(colored.contains("\u{1B}["))
        #expect(try LogRecord(textLine: colored.utf8) == record)
        #expect(!record.text().contains("\u{1B}"))
    }

    @Test("What acts on a terminal is escaped in both renderings")
    func terminal() throws {
        let hostile =
            "\u{1B}]0;owned\u{07} \u{202E}txt.exe\u{2066} \u{9B}2J \u{7F} a\u{200F}b \u{E0041} tab\t nl\n"
        let record = LogRecord(
            .workerOutput,
            at: Instant(microseconds: 5000),
            message: hostile,
            fields: ["\u{1B}[1m": .string(hostile), "deep": [["x": .string(hostile)]]]
        )
        for rendering in [record.text(), String(json(record).dropLast())] {
            #expect(
                rendering.unicodeScalars.allSatisfy { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: false
                    default: true
                    }
                }
            )
        }
        #expect(try LogRecord(textLine: record.text().utf8) == record)
        #expect(try LogRecord(jsonLine: json(record).utf8) == record)
    }

    @Test("A field cannot pass for what the coordinator says")
    func reservedKeys() throws {
        let record = LogRecord(
            .workerOutput,
            at: Instant(microseconds: 0),
            message: "m",
            fields: ["level": "error", "field_level": 1, "do": "rm -rf /", "x": 2]
        )
        #expect(record.fields.keys == ["field_level", "field_field_level", "field_do", "x"])
        #expect(record.level == .info)
        #expect(record.action == nil)
        #expect(try LogRecord(jsonLine: json(record).utf8) == record)
    }

    @Test("From warn on there is always something to do", arguments: LogLevel.allCases)
    func action(level: LogLevel) {
        let time = Instant(microseconds: 0)
        let plain = LogRecord(.libraryLogged, at: time, level: level, message: "m")
        #expect((plain.action != nil) == (level >= .warn))
        let worker = LogRecord(
            .workerLost,
            at: time,
            worker: WorkerID(agent: "a", replica: 1),
            message: "m"
        )
        #expect(worker.action == "swarm logs --agent a-1")
        let own = LogRecord(.workerLost, at: time, message: "m", action: "swarm ps")
        #expect(own.action == "swarm ps")
    }

    @Test(
        "A line that is none is refused with a reason",
        arguments: [
            "", "hello", "{", "[]", "{}",
            #"{"ts":"yesterday","level":"info","event":"swarm.started","msg":""}"#,
            #"{"ts":"2026-11-22T03:04:05.123Z","level":"loud","event":"swarm.started","msg":""}"#,
            #"{"ts":"2026-11-22T03:04:05.123Z","level":"info","event":"swarm.danced","msg":""}"#,
            #"{"ts":"2026-11-22T03:04:05.123Z","level":"info","event":"swarm.started","msg":1}"#,
            #"{"ts":"2026-11-22T03:04:05.123Z","level":"info","event":"swarm.started","msg":"","run":"x"}"#,
            #"{"ts":"2026-11-22T03:04:05.123Z","level":"info","event":"swarm.started","msg":"","seq":-1}"#,
            "2026-11-22T03:04:05.123Z INFO  swarm.danced - - m",
            "2026-11-22T03:04:05.123Z INFO  swarm.started ? - m",
            "2026-11-22T03:04:05.123Z INFO  swarm.started - worker m",
            "2026-11-22T03:04:05.123Z INFO  swarm.started - - m  x",
            "2026-11-22T03:04:05.123Z INFO  swarm.started - - m  x=\"open",
            "2026-11-22T03:04:05.123Z INFO  swarm.started - - m  x=1 x=2",
            "2026-11-22T03:04:05.123Z INFO  swarm.started - - m  seq=x",
        ]
    )
    func refused(line: String) {
        #expect(throws: LogSyntaxError.self) { try LogRecord(jsonLine: line.utf8) }
        #expect(throws: LogSyntaxError.self) { try LogRecord(textLine: line.utf8) }
    }

    @Test(
        "Any record reads back as itself from both renderings",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func lossless(seed: UInt64) throws {
        var generator = RecordGenerator(seed: seed)
        for _ in 0..<100 {
            let record = generator.record()
            let fromJSON = try LogRecord(jsonLine: json(record).utf8)
            #expect(fromJSON == record)
            #expect(fromJSON.fields.keys == record.fields.keys, "and in the same order")
            for style in [LogTextStyle.plain, .colored] {
                let text = record.text(style: style)
                #expect(!text.utf8.contains(0x0A))
                let fromText = try LogRecord(textLine: text.utf8)
                #expect(fromText == record, "\(text)")
                #expect(fromText.fields.keys == record.fields.keys)
            }
        }
    }
}

/// Makes records out of texts that are hard to tell apart from syntax.
struct RecordGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
    private mutating func coin() -> Bool { next() & 1 == 0 }
    private mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[below(choices.count)]
    }

    private static let pieces = [
        " ", "  ", "\"", "\\", "=", "-", "{", "}", "[", "]", "/", ",", "'", "true", "null", "1.50",
        "-0", "1e400", "abc", "ä", "e\u{301}", "\u{1F468}\u{200D}\u{1F469}", "\n", "\r\n", "\t",
        "\u{0}", "\u{1B}[31m", "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}", "\u{2028}", "\u{FEFF}",
        "\u{FFFD}", "\u{E0061}", "key=value", "do=\"x\"", "r_1/x", "|", "%20", "\\u0041",
    ]

    private mutating func text() -> String {
        (0..<below(6)).map { _ in pick(RecordGenerator.pieces) }.joined()
    }

    private mutating func value(depth: Int = 0) -> JSON {
        switch below(depth < 3 ? 9 : 6) {
        case 0: return .null
        case 1: return .bool(coin())
        case 2: return .integer(Int64(bitPattern: next()))
        case 3:
            return JSONNumber(literal: pick(["1.50", "-0.0", "1e400", "123456789012345678901"]))
                .map(JSON.number) ?? .null
        case 4, 5: return .string(text())
        case 6: return .array((0..<below(4)).map { _ in value(depth: depth + 1) })
        default:
            return JSON(members: (0..<below(4)).map { _ in (text(), value(depth: depth + 1)) })
        }
    }

    mutating func record() -> LogRecord {
        var fields = JSONObject()
        for _ in 0..<below(5) {
            fields.appendIfAbsent(coin() ? text() : pick(["kind", "level", "do", "x.y"]), value())
        }
        return LogRecord(
            pick(LogEvent.allCases),
            at: Instant(microseconds: Int64(next() % (1 << 52))),
            level: pick(LogLevel.allCases),
            run: coin() ? RunID(next()) : nil,
            subtask: coin() ? text() : nil,
            worker: coin()
                ? WorkerID(agent: pick(["a", "a-b", "x_1"]), replica: 1 + below(99)) : nil,
            capability: coin() ? text() : nil,
            message: text(),
            fields: fields,
            seq: coin() ? next() : nil,
            trace: coin() ? text() : nil,
            action: coin() ? text() : nil
        )
    }
}
