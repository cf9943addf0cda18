import SwarmConfig
import SwarmModel
import Testing

@Suite("The effective configuration")
struct EffectiveConfigurationTests {
    private func values() throws -> [String: EffectiveConfiguration.Value] {
        let folder = try ConfigurationFolder()
        defer { folder.remove() }
        let effective = try #require(folder.load().effective)
        return Dictionary(uniqueKeysWithValues: effective.values.map { ("\($0.path)", $0) })
    }

    private func line(_ origin: EffectiveConfiguration.Origin?) -> String {
        switch origin {
        case .builtIn: "built-in"
        case .defaults(let position): "defaults \(position.line)"
        case .file(let position): "file \(position.line)"
        case .contract(let file, let position): "contract \(file) \(position.line)"
        case .workflow(let file, let position): "workflow \(file) \(position.line)"
        case nil: "missing"
        }
    }

    @Test("Each value names its origin: the place, the defaults, or nobody")
    func origins() throws {
        let values = try values()
        let expected: [(String, JSON, String)] = [
            ("agents.ledger.restart.policy", "always", "file 23"),
            ("agents.ledger.restart.backoff.initial", "1s", "file 23"),
            ("agents.ledger.restart.backoff.factor", 2, "built-in"),
            ("agents.pricing.restart.policy", "on_failure", "built-in"),
            ("agents.pricing.liveness.heartbeat", "1s", "defaults 12"),
            ("agents.pricing.liveness.missed", 4, "defaults 12"),
            ("agents.pricing.manifest", "agents/pricing/agent.json", "built-in"),
            ("agents.pricing.env.MODEL_URL", "http://127.0.0.1:8080", "file 17"),
            ("agents.ledger.depends_on.pricing.condition", "ready", "file 22"),
            ("agents.ledger.depends_on.pricing.on_restart", "ignore", "built-in"),
            ("semaphores.ledger-write.permits", 1, "file 11"),
            ("coordinator.orphan_timeout", "30s", "built-in"),
            ("coordinator.journal.durability", "full", "file 7"),
            ("supervision.within", "60s", "file 10"),
        ]
        for (path, value, origin) in expected {
            #expect(values[path]?.value == value, "\(path)")
            #expect(line(values[path]?.origin) == origin, "\(path)")
        }
    }

    @Test("The plan has what the effective configuration says")
    func plan() throws {
        let folder = try ConfigurationFolder()
        defer { folder.remove() }
        let plan = try #require(folder.load().plan)
        let ledger = try #require(plan.agent(named: "ledger")).configuration
        #expect(ledger.restart.policy == .always)
        #expect(ledger.restart.backoff.initial == .seconds(1))
        #expect(ledger.restart.backoff.maximum == .seconds(60))
        #expect(ledger.restart.resetAfter == .seconds(120))
        #expect(ledger.liveness == LivenessPolicy(heartbeat: .seconds(1), missed: 4))
        #expect(ledger.resources.memory == ByteCount(bytes: 512 * 1024 * 1024))
        #expect(plan.topology.coordinator.orphanTimeout == .seconds(30))
        #expect(plan.topology.supervision.within == .seconds(60))
        #expect(plan.directory == folder.path)
        #expect(plan.agent(named: "ledger")?.directory == "\(folder.path)/agents/ledger")
        #expect(plan.agents(offering: "quote").map(\.name) == ["pricing"])
    }

    @Test("Built-in defaults of the table are those of the model")
    func defaultsAgree() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.put(
            #"{"schema_version":1,"name":"bare","agents":{"ledger":{}}}"#,
            in: "topology.json"
        )
        let loaded = folder.load()
        let effective = try #require(loaded.effective)
        let plan = try #require(loaded.plan)
        let json = plan.topology.json
        var compared = 0
        for value in effective.values where value.origin == .builtIn {
            // What stands for "nowhere" or "nothing" in a file is left out of the model.
            guard value.value != "", let own = json[value.path] else { continue }
            #expect(own == value.value, "\(value.path)")
            compared += 1
        }
        #expect(compared > 35)
    }
}
