import SwarmCore
import SwarmModel
import Testing

/// A trace written as a table, with what each event must answer.
///
/// A row is `time operation [call] [took DURATION] -> result state`, times in milliseconds.
struct TraceTable {
    let config: JSON
    let rows: [String]

    init(_ config: JSON, _ rows: String) {
        self.config = config
        self.rows = rows.split(separator: "\n").map { String($0) }.filter {
            !$0.allSatisfy(\.isWhitespace)
        }
    }

    /// Plays the events and compares each answer with its row.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var events: [JSON] = []
        var expected: [String] = []
        for row in rows {
            let halves = row.split(separator: "->", maxSplits: 1)
            try #require(halves.count == 2, "\(row)", sourceLocation: sourceLocation)
            expected.append(halves[1].split(separator: " ").joined(separator: " "))
            events.append(try event(halves[0].split(separator: " ").map(String.init)))
        }
        let document: JSON = [
            "format": 1,
            "traces": [["id": "table", "config": config, "events": .array(events)]],
        ]
        let played = try BreakerTrace.play(document)
        let answers = played["traces"]?[0]?["events"]?.arrayValue ?? []
        try #require(answers.count == rows.count, sourceLocation: sourceLocation)
        for (row, (answer, expected)) in zip(rows, zip(answers, expected)) {
            let result = answer["result"]?.stringValue ?? "no result"
            let state = answer["state"]?.stringValue ?? "no state"
            #expect("\(result) \(state)" == expected, "\(row)", sourceLocation: sourceLocation)
        }
    }

    private func event(_ words: [String]) throws -> JSON {
        var event: JSONObject = [:]
        event["t_ms"] = .integer(try #require(Int64(words[0])))
        event["op"] = .string(words[1])
        var rest = words.dropFirst(2)
        if let place = rest.firstIndex(of: "took") {
            event["duration_ms"] = .integer(try #require(Int64(rest[place + 1])))
            rest = rest[..<place]
        }
        if let call = rest.first { event["call"] = .string(call) }
        return .object(event)
    }
}
