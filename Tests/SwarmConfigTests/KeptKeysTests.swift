import SwarmConfig
import SwarmModel
import Testing

/// What is read and kept, and does not happen: its author is told.
@Suite("Keys that are kept and not acted on")
struct KeptKeysTests {
    private static let topology = "topology.json"
    private static let manifest = "agents/pricing/agent.json"

    @Test(
        "A key whose author expects something is warned about, at its place",
        arguments: [
            (
                topology, #""x_note": "mine""#, #""telemetry": { "metrics": true }"#,
                "telemetry.metrics"
            ),
            (
                topology, #""x_note": "mine""#,
                #""telemetry": { "otlp": "http://127.0.0.1:4317" }"#,
                "telemetry.otlp"
            ),
            (
                topology, #""x_note": "mine""#, #""telemetry": { "capture_content": "full" }"#,
                "telemetry.capture_content"
            ),
            (topology, #""journal": {"#, #""http": {}, "journal": {"#, "coordinator.http"),
            (
                topology, #""concurrency": 4"#, #""log": { "rotate": { "keep": 2 } }"#,
                "agents.pricing.log.rotate"
            ),
            (topology, #""concurrency": 4"#, #""trust": "untrusted""#, "agents.pricing.trust"),
        ]
    )
    func kept(file: String, piece: String, replacement: String, place: String) throws {
        let loaded = try load(file, piece, replacement)
        #expect(loaded.plan != nil)
        #expect(loaded.warnings == [place])
    }

    @Test(
        "A key that says what happens anyway is not",
        arguments: [
            (
                topology, #""x_note": "mine""#,
                #""telemetry": { "otlp": "", "capture_content": "none" }"#
            ),
            (topology, #""concurrency": 4"#, #""trust": "trusted""#),
            (topology, #""permits": 1"#, #""permits": 1, "max_wait": "5s", "max_hold": "1m""#),
            (
                topology, #""run_deadline": "30m""#,
                #""delegation_depth": 2, "repeat_threshold": 2, "run_budget": { "usd": 5 }"#
            ),
            (
                manifest, #""side_effect": "none""#,
                """
                "side_effect": "none", "start": "confirmed", "unknown_outcome": "fail",
                "verify_with": "get_entry", "circuit_breaker": {}
                """
            ),
        ]
    )
    func harmless(file: String, piece: String, replacement: String) throws {
        #expect(try load(file, piece, replacement).warnings == [])
    }

    /// The plan, and the places warned about but for those the correct swarm has.
    private func load(
        _ file: String,
        _ piece: String,
        _ replacement: String
    ) throws -> (plan: SwarmPlan?, warnings: [String]) {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(piece, with: replacement, in: file)
        let loaded = folder.load()
        let warnings = loaded.diagnostics.filter { $0.severity == .warning }
        #expect(warnings.allSatisfy { $0.code == .notEnforced })
        return (loaded.plan, warnings.map(\.path.description))
    }
}
