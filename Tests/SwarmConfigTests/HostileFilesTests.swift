import SwarmConfig
import SwarmModel
import Testing

@Suite("Hostile configuration files")
struct HostileFilesTests {
    /// A fixed sequence of numbers, so that a failure can be repeated.
    private struct Sequence {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    @Test("Damaged files give diagnostics and never a crash", arguments: 0..<4)
    func damaged(_ seed: Int) throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.addPolicies()
        var loader = ConfigurationLoader(environment: [:], programFolder: nil)
        loader.explainsPolicies = true
        var sequence = Sequence(state: UInt64(seed))
        let files = ["topology.json", "agents/ledger/agent.json", "workflows/order.json"]
        let originals = files.map { Array(folder.text(of: $0).utf8) }
        let pieces = [
            "{", "}", "[", "]", "\"", ",", ":", "null", "-1", "\"\"", "${", "}", "1e999", "{}",
        ]
        for _ in 0..<60 {
            let choice = sequence.next(below: files.count)
            var bytes = originals[choice]
            for _ in 0...sequence.next(below: 3) {
                let place = sequence.next(below: bytes.count)
                switch sequence.next(below: 3) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = UInt8(sequence.next(below: 128))
                default:
                    let piece = pieces[sequence.next(below: pieces.count)]
                    bytes.replaceSubrange(place..<min(place + 4, bytes.count), with: piece.utf8)
                }
            }
            try folder.put(String(decoding: bytes, as: UTF8.self), in: files[choice])
            let loaded = loader.load(topology: "\(folder.path)/topology.json")
            #expect(loaded.diagnostics.hasErrors || loaded.plan != nil)
            try folder.put(String(decoding: originals[choice], as: UTF8.self), in: files[choice])
        }
    }

    @Test("A chain of ten thousand subtasks is checked, and its one cycle is found")
    func longChain() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        let count = 10_000
        let subtasks = (0..<count).map { number in
            let needs = number == 0 ? "s\(count - 1)" : "s\(number - 1)"
            return #""s\#(number)":{"capability":"quote","args":{"sku":"A"},"needs":["\#(needs)"]}"#
        }
        let text =
            #"{"schema_version":1,"name":"long","subtasks":{\#(subtasks.joined(separator: ","))}}"#
        try folder.put(text, in: "workflows/order.json")
        let loaded = ConfigurationLoader(environment: [:])
            .loadWorkflow("\(folder.path)/workflows/order.json", against: nil)
        #expect(loaded.diagnostics.map(\.code) == [.cycle])
        try folder.put(
            text.replacing(#""needs":["s9999"]"#, with: #""needs":[]"#),
            in: "workflows/order.json"
        )
        let healthy = ConfigurationLoader(environment: [:])
            .loadWorkflow("\(folder.path)/workflows/order.json", against: nil)
        #expect(healthy.workflow?.subtasks.count == count)
    }

    @Test("What a plan writes, the published schemas accept", arguments: [false, true])
    func writtenFilesFit(hasPolicies: Bool) throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        if hasPolicies { try folder.addPolicies() }
        let loaded = folder.load()
        #expect(folder.report(loaded.diagnostics) == [])
        let plan = try #require(loaded.plan)
        #expect(try SwarmPlan(json: plan.json) == plan)
        let topology = try JSONSchema(compiling: ConfigurationSchema.topology.json) { _ in true }
        #expect(topology.validate(plan.topology.json).map(\.description) == [])
        let manifest = try JSONSchema(compiling: ConfigurationSchema.agent.json) { _ in true }
        for agent in plan.agents {
            #expect(manifest.validate(agent.manifest.json).map(\.description) == [])
        }
    }
}
