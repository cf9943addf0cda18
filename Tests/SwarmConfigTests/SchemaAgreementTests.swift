import SwarmConfig
import SwarmModel
import Testing

/// The published schemas and the loader must say the same about the shape of a file.
@Suite("Schemas and loader agree")
struct SchemaAgreementTests {
    /// A change to a file of the correct swarm, and whether its shape is still right.
    struct Change: Sendable, CustomTestStringConvertible {
        var kind: ConfigurationSchema
        var piece: String
        var replacement: String
        var isRight: Bool

        init(_ kind: ConfigurationSchema, _ piece: String, _ replacement: String, _ isRight: Bool) {
            self.kind = kind
            self.piece = piece
            self.replacement = replacement
            self.isRight = isRight
        }

        var testDescription: String { "\(kind.rawValue): \(replacement)" }

        var file: String {
            switch kind {
            case .topology: "topology.json"
            case .agent: "agents/ledger/agent.json"
            case .workflow: "workflows/order.json"
            }
        }
    }

    @Test("Both accept what is right and refuse what is wrong", arguments: changes)
    func agreement(_ change: Change) throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(change.piece, with: change.replacement, in: change.file)
        let document = try JSONDocument(parsing: folder.text(of: change.file))
        let schema = try JSONSchema(compiling: change.kind.json) { address in
            // The schema of schemas: whether a part of a file is one is another check.
            address == "https://json-schema.org/draft/2020-12/schema"
                ? ["type": ["object", "boolean"]] : nil
        }
        let violations = schema.validate(document.value).map(\.description)
        #expect(violations.isEmpty == change.isRight, "\(violations)")
        let shapeErrors = folder.load().diagnostics.filter { diagnostic in
            diagnostic.severity == .error && diagnostic.file.hasSuffix(change.file)
                && Self.shapeCodes.contains(diagnostic.code)
        }
        #expect(shapeErrors.isEmpty == change.isRight, "\(shapeErrors)")
    }

    @Test("The schemas accept the correct swarm as it is")
    func correctFiles() throws {
        let folder = try ConfigurationFolder()
        defer { folder.remove() }
        for kind in ConfigurationSchema.allCases {
            let change = Change(kind, "", "", true)
            let document = try JSONDocument(parsing: folder.text(of: change.file))
            let schema = try JSONSchema(compiling: kind.json) { _ in true }
            #expect(schema.validate(document.value).map(\.description) == [])
        }
    }

    /// The mistakes a schema can see.
    private static let shapeCodes: [Diagnostic.Code] = [
        .unknownKey, .missingKey, .wrongType, .missingUnit, .outOfRange, .invalidValue,
        .unknownWord, .duplicateName,
    ]

    private static let changes =
        topologyChanges + agentChanges + workflowChanges + policyChanges

    private static let topologyChanges: [Change] = [
        Change(.topology, #""replicas": 2"#, #""replicas": 1000"#, true),
        Change(.topology, #""replicas": 2"#, #""replicas": 1001"#, false),
        Change(.topology, #""replicas": 2"#, #""replicas": 2.0"#, true),
        Change(.topology, #""replicas": 2"#, #""replicas": 2.5"#, false),
        Change(.topology, #""replicas": 2"#, #""replicas": "2""#, false),
        Change(.topology, #""replicas": 2"#, #""replica": 2"#, false),
        Change(.topology, #""replicas": 2"#, #""x_replica": 2"#, true),
        Change(.topology, #""replicas": 2"#, #""replicas": null"#, false),
        Change(.topology, #""concurrency": 4"#, #""concurrency": 512"#, true),
        Change(.topology, #""concurrency": 4"#, #""concurrency": 513"#, false),
        Change(.topology, #""within": "60s""#, #""within": "1h30m""#, true),
        Change(.topology, #""within": "60s""#, #""within": "30m1h""#, false),
        Change(.topology, #""within": "60s""#, #""within": "60""#, false),
        Change(.topology, #""within": "60s""#, #""within": "1.5s""#, false),
        Change(.topology, #""within": "60s""#, #""within": " 60s""#, false),
        Change(.topology, #""within": "60s""#, #""within": """#, false),
        Change(.topology, #""within": "60s""#, #""within": "0ms""#, false),
        Change(.topology, #""within": "60s""#, #""within": "9999999999s""#, false),
        Change(.topology, #""within": "60s""#, #""within": "${W:-60s}""#, true),
        Change(.topology, #""initial": "1s""#, #""initial": "0s""#, true),
        Change(.topology, #""max": "60s""#, #""max": "60s", "jitter": 1"#, true),
        Change(.topology, #""max": "60s""#, #""max": "60s", "jitter": 1.01"#, false),
        Change(.topology, #""max": "60s""#, #""max": "60s", "factor": 0.5"#, false),
        Change(.topology, #""memory": "512MiB""#, #""memory": "1GB""#, true),
        Change(.topology, #""memory": "512MiB""#, #""memory": "1 GB""#, false),
        Change(.topology, #""policy": "always""#, #""policy": "on_failure""#, true),
        Change(.topology, #""policy": "always""#, #""policy": "on-failure""#, false),
        Change(.topology, #""policy": "always""#, #""policy": "${P:-always}""#, true),
        Change(.topology, #""schema_version": 1"#, #""schema_version": 1.0"#, true),
        Change(.topology, #""schema_version": 1,"#, "", false),
        Change(.topology, #""schema_version": 1"#, #""schema_version": "1""#, false),
        Change(.topology, #"["ledger-write"]"#, #"["ledger-write", "ledger-write"]"#, false),
        Change(.topology, #"["ledger-write"]"#, "[]", true),
        Change(
            .topology,
            #"{ "ledger-write": {"#,
            #"{ "Ledger": { "permits": 1 }, "ledger-write": {"#,
            false
        ),
        Change(
            .topology,
            #"{ "ledger-write": {"#,
            #"{ "l2": { "permits": 0 }, "ledger-write": {"#,
            false
        ),
        Change(.topology, #""x_note": "mine""#, #""telemetry": { "metrics": "yes" }"#, false),
        Change(.topology, #""x_note": "mine""#, #""approvals": { "rules": [ {} ] }"#, false),
        Change(
            .topology,
            #""x_note": "mine""#,
            #""approvals": { "rules": [ { "approvers": [] } ] }"#,
            false
        ),
        Change(
            .topology,
            #""resources": {"#,
            #""secrets": { "K": { "env": "PATH" } }, "resources": {"#,
            true
        ),
        Change(.topology, #""resources": {"#, #""secrets": { "K": {} }, "resources": {"#, false),
        Change(
            .topology,
            #""resources": {"#,
            #""secrets": { "K": { "env": "A", "file": "b" } }, "resources": {"#,
            false
        ),
        Change(.topology, #""resources": {"#, #""exec": [], "resources": {"#, false),
    ]

    private static let agentChanges: [Change] = [
        Change(.agent, #""version": "1.4.0""#, #""version": "1.4""#, false),
        Change(.agent, #""version": "1.4.0""#, #""version": "1.04.0""#, false),
        Change(.agent, #""version": "1.4.0""#, #""version": "10.0.3""#, true),
        Change(.agent, #""version": "1.4.0","#, "", true),
        Change(.agent, #""timeout": "5s""#, #""timeout": 5"#, false),
        Change(.agent, #""max_attempts": 4"#, #""max_attempts": 0"#, false),
        Change(.agent, #"["transient"]"#, #"["transient", "timeout"]"#, true),
        Change(.agent, #"["transient"]"#, #"["transient", "transient"]"#, false),
        Change(.agent, #"["transient"]"#, #"["budget"]"#, false),
        Change(.agent, #""compensation": "none""#, #""compensation": "None""#, false),
        Change(.agent, #""compensation": "none""#, #""compensation": {}"#, false),
        Change(.agent, #""compensation": "none""#, #""compensation": true"#, false),
        Change(
            .agent,
            #""compensation": "none""#,
            #""compensation": { "capability": "get_entry", "args": 3 }"#,
            true
        ),
        Change(
            .agent,
            #""function": { "name": "get_entry" }"#,
            #""function": { "name": "get_entry", "parameters": 5 }"#,
            false
        ),
        Change(
            .agent,
            #""function": { "name": "get_entry" }"#,
            #""function": { "name": "get_entry", "parameters": true }"#,
            true
        ),
        Change(
            .agent,
            #""function": { "name": "get_entry" }"#,
            #""function": { "title": "get_entry" }"#,
            false
        ),
        Change(.agent, #""exec": ["./ledger.sh"]"#, #""exec": "./ledger.sh""#, false),
        Change(.agent, #""exec": ["./ledger.sh"]"#, #""exec": ["./ledger.sh", ""]"#, false),
        Change(.agent, #""side_effect": "read""#, #""side_effect": "write""#, false),
    ]

    private static let workflowChanges: [Change] = [
        Change(.workflow, #""post_entry""#, #""post_entry@1""#, true),
        Change(.workflow, #""post_entry""#, #""post_entry@1.0.0""#, true),
        Change(.workflow, #""post_entry""#, #""post_entry@""#, false),
        Change(.workflow, #""post_entry""#, #""post_entry@1.""#, false),
        Change(.workflow, #""post_entry""#, #""post_entry@01""#, false),
        Change(.workflow, #""post_entry""#, #""post_entry@1.0.0.0""#, false),
        Change(.workflow, #""post_entry""#, #""post_entry@v1""#, false),
        Change(.workflow, #""needs": ["prices"]"#, #""needs": "prices""#, false),
        Change(.workflow, #""needs": ["prices"]"#, #""needs": ["item"]"#, false),
        Change(.workflow, #""max_parallel": 8"#, #""max_parallel": 0"#, false),
        Change(.workflow, #""timeout": "10s""#, #""timeout": "10s", "priority": -3"#, true),
        Change(.workflow, #""timeout": "10s""#, #""timeout": "10s", "priority": "high""#, false),
        Change(
            .workflow,
            #""for_each": "${input.orders}""#,
            #""for_each": ["a", "${input.account}"]"#,
            true
        ),
        Change(
            .workflow,
            #""for_each": "${input.orders}""#,
            #""for_each": "x${input.orders}""#,
            false
        ),
        Change(.workflow, #""for_each": "${input.orders}""#, #""for_each": {}"#, false),
        Change(.workflow, #""args": { "sku": "A" }"#, #""args": ["A"]"#, false),
        Change(.workflow, #""version": "3""#, #""version": 3"#, false),
        Change(
            .workflow,
            #""version": "3""#,
            #""version": "3", "limits": { "max_subtasks": 10 }"#,
            true
        ),
        Change(
            .workflow,
            #""version": "3""#,
            #""version": "3", "limits": { "subtasks": 10 }"#,
            false
        ),
        Change(
            .workflow,
            #""first": {"#,
            #""item_index": { "capability": "quote" }, "first": {"#,
            false
        ),
        Change(.workflow, #""first": {"#, #""a b": { "capability": "quote" }, "first": {"#, false),
        Change(.workflow, #""first": { "capability": "quote","#, #""first": {"#, false),
    ]
}
