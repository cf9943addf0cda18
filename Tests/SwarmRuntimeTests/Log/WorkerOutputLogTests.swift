import Logging
import SwarmModel
import SwarmRuntime
import Synchronization
import Testing

@Suite("What workers and libraries write becomes log lines")
struct WorkerOutputLogTests {
    private let worker = WorkerID(agent: "pricing", replica: 2)

    private func records(
        _ lines: [OutputLine],
        droppedLines: Int = 0,
        droppedBytes: UInt64 = 0
    ) -> [LogRecord] {
        WorkerOutputLog.records(
            of: OutputBatch(
                worker: worker,
                incarnation: Incarnation(4),
                lines: lines,
                droppedLines: droppedLines,
                droppedBytes: droppedBytes
            ),
            at: Instant(microseconds: 7000)
        )
    }

    private func record(_ text: String, _ stream: OutputStream = .stdout) throws -> LogRecord {
        try #require(records([OutputLine(stream: stream, bytes: Array(text.utf8))]).first)
    }

    @Test("A plain line is the message, and standard error is no error")
    func plain() throws {
        let record = try record("Traceback (most recent call last):", .stderr)
        #expect(record.event == .workerOutput)
        #expect(record.level == .info)
        #expect(record.worker == worker)
        #expect(record.message == "Traceback (most recent call last):")
        #expect(record.fields == ["stream": "stderr"])
        #expect(record.time == Instant(microseconds: 7000))
    }

    @Test("A structured line is lifted, with its level, message and members")
    func lifted() throws {
        let record = try record(
            #"{"ts":"2026-01-01T00:00:00Z","level":"WARNING","msg":"slow","run":"r_7","#
                + #""subtask":"quote[3]","ms":1.50,"worker":"forged-1","do":"rm","#
                + #""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#
        )
        #expect(record.level == .warn)
        #expect(record.message == "slow")
        #expect(record.run == RunID(7))
        #expect(record.subtask == "quote[3]")
        #expect(record.trace == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(record.worker == worker, "a worker speaks for itself only")
        #expect(record.fields.keys == ["stream", "worker_ts", "ms", "worker_worker", "worker_do"])
        #expect(record.time == Instant(microseconds: 7000))
    }

    @Test("Structured lines below a level are left out, and what says no level never is")
    func level() {
        let texts = [#"{"level":"info","msg":"a"}"#, #"{"level":"error","msg":"b"}"#, "Traceback"]
        let lines = texts.map { OutputLine(stream: .stderr, bytes: Array($0.utf8)) }
        let batch = OutputBatch(worker: worker, incarnation: Incarnation(4), lines: lines)
        let found = WorkerOutputLog.records(of: batch, at: Instant(microseconds: 0), from: .warn)
        #expect(found.map(\.message) == ["b", "Traceback"])
    }

    @Test("A subtask may carry its run in its name")
    func subtask() throws {
        let record = try record(#"{"severity":"error","message":"m","subtask":"r_7/quote[3]"}"#)
        #expect(record.level == .error)
        #expect(record.run == RunID(7))
        #expect(record.subtask == "quote[3]")
    }

    @Test(
        "Anything else that looks like JSON stays as it is",
        arguments: [
            "{", "{}", #"{"msg":"x"}"#, #"{"level":"info"}"#, #"{"level":"loud","msg":"x"}"#,
            #"{"level":1,"msg":"x"}"#, #"{"level":"info","msg":{}}"#, "[1]", "",
        ]
    )
    func notLifted(text: String) throws {
        let record = try record(text)
        #expect(record.message == text)
        #expect(record.level == .info)
    }

    @Test("A cut line says so, and bytes that are no text do no harm")
    func cut() throws {
        let lines = [
            OutputLine(
                stream: .stdout,
                bytes: Array(#"{"level":"info","msg":"x"#.utf8),
                isTruncated: true
            ),
            OutputLine(stream: .stdout, bytes: [0x61, 0xFF, 0x62]),
        ]
        let records = records(lines)
        #expect(records[0].fields["truncated"] == true)
        #expect(records[0].message.hasPrefix("{"))
        #expect(records[1].message == "a\u{FFFD}b")
    }

    @Test("What was left out is told, with numbers")
    func dropped() throws {
        let record = try #require(records([], droppedLines: 12, droppedBytes: 34).first)
        #expect(record.event == .workerOutputDropped)
        #expect(record.level == .warn)
        #expect(record.message.contains("12 lines and 34 bytes"))
        #expect(record.fields == ["lines": 12, "bytes": 34])
    }

    @Test("A library's line keeps its label, level and metadata")
    func library() throws {
        let kept = Mutex<[LogRecord]>([])
        var logger = Logger(label: "http") { label in
            SwarmLogHandler(label: label, level: .info) { record in
                kept.withLock { $0.append(record) }
            }
        }
        logger[metadataKey: "peer"] = "unix"
        logger.debug("not kept")
        logger.warning("slow request", metadata: ["path": "/v1/runs", "parts": ["a", "b"]])
        let records = kept.withLock { $0 }
        #expect(records.count == 1)
        let record = try #require(records.first)
        #expect(record.event == .libraryLogged)
        #expect(record.level == .warn)
        #expect(record.message == "slow request")
        #expect(
            record.fields == [
                "library": "http", "parts": ["a", "b"], "path": "/v1/runs", "peer": "unix",
            ]
        )
    }
}
