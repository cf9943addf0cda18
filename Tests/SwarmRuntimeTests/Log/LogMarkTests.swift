import SwarmModel
import Testing

@testable import SwarmRuntime

@Suite("Passing over lines without parsing them")
struct LogMarkTests {
    private func occurs(_ mark: LogMark, in record: LogRecord) -> Bool {
        var bytes: [UInt8] = []
        record.writeJSONLine(to: &bytes)
        return bytes.withUnsafeBytes { mark.occurs(in: $0) }
    }

    @Test(
        "Nothing is passed over that the query would have selected",
        arguments: 1...10 as ClosedRange<UInt64>
    )
    func sound(seed: UInt64) throws {
        var generator = RecordGenerator(seed: seed)
        var marked = 0
        for _ in 0..<200 {
            let record = generator.record()
            if let run = record.run {
                let mark = try #require(LogMark(of: LogQuery(run: run)))
                #expect(occurs(mark, in: record))
            }
            // Any piece of what a person reads of it, upper and lower case as there.
            let text = Array(record.text().unicodeScalars)
            let start = generator.below(text.count)
            let end = min(text.count, start + 1 + generator.below(8))
            var piece = String.UnicodeScalarView()
            piece.append(contentsOf: text[start..<end])
            let query = LogQuery(grep: String(piece))
            guard query.matches(record), let mark = LogMark(of: query) else { continue }
            marked += 1
            #expect(occurs(mark, in: record), "\(String(piece)) in \(record.text())")
        }
        #expect(marked > 50, "enough pieces were plain words")
    }

    @Test("Lines without the run or the word are passed over")
    func useful() throws {
        let record = LogRecord(
            .runSucceeded,
            at: Instant(microseconds: 0),
            run: RunID(17),
            message: "Well done"
        )
        #expect(occurs(try #require(LogMark(of: LogQuery(run: RunID(17)))), in: record))
        #expect(!occurs(try #require(LogMark(of: LogQuery(run: RunID(1)))), in: record))
        #expect(occurs(try #require(LogMark(of: LogQuery(grep: "well"))), in: record))
        #expect(!occurs(try #require(LogMark(of: LogQuery(grep: "zebra"))), in: record))
    }

    @Test(
        "A query whose words may be spelt differently has no mark",
        arguments: ["", "a b", "kind=x", "r_1/x", "\"", "ä", "\\", "a:b", "{"]
    )
    func none(grep: String) {
        #expect(LogMark(of: LogQuery(grep: grep)) == nil)
        #expect(LogMark(of: LogQuery(grep: "word", context: 1)) == nil)
        #expect(LogMark(of: LogQuery()) == nil)
    }
}
