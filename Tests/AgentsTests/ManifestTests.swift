import Foundation
import Testing

@testable import LedgerAgent
@testable import PackagesAgent
@testable import ReportAgent
@testable import TablesAgent

/// What agents return must be what their manifests promise, field by field.
@Suite("Manifests of the shipped agents")
struct ManifestTests {
    /// One schema of a manifest, read far enough to compare field names.
    private struct Schema: Decodable {
        var required: [String]?
        var properties: [String: Schema]?
        var items: [Schema]?

        enum CodingKeys: String, CodingKey { case required, properties, items }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            required = try container.decodeIfPresent([String].self, forKey: .required)
            properties = try container.decodeIfPresent([String: Schema].self, forKey: .properties)
            items = try? [container.decode(Schema.self, forKey: .items)]
        }
    }

    private struct Manifest: Decodable {
        struct Capability: Decodable {
            struct Function: Decodable {
                var name: String
                var parameters: Schema
            }
            var function: Function
            var returns: Schema
        }
        var capabilities: [Capability]

        init(of agent: String) throws {
            let file = projectFolder.appendingPathComponent("agents/\(agent)/agent.json")
            self = try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: file))
        }

        func capability(_ name: String) throws -> Capability {
            try #require(capabilities.first { $0.function.name == name })
        }
    }

    /// Field names in `value` that the schema lacks, or requires and does not find.
    private func mismatches(_ value: Any, _ schema: Schema, at path: String = "") -> [String] {
        if let elements = value as? [Any] {
            guard let items = schema.items?.first else { return [] }
            return elements.flatMap { mismatches($0, items, at: "\(path)[]") }
        }
        guard let object = value as? [String: Any], let properties = schema.properties else {
            return []
        }
        let lacking = (schema.required ?? []).filter { object[$0] == nil }
        return lacking.map { "\(path).\($0) is required" }
            + object.flatMap { key, value in
                properties[key].map { mismatches(value, $0, at: "\(path).\(key)") }
                    ?? ["\(path).\(key) is not in the schema"]
            }
    }

    private func expectMatch(_ value: some Encodable, _ schema: Schema) throws {
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
        #expect(mismatches(json, schema) == [])
    }

    @Test("The packages agent takes and returns what its manifest says")
    func packages() throws {
        let manifest = try Manifest(of: "packages")
        let madeUp = try MadeUpDatabase()
        let cache = DatabaseCache()
        let list = try ListPackages(cache: cache).run(.init(root: madeUp.root))
        try expectMatch(list, try manifest.capability("list_packages").returns)
        let check = try manifest.capability("check_package")
        for limit in [0, 100] {
            let arguments = CheckPackage.Arguments(
                package: "alpha:amd64",
                root: madeUp.root,
                inlineFindings: limit,
                findingsDirectory: madeUp.scratch.at("out")
            )
            try expectMatch(arguments, check.function.parameters)
            let result = try #require(
                try CheckPackage(cache: cache).run(
                    arguments,
                    isCancelled: { false },
                    progress: { _, _ in }
                )
            )
            try expectMatch(result, check.returns)
        }
    }

    @Test("The tables agent takes and returns what its manifest says")
    func tables() throws {
        let manifest = try Manifest(of: "tables")
        let scratch = try Scratch()
        let file = try scratch.write("1,2\n2,3\n", to: "t.csv")
        let source = TableSource(
            path: file,
            key: .position(1),
            amount: .name("2"),
            filter: RowFilter(column: .position(1), equals: "1"),
            header: false,
            delimiter: "comma",
            decimal: "."
        )
        let arguments = SplitTables.Arguments(
            left: source,
            right: source,
            partitions: 2,
            workDirectory: scratch.at("work")
        )
        let split = try manifest.capability("split_tables")
        try expectMatch(arguments, split.function.parameters)
        var readable = arguments
        readable.left.amount = .position(2)
        readable.right.amount = .position(2)
        let result = try SplitTables().run(readable)
        try expectMatch(result, split.returns)

        let match = try manifest.capability("match_partition")
        let matching = MatchPartition.Arguments(
            partition: result.partitions[0],
            tolerance: Tolerance("0")
        )
        try expectMatch(matching, match.function.parameters)
        let matched = try MatchPartition().run(matching)
        try expectMatch(matched, match.returns)

        let merge = try manifest.capability("merge_outcomes")
        let merging = MergeOutcomes.Arguments(
            matches: [matched],
            outputDirectory: scratch.at("out")
        )
        try expectMatch(merging, merge.function.parameters)
        try expectMatch(try MergeOutcomes().run(merging), merge.returns)
    }

    @Test("The ledger agent takes and returns what its manifest says")
    func ledger() throws {
        let manifest = try Manifest(of: "ledger")
        let books = try MadeUpBooks()
        func check(_ name: String, _ arguments: some Encodable, _ result: some Encodable) throws {
            let capability = try manifest.capability(name)
            try expectMatch(arguments, capability.function.parameters)
            try expectMatch(result, capability.returns)
        }
        let query = Query.Arguments(ledger: books.path, sql: "SELECT 1 AS a", limit: 5)
        try check("query", query, try Query().run(query))
        let open = OpenLedger.Arguments(ledger: books.path, books: "x")
        try check("open_ledger", open, try OpenLedger().run(open))
        let propose = ProposeAdjustments.Arguments(
            differences: [.init(reference: "B-2", date: "2026-10-07", text: "fee", missing: -250)],
            account: "1000",
            rules: [.init(contains: "fee", account: "6850")],
            suspense: "4000"
        )
        try check("propose_adjustments", propose, try ProposeAdjustments().run(propose))
        let posted = try PostEntry().run(books.fee(key: "B-9"), call: "r_1/post")
        try check("post_entry", books.fee(key: "B-9"), posted)
        let reverse = ReverseEntry.Arguments(ledger: books.path, entry: posted.entry)
        try check("reverse_entry", reverse, try ReverseEntry().run(reverse))
        let doubt = GetEntry.Arguments(key: "r_1/post", arguments: books.fee(key: "B-9"))
        try check("get_entry", doubt, try GetEntry().run(doubt))
        let dry = Cleanup.Arguments(ledger: books.path, isDryRun: true, reason: "a b c")
        let plan = try Cleanup().run(dry, call: "r_1/tidy")
        try check("cleanup", dry, plan)
        let clean = Cleanup.Arguments(ledger: books.path, plan: plan.plan)
        let cleaned = try Cleanup().run(clean, call: "r_1/tidy/2")
        try check("cleanup", clean, cleaned)
        let asked = GetCleanup.Arguments(key: "r_1/tidy/2", arguments: clean)
        try check("get_cleanup", asked, try GetCleanup().run(asked))
        let restore = RestoreCleanup.Arguments(ledger: books.path, cleanup: cleaned.cleanup)
        try check("restore_cleanup", restore, try RestoreCleanup().run(restore))
        let digest = LedgerDigest.Arguments(ledger: books.path)
        try check("ledger_digest", digest, try LedgerDigest().run(digest))
        let report = MonthEndReport.Arguments(
            ledger: books.path,
            month: "2026-09",
            account: "1000",
            adjustments: [],
            outputDirectory: books.scratch.at("out")
        )
        try check("month_end_report", report, try MonthEndReport().run(report))
        #expect(manifest.capabilities.count == 11)
    }

    @Test("What of the ledger cannot simply be repeated can be asked about and undone")
    func ledgerSafety() throws {
        let file = projectFolder.appendingPathComponent("agents/ledger/agent.json")
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        )
        let capabilities = try #require(json["capabilities"] as? [[String: Any]])
        var undone: [String: String] = [:]
        for capability in capabilities {
            let function = try #require(capability["function"] as? [String: Any])
            let name = try #require(function["name"] as? String)
            let operational = try #require(capability["operational"] as? [String: Any])
            let compensation = operational["compensation"] as? [String: Any]
            undone[name] = compensation?["capability"] as? String
            if operational["idempotent"] as? Bool == true { continue }
            #expect(name == "cleanup")
            #expect(operational["side_effect"] as? String == "destructive")
            #expect(operational["verify_with"] as? String == "get_cleanup")
            #expect(operational["start"] as? String == "confirmed")
        }
        #expect(undone == ["post_entry": "reverse_entry", "cleanup": "restore_cleanup"])
    }

    @Test("What one agent returns is what the report agent takes")
    func report() throws {
        let manifest = try Manifest(of: "report")
        let madeUp = try MadeUpDatabase()
        let cache = DatabaseCache()
        let list = try ListPackages(cache: cache).run(.init(root: madeUp.root))
        let checks = try list.packages.compactMap { item in
            try CheckPackage(cache: cache).run(
                .init(
                    package: item.package,
                    root: madeUp.root,
                    inlineFindings: 1,
                    findingsDirectory: madeUp.scratch.at("findings")
                ),
                isCancelled: { false },
                progress: { _, _ in }
            )
        }
        let passed = try JSONDecoder().decode(
            [AuditInput.Check].self,
            from: JSONEncoder().encode(checks)
        )
        let machine = try JSONDecoder().decode(
            AuditInput.Machine.self,
            from: JSONEncoder().encode(list.machine)
        )
        let input = AuditInput(
            machine: machine,
            checks: passed,
            outliers: .init(threshold: 3.5, median: nil, outliers: []),
            outputDirectory: madeUp.scratch.at("out")
        )
        let audit = try manifest.capability("audit_report")
        try expectMatch(input, audit.function.parameters)
        let result = try AuditReport(input, time: "").write()
        try expectMatch(result, audit.returns)
        #expect((result.changed, result.missing, result.unreadable) == (9, 6, 0))
    }

    @Test("Every capability of a Swift agent can be repeated, and what it leaves may be kept")
    func safety() throws {
        for agent in ["packages", "tables", "report", "outliers"] {
            let file = projectFolder.appendingPathComponent("agents/\(agent)/agent.json")
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
            )
            let capabilities = try #require(json["capabilities"] as? [[String: Any]])
            for capability in capabilities {
                let operational = try #require(capability["operational"] as? [String: Any])
                #expect(operational["idempotent"] as? Bool == true)
                let isAdditive = operational["side_effect"] as? String == "additive"
                #expect((operational["compensation"] as? String == "keep") == isAdditive)
            }
        }
    }
}
