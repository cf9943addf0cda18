import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("The shipped ledger")
    struct LedgerTests {
        /// What the sample's maker has counted for the month the workflow is about by default.
        private static let adjustments = 9
        private static let doubled = 12

        /// Uses the agents and the workflows as they ship.
        private func prepare(_ folder: SwarmFolder, replicas: Int = 1) throws {
            let agents = "\(File.project)/agents"
            try folder.writeTopology(
                agents: [
                    "ledger": [
                        "manifest": .string("\(agents)/ledger/agent.json"),
                        "replicas": .integer(Int64(replicas)), "concurrency": 2,
                        "restart": ["backoff": ["initial": "10ms", "max": "50ms"]],
                    ],
                    "janitor": [
                        "manifest": .string("\(agents)/janitor/agent.json"),
                        "env": [
                            "PYTHONPATH": .string("\(File.project)/sdk/python"),
                            "PYTHONDONTWRITEBYTECODE": "1",
                        ],
                    ],
                ],
                semaphores: ["ledger-write": ["permits": 1]]
            )
            for name in ["month-end", "incident-0247"] {
                let text = try #require(File.text("\(File.project)/workflows/\(name).json"))
                try folder.write(text, to: "workflows/\(name).json")
            }
        }

        private let books = "books=\(File.project)/examples/ledger/books.json"

        /// One row of the ledger, as anybody with SQLite reads it.
        private func ask(_ folder: SwarmFolder, _ query: String) async throws -> [JSON] {
            let called = try await folder.data(
                "call",
                "ledger.query",
                JSON(members: [("ledger", "books.db"), ("sql", .string(query))]).description
            )
            let row = called["result"]?["rows"]?.arrayValue?.first
            return called["result"]?["columns"]?.arrayValue?.compactMap {
                row?[$0.stringValue ?? ""]
            } ?? []
        }

        private func digest(_ folder: SwarmFolder) async throws -> JSON {
            let called = try await folder.data(
                "call",
                "ledger.ledger_digest",
                #"{"ledger":"books.db"}"#
            )
            return try #require(called["result"]?["digest"])
        }

        private func open(_ folder: SwarmFolder) async throws {
            let file = String(books.dropFirst(6))
            _ = try await folder.data(
                "call",
                "ledger.open_ledger",
                JSON(members: [("ledger", "books.db"), ("books", .string(file))]).description
            )
        }

        @Test("A month's end posts what the journal lacks, once, however often it is run")
        func monthEnd() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder)
                try await folder.up()
                let inputs = ["--input", "ledger=books.db", "--input", books, "--json"]
                let run = try await folder.swarm(["run", "month-end"] + inputs)
                try #require(run.status == 0, "\(run)")
                let output = try run.data["output"]
                #expect(output?["adjustments"] == .integer(Int64(Self.adjustments)), "\(run)")
                let report = try #require(output?["report"]?.stringValue)
                #expect(File.text(report)?.contains("## Trial balance") == true)
                let again = try await folder.swarm(["run", "month-end"] + inputs)
                #expect(try again.data["output"]?["adjustments"] == 0, "\(again)")
                #expect(try again.data["output"]?["digest"] == output?["digest"])
            }
        }

        @Test("A month's end that cannot be reported reverses everything it posted")
        func undone() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder)
                try await folder.up()
                try await open(folder)
                let balances = "SELECT group_concat(number || '=' || cents) AS all_of FROM balance"
                let before = try await ask(folder, balances)
                let run = try await folder.swarm(
                    "run",
                    "month-end",
                    "--input",
                    "ledger=books.db",
                    "--input",
                    "output_dir=/proc/nowhere",
                    "--json"
                )
                #expect(run.status == 11, "\(run)")
                #expect(try run.data["state"] == "compensated", "\(run)")
                #expect(try await ask(folder, balances) == before)
                let counts = try await ask(
                    folder,
                    "SELECT count(reverses) AS reversals, count(*) AS entries FROM entry"
                )
                let sample = 91
                #expect(
                    counts == [
                        .integer(Int64(Self.adjustments)),
                        .integer(Int64(sample + 2 * Self.adjustments)),
                    ]
                )
            }
        }

        @Test(
            "Each adjustment is posted once although the ledger's workers are killed all the time"
        )
        func killed() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder, replicas: 2)
                try await folder.up()
                try await open(folder)
                let command = try folder.start(
                    "run",
                    "month-end",
                    "--input",
                    "ledger=books.db",
                    "--json"
                )
                // Few enough that no worker is taken for hopeless, and no call for lost for good.
                var blows = 0
                repeat {
                    for name in ["ledger-1", "ledger-2"] {
                        guard let pid = try? await folder.pid(of: name) else { continue }
                        kill(pid, SIGKILL)
                        blows += 1
                    }
                } while command.status == nil && blows < 6
                let status = try await command.end()
                #expect(status == 0, "\(command.errorText)")
                #expect(blows > 0)
                let posted = try await ask(
                    folder,
                    """
                    SELECT count(*) AS posted, count(DISTINCT key) AS keys FROM live_entry
                    WHERE key LIKE '%/adjustment'
                    """
                )
                #expect(
                    posted == [
                        .integer(Int64(Self.adjustments)), .integer(Int64(Self.adjustments)),
                    ]
                )
            }
        }

        @Test(
            "An agent that asks 14,000 times in other words is stopped, and the books are as before"
        )
        func incident() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder)
                try await folder.up()
                try await open(folder)
                let before = try await digest(folder)
                let run = try await folder.swarm(
                    "run",
                    "incident-0247",
                    "--input",
                    "ledger=books.db",
                    "--json"
                )
                #expect(run.status == 15, "\(run)")
                #expect(try run.data["state"] == "compensated", "\(run)")
                #expect(try run.data["failure"]?["kind"] == "loop_stopped", "\(run)")
                #expect(try await digest(folder) == before)
                // A dry run, its plan, and twice the same in other words; the fifth call was not
                // made. What the second had removed is back.
                let calls = try await ask(
                    folder,
                    """
                    SELECT count(*) AS cleanups, sum(removed) AS removed,
                        sum(is_restored) AS restored FROM cleanup
                    """
                )
                #expect(calls == [1, .integer(Int64(Self.doubled)), 1])
                let name = try #require(try run.data["run"]?.stringValue)
                let tree = try await folder.swarm("show", name, "--tree")
                let made = tree.output.split(separator: "\n").filter { $0.contains("  cleanup  ") }
                #expect(made.count == 4, "\(tree)")
                #expect(tree.output.contains("tidy/2/undo  restore_cleanup  succeeded"), "\(tree)")
            }
        }
    }
}
