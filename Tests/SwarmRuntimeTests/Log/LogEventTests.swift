import Glibc
import SwarmModel
import Testing

@testable import SwarmRuntime

@Suite("The catalogue of events")
struct LogEventTests {
    @Test("Every name is noun.past_tense", arguments: LogEvent.allCases)
    func names(event: LogEvent) throws {
        let parts = event.rawValue.split(separator: ".", omittingEmptySubsequences: false)
        #expect(parts.count == 2)
        for part in parts {
            #expect(!part.isEmpty)
            #expect(part.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F })
        }
        let verb = try #require(parts.last?.split(separator: "_").first)
        let last = try #require(parts.last?.split(separator: "_").last)
        let irregular: Set<Substring> = ["lost", "output"]
        #expect(
            irregular.contains(verb) || last.hasSuffix("ed") || verb.hasSuffix("ed"),
            "\(event.rawValue) says what happened"
        )
    }

    @Test("Every event is described in one sentence", arguments: LogEvent.allCases)
    func summaries(event: LogEvent) {
        #expect(event.summary.hasSuffix("."))
        #expect(event.summary.first?.isUppercase == true)
        #expect(!event.summary.contains("|"))
    }

    @Test("Events of one noun stand together")
    func grouped() {
        var seen: [Substring] = []
        for event in LogEvent.allCases where seen.last != event.noun {
            #expect(!seen.contains(event.noun), "\(event.noun) comes in two groups")
            seen.append(event.noun)
        }
    }

    @Test("docs/events.md is what the catalogue says")
    func page() throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let path = "/\(root)/docs/events.md"
        let expected = Array(LogEvent.documentation.utf8)
        if getenv("SWARM_WRITE_DOCS") != nil {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            #expect(write(descriptor, expected, expected.count) == expected.count)
            close(descriptor)
        }
        let page = try #require(SmallFile.read(path, limit: 1 << 20))
        #expect(
            page == expected,
            "write it again with SWARM_WRITE_DOCS=1 and this test"
        )
    }

    @Test("The example of the page is the same record in both renderings")
    func example() throws {
        let lines = LogEvent.documentation.split(separator: "\n")
        let text = try #require(lines.first { $0.hasPrefix("2026-") })
        let json = try #require(lines.first { $0.hasPrefix("{") })
        let record = try LogRecord(textLine: text.utf8)
        #expect(try LogRecord(jsonLine: json.utf8) == record)
        #expect(record.text() == text)
        #expect(record == LogEvent.example)
    }
}
