import SwarmConfig
import SwarmModel
import Testing

@Suite("Many mistakes")
struct ManyMistakesTests {
    @Test("Mistakes in all files are reported together, file by file, from top to bottom")
    func allAtOnce() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        let mistakes = [
            ("topology.json", #""run_deadline": "30m""#, #""run_deadline": @@30"#),
            ("topology.json", #""max_restarts": 5"#, #"@@"max_restart": 5"#),
            ("topology.json", #""replicas": 2"#, #""replicas": @@-2"#),
            ("topology.json", #"${MODEL_URL:-http://127.0.0.1:8080}"#, "${MODEL_URL}"),
            ("topology.json", #""condition": "ready""#, #""condition": @@"read""#),
            (
                "agents/ledger/agent.json", #""side_effect": "read""#, #""side_effect": @@"reads""#
            ),
            ("agents/ledger/agent.json", #""idempotent": true,"#, #""idempotent": @@"yes","#),
            ("workflows/order.json", #""needs": ["prices"]"#, #""needs": [@@"price"]"#),
            ("workflows/order.json", #""capability": "post_entry""#, #""capability": @@"post""#),
        ]
        for (file, piece, replacement) in mistakes {
            try folder.replace(piece, with: replacement, in: file)
        }
        let found = folder.load().diagnostics.filter { $0.severity == .error }
        #expect(
            found.map { "\(folder.short($0.location)) \($0.code.rawValue)" } == [
                "topology.json:8:33 missing_unit", "topology.json:10:20 unknown_key",
                "topology.json:15:19 out_of_range", "topology.json:17:29 undefined_variable",
                "topology.json:22:49 unknown_word", "agents/ledger/agent.json:29:23 wrong_type",
                "agents/ledger/agent.json:40:39 unknown_word",
                "workflows/order.json:25:21 unknown_capability",
                "workflows/order.json:27:17 unknown_subtask",
            ]
        )
    }

    @Test("A file that is no JSON does not hide what is wrong with the others")
    func syntaxErrorInOneFile() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.put("{ \"schema_version\": 1,\n  name }", in: "agents/pricing/agent.json")
        try folder.replace(
            #""needs": ["prices"]"#,
            with: #""needs": ["x"]"#,
            in: "workflows/order.json"
        )
        #expect(
            folder.load().diagnostics.filter { $0.severity == .error }
                .map { "\(folder.short($0.location)) \($0.code.rawValue)" } == [
                    "agents/pricing/agent.json:2:3 syntax",
                    "workflows/order.json:27:17 unknown_subtask",
                ]
        )
    }

    @Test("Every diagnostic has a JSON form with its place and what to do")
    func json() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            #""max_restarts": 5"#,
            with: #""max_restart": 5"#,
            in: "topology.json"
        )
        let diagnostic = try #require(folder.load().diagnostics.first { $0.severity == .error })
        #expect(
            diagnostic.json == [
                "severity": "error", "code": "unknown_key",
                "file": .string("\(folder.path)/topology.json"), "line": 10, "column": 20,
                "path": "supervision", "message": "unknown key \"max_restart\"",
                "suggestion": "max_restarts",
                "expected": "supervision takes: strategy, max_restarts, within, on_exceeded",
                "hint": "see: swarm config schema topology",
            ]
        )
    }
}
