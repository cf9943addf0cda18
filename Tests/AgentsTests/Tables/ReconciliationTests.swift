import AgentFiles
import Foundation
import Testing

@testable import TablesAgent

/// Tables of a real bank, beside the project where they are at hand.
private let bank = projectFolder.deletingLastPathComponent()
    .appendingPathComponent("shared/data/bank").path

@Suite("Reconciliation")
struct ReconciliationTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    /// Splits, matches every range and merges, as the workflow does.
    private func reconcile(
        _ left: TableSource,
        _ right: TableSource,
        tolerance: String = "0",
        partitions: Int = 8
    ) throws -> MergeOutcomes.Result {
        let split = try SplitTables().run(
            .init(
                left: left,
                right: right,
                partitions: partitions,
                workDirectory: scratch.at("work")
            )
        )
        let matches = try split.partitions.map { partition in
            try MatchPartition().run(
                .init(partition: partition, tolerance: Tolerance(tolerance))
            )
        }
        return try MergeOutcomes().run(
            .init(matches: matches.reversed(), outputDirectory: scratch.at("out"))
        )
    }

    @Test(
        "Loans of a real bank meet their standing orders, however the keys are split",
        .enabled(if: FileManager.default.fileExists(atPath: bank)),
        arguments: [1, 8, 100]
    )
    func realBank(partitions: Int) throws {
        let result = try reconcile(
            TableSource(path: "\(bank)/loan.tsv", key: .position(2), amount: .position(6)),
            TableSource(
                path: "\(bank)/order.tsv",
                key: .position(2),
                amount: .position(5),
                filter: RowFilter(column: .position(6), equals: "LO")
            ),
            partitions: partitions
        )
        #expect(result.equal == 359)
        #expect(result.differs == 323)
        #expect(result.onlyLeft == 0)
        #expect(result.onlyRight == 35)
    }

    @Test("The sample tables give what their maker counted")
    func sample() throws {
        let folder = projectFolder.appendingPathComponent("examples/loans")
        let expected = try JSONDecoder().decode(
            [String: Int].self,
            from: Data(contentsOf: folder.appendingPathComponent("expected.json"))
        )
        let result = try reconcile(
            TableSource(
                path: folder.appendingPathComponent("loans.csv").path,
                key: .name("account_id"),
                amount: .name("monthly_payment")
            ),
            TableSource(
                path: folder.appendingPathComponent("orders.tsv").path,
                key: .position(2),
                amount: .position(3),
                filter: RowFilter(column: .position(4), equals: "LO")
            )
        )
        #expect(
            expected == [
                "equal": result.equal, "differs": result.differs,
                "only_left": result.onlyLeft, "only_right": result.onlyRight,
            ]
        )
    }

    @Test(
        "A pair is equal exactly up to the tolerance",
        arguments: [
            ("0", 1), ("0.009", 1), ("0.01", 2), ("0.0999", 2), ("0.1", 3), ("100", 3),
        ]
    )
    func tolerance(text: String, equal: Int) throws {
        let left = try scratch.write("1,0.30\n2,0.30\n3,0.30\n", to: "l.csv")
        let right = try scratch.write("1,0.3\n2,0.31\n3,0.2\n", to: "r.csv")
        let result = try reconcile(
            TableSource(path: left, key: .position(1), amount: .position(2)),
            TableSource(path: right, key: .position(1), amount: .position(2)),
            tolerance: text
        )
        #expect(result.equal == equal)
        #expect(result.equal + result.differs == 3)
    }

    @Test("The merged table has every outcome in key order, amounts as written")
    func table() throws {
        let left = try scratch.write("10,5.00\n9,1.10\n9,7\n8,2\n", to: "l.csv")
        let right = try scratch.write("9,7.00\n9,1.20\n11,3\n10,5\n", to: "r.csv")
        let result = try reconcile(
            TableSource(path: left, key: .position(1), amount: .position(2)),
            TableSource(path: right, key: .position(1), amount: .position(2))
        )
        let lines = String(decoding: try [UInt8](contentsOfFile: result.table), as: UTF8.self)
        #expect(
            lines == """
                outcome\tkey\tleft_line\tleft_amount\tright_line\tright_amount\tdifference
                only_left\t8\t4\t2\t\t\t
                differs\t9\t2\t1.10\t2\t1.20\t0.10
                equal\t9\t3\t7\t1\t7.00\t0.00
                equal\t10\t1\t5.00\t4\t5\t0.00
                only_right\t11\t\t\t3\t3\t

                """
        )
        #expect(result.apart == "0.10")
    }

    @Test("Two runs at once do not share files of rows; a day later they are gone")
    func workDirectories() throws {
        let file = try scratch.write("1,2\n", to: "l.csv")
        let source = TableSource(path: file, key: .position(1), amount: .position(2))
        let arguments = SplitTables.Arguments(
            left: source,
            right: source,
            workDirectory: scratch.at("work")
        )
        let first = try SplitTables().run(arguments)
        let second = try SplitTables().run(arguments)
        #expect(first.partitions.map(\.left) != second.partitions.map(\.left))
        let old = URL(fileURLWithPath: first.partitions[0].left).deletingLastPathComponent().path
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -90_000)],
            ofItemAtPath: old
        )
        _ = try SplitTables().run(arguments)
        #expect(!FileManager.default.fileExists(atPath: old))
        #expect(FileManager.default.fileExists(atPath: second.partitions[0].left))
    }

    @Test("Tables whose filters keep nothing reconcile to nothing")
    func nothing() throws {
        let file = try scratch.write("1,2\n", to: "l.csv")
        let source = TableSource(
            path: file,
            key: .position(1),
            amount: .position(2),
            filter: RowFilter(column: .position(1), equals: "none")
        )
        let result = try reconcile(source, source)
        #expect(result.equal + result.differs + result.onlyLeft + result.onlyRight == 0)
    }

    @Test(
        "A tolerance is read digit by digit from a number or from text",
        arguments: [
            ("0.1", "0.1"), ("\"0.30\"", "0.30"), ("5", "5"), ("0", "0"),
        ]
    )
    func toleranceForms(json: String, text: String) throws {
        let tolerance = try JSONDecoder().decode(Tolerance.self, from: Data(json.utf8))
        #expect(try tolerance.value.description == text)
    }

    @Test(
        "A tolerance that is negative or no number is refused",
        arguments: ["-1", "\"x\"", "\"1e3\""]
    )
    func badTolerance(json: String) throws {
        let tolerance = try JSONDecoder().decode(Tolerance.self, from: Data(json.utf8))
        #expect(throws: TableError.self) { try tolerance.value }
    }

    @Test(
        "A column is a position when it is a number or text of digits",
        arguments: [
            ("3", Column.position(3)), ("\"3\"", .position(3)), ("\"id\"", .name("id")),
        ]
    )
    func columns(json: String, column: Column) throws {
        #expect(try JSONDecoder().decode(Column.self, from: Data(json.utf8)) == column)
    }
}
