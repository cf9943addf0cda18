import Testing

@testable import SwarmRuntime

@Suite("Splitting output into lines")
struct LineSplitterTests {
    struct Line: Equatable {
        var text: String
        var isTruncated: Bool
    }

    private func split(_ bytes: [UInt8], chunk: Int, limit: Int) -> [Line] {
        var splitter = LineSplitter(limit: limit)
        var lines: [Line] = []
        func take(_ bytes: UnsafeRawBufferPointer, _ isTruncated: Bool) {
            lines.append(
                Line(text: String(decoding: bytes, as: UTF8.self), isTruncated: isTruncated)
            )
        }
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes {
                splitter.consume($0, line: take)
            }
        }
        splitter.finish(line: take)
        return lines
    }

    @Test("The lines do not depend on where the reads fall", arguments: 1...12)
    func chunks(chunk: Int) {
        let text = "one\n\ntwo\r\nexactly10!\nexactly10!x\nlonger than ten, much longer\nlast"
        #expect(
            split(Array(text.utf8), chunk: chunk, limit: 10) == [
                Line(text: "one", isTruncated: false), Line(text: "", isTruncated: false),
                Line(text: "two", isTruncated: false),
                Line(text: "exactly10!", isTruncated: false),
                Line(text: "exactly10!", isTruncated: true),
                Line(text: "longer tha", isTruncated: true),
                Line(text: "last", isTruncated: false),
            ]
        )
    }

    @Test("Nothing comes of nothing")
    func empty() { #expect(split([], chunk: 1, limit: 10).isEmpty) }

    @Test("After a jump the rest of the line at hand is skipped")
    func jump() {
        var splitter = LineSplitter(limit: 100)
        var lines: [String] = []
        func take(_ bytes: UnsafeRawBufferPointer, _ isTruncated: Bool) {
            lines.append(String(decoding: bytes, as: UTF8.self))
        }
        Array("begun".utf8).withUnsafeBytes { splitter.consume($0, line: take) }
        splitter.skipToNextLine()
        Array(" torn\nwhole\n".utf8).withUnsafeBytes { splitter.consume($0, line: take) }
        #expect(lines == ["whole"])
    }
}

@Suite("The rate limit of output lines")
struct LineRateLimitTests {
    private let second: UInt64 = 1_000_000_000

    @Test("A burst passes up to the limit, and the rest is counted once")
    func burst() {
        var limit = LineRateLimit(perSecond: 10, now: 5)
        #expect((0..<25).count { _ in limit.admit() } == 10)
        #expect(limit.takeDropped() == 15)
        #expect(limit.takeDropped() == 0)
    }

    @Test("Permits come back with time, never more than a second's worth")
    func refill() {
        var limit = LineRateLimit(perSecond: 10, now: 0)
        while limit.admit() {}
        limit.refill(now: second / 2)
        #expect((0..<25).count { _ in limit.admit() } == 5)
        limit.refill(now: 100 * second)
        #expect((0..<25).count { _ in limit.admit() } == 10)
    }

    @Test("An adopted worker's waiting lines pass although they are many")
    func initial() {
        var limit = LineRateLimit(perSecond: 10, initial: 300, now: 0)
        limit.refill(now: 60 * second)
        #expect((0..<500).count { _ in limit.admit() } == 300)
        limit.refill(now: 62 * second)
        #expect((0..<500).count { _ in limit.admit() } == 10)
    }
}

@Suite("What the kernel says about a process")
struct ProcessStatisticsTests {
    @Test("A name with spaces and parentheses does not shift the fields")
    func oddName() throws {
        let line =
            "4711 (a) S (b c) T 1 4700 4700 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 9 10"
        let statistics = try #require(ProcessStatistics(Array(line.utf8)))
        #expect(statistics.group == 4700)
        #expect(statistics.startTime == 987654)
        #expect(statistics.state == UInt8(ascii: "T"))
        #expect(!statistics.hasEnded)
    }

    @Test("A line that is cut short gives nothing", arguments: ["", "1 (x)", "1 (x) S 1 1 1"])
    func short(text: String) { #expect(ProcessStatistics(Array(text.utf8)) == nil) }
}
