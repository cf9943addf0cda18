import SwarmModel
import SwarmRuntime
import Testing

@Suite("Choosing lines of the log")
struct LogQueryTests {
    private func record(
        _ number: Int,
        _ event: LogEvent = .workerOutput,
        level: LogLevel = .info,
        run: RunID? = nil,
        worker: WorkerID? = nil,
        message: String = "message"
    ) -> LogRecord {
        LogRecord(
            event,
            at: Instant(microseconds: Int64(number) * 1000),
            level: level,
            run: run,
            worker: worker,
            message: message,
            fields: ["number": .integer(Int64(number))]
        )
    }

    @Test(
        "A pattern fits the whole text",
        arguments: [
            ("pricing", "pricing", true), ("pricing", "pricing-2", false),
            ("pri*", "pricing-2", true),
            ("*", "", true), ("", "", true), ("", "a", false), ("?", "a", true), ("?", "", false),
            ("*.exited", "worker.exited", true), ("worker.*", "worker.exited", true),
            ("worker.*", "run.failed", false), ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false), ("a*a", "a", false), ("**a", "bba", true),
            ("a?c", "abc", true), ("ä?", "äö", true), ("[a]", "a", false),
        ]
    )
    func glob(pattern: String, text: String, fits: Bool) {
        #expect(GlobPattern(pattern).matches(text) == fits)
    }

    @Test("A pattern made to be slow is not")
    func hostileGlob() {
        let pattern = GlobPattern(String(repeating: "*a", count: 200) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 5000)))
    }

    @Test("Agent means the agent, or one of its workers")
    func agent() {
        let pricing = record(1, worker: WorkerID(agent: "pricing", replica: 2))
        let other = record(2, worker: WorkerID(agent: "ledger", replica: 1))
        let query = { LogQuery(agent: GlobPattern($0)) }
        #expect(query("pricing").matches(pricing))
        #expect(query("pricing-2").matches(pricing))
        #expect(query("pri*").matches(pricing))
        #expect(!query("pricing-1").matches(pricing))
        #expect(!query("pricing").matches(other))
        #expect(!query("*").matches(record(3)), "a line about no worker is about no agent")
    }

    @Test("Run, level, time and event narrow it down")
    func conditions() {
        let line = record(50, .runFailed, level: .error, run: RunID(7))
        #expect(LogQuery(run: RunID(7)).matches(line))
        #expect(!LogQuery(run: RunID(8)).matches(line))
        #expect(!LogQuery(run: RunID(7)).matches(record(1)))
        #expect(LogQuery(level: .warn).matches(line))
        #expect(!LogQuery(level: .warn).matches(record(1)))
        #expect(LogQuery(since: Instant(microseconds: 50_000)).matches(line))
        #expect(!LogQuery(since: Instant(microseconds: 50_001)).matches(line))
        #expect(LogQuery(event: "run.*").matches(line))
        #expect(!LogQuery(event: "worker.*").matches(line))
        #expect(LogQuery().matches(line))
    }

    @Test("Grep looks at message and fields, and minds capitals only when given some")
    func grep() {
        let line = LogRecord(
            .workerOutput,
            at: Instant(microseconds: 0),
            message: "Connection refused",
            fields: ["last": "HTTP 503"]
        )
        #expect(LogQuery(grep: "connection").matches(line))
        #expect(LogQuery(grep: "503").matches(line))
        #expect(LogQuery(grep: "Connection R").matches(line) == false)
        #expect(LogQuery(grep: "HTTP").matches(line))
        #expect(LogQuery(grep: "").matches(line))
        #expect(!LogQuery(grep: "504").matches(line))
    }

    private func numbers(_ query: LogQuery, hits: Set<Int>, of count: Int) -> [String] {
        var filter = LogFilter(query)
        return (1...count).flatMap { number in
            filter.take(record(number, message: hits.contains(number) ? "hit" : "miss"))
        }.map { selection in
            let number = selection.record.fields["number"]?.integerValue ?? -1
            return (selection.followsGap ? "|" : "") + "\(number)" + (selection.isMatch ? "!" : "")
        }
    }

    @Test("Context shows the lines around each match once, and marks the gaps")
    func context() {
        #expect(
            numbers(LogQuery(grep: "hit", context: 2), hits: [2, 5, 6, 15], of: 20)
                == ["1", "2!", "3", "4", "5!", "6!", "7", "8", "|13", "14", "15!", "16", "17"]
        )
        #expect(numbers(LogQuery(grep: "hit"), hits: [2, 9], of: 20) == ["2!", "9!"])
        #expect(numbers(LogQuery(grep: "hit", context: 3), hits: [], of: 20) == [])
    }

    @Test("Context does not bring back what other conditions left out")
    func contextWithinConditions() {
        var filter = LogFilter(LogQuery(run: RunID(1), grep: "hit", context: 1))
        let lines = [
            record(1, run: RunID(1), message: "near"), record(2, run: RunID(2), message: "other"),
            record(3, run: RunID(1), message: "hit"), record(4, run: RunID(2), message: "other"),
            record(5, run: RunID(1), message: "after"),
        ]
        let shown = lines.flatMap { filter.take($0) }.map(\.record.message)
        #expect(shown == ["near", "hit", "after"])
    }
}
