import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("A state directory that cannot be used as it is")
    struct StateDirectoryTests {
        @Test("A second coordinator on one state directory is refused and told who has it")
        func taken() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                let first = try await folder.coordinator()
                try await folder.allReady()
                let second = try await folder.swarm("up")
                #expect(second.status == 65, "\(second)")
                #expect(second.errors.contains("\(first.pid)"), "\(second)")
                let background = try await folder.swarm("up", "-d", "--json")
                #expect(background.status == 65)
                #expect(try background.error["code"] == "E_CONFLICT")
                #expect(try background.error["hint"]?.stringValue?.contains("swarm down") == true)
                // The first has noticed nothing.
                #expect(try await folder.data("call", "echo.echo", "{}")["state"] == "succeeded")
                #expect(try await folder.data("down")["pid"] == .integer(Int64(first.pid)))
                #expect(try await first.end() == 0)
            }
        }

        @Test("A journal with one byte changed is refused, with the records concerned")
        func damaged() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                try await folder.up()
                _ = try await folder.data("call", "echo.echo", #"{"amount":"1999"}"#)
                _ = try await folder.data("down")
                let rows = try await folder.journal(
                    "SELECT seq, batch FROM records WHERE type = 'run_submitted'"
                )
                let record = try #require(rows.first?[0].integerValue)
                let batch = try #require(rows.first?[1].integerValue)

                let journal = "\(folder.state)/journal.db"
                var bytes = try #require(FileManager.default.contents(atPath: journal))
                let place = try #require(bytes.range(of: Data("\"run_submitted\"".utf8)))
                bytes[place.lowerBound + 1] ^= 0x01
                try bytes.write(to: URL(filePath: journal))

                for arguments in ["up", "run"] {
                    let refused =
                        arguments == "up"
                        ? try await folder.swarm("up")
                        : try await folder.swarm("call", "echo.echo", "{}")
                    #expect(refused.status == 78, "\(refused)")
                    #expect(refused.errors.contains(journal), "\(refused)")
                    #expect(
                        refused.errors.contains("\(record)") || refused.errors.contains("\(batch)"),
                        "\(refused)"
                    )
                }
                #expect(ProcessTable.mentioning(folder.path) == [])
                #expect(FileManager.default.contents(atPath: journal) == bytes)
            }
        }

        @Test(
            "A full disk ends the coordinator with the reason; with space again nothing is lost",
            .enabled(if: SmallDisk.isAllowed, "only root can mount a small disk")
        )
        func fullDisk() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                let disk = try SmallDisk(at: folder.state, mebibytes: 8)
                defer { disk.remove() }
                let coordinator = try await folder.coordinator()
                try await folder.allReady()
                let kept = try await folder.data("call", "echo.echo", #"{"kept":true}"#)
                #expect(kept["state"] == "succeeded")
                try disk.fill()
                let text = String(repeating: "x", count: 100_000)
                try folder.write("{\"text\":\"\(text)\"}", to: "large.json")
                let lost = try await folder.swarm("call", "echo.echo", "@large.json", "--json")
                #expect(lost.status != 0, "\(lost)")
                #expect(try await coordinator.end() == 1)
                #expect(coordinator.outputText.contains("E_INTERNAL"))
                #expect(coordinator.outputText.contains("full"), "\(coordinator.outputText)")

                // A start that has no room says so too, wherever it would have logged it.
                for arguments in [["up", "-d"], ["call", "echo.echo", "{}"]] {
                    let refused = try await folder.swarm(arguments + ["--json"])
                    #expect(refused.status == 1, "\(refused)")
                    let error = try refused.error
                    let text = "\(error["message"] ?? nil) \(error["hint"] ?? nil)"
                    #expect(text.contains("space"), "\(refused)")
                    #expect(text.contains(folder.state), "\(refused)")
                }
                try await eventually("the orphans are gone") {
                    ProcessTable.mentioning(folder.path) == []
                }

                disk.free()
                try await folder.up()
                let runs = try await folder.data("runs")["runs"]?.arrayValue ?? []
                #expect(runs.contains { $0["run"] == "r_1" && $0["state"] == "succeeded" })
                let next = try await folder.data("call", "echo.echo", #"{"again":true}"#)
                #expect(next["result"] == ["again": true])
                _ = try await folder.data("down")
            }
        }

        @Test(
            "A state directory that is read-only is named, and nothing is started",
            .enabled(if: SmallDisk.isAllowed || geteuid() != 0, "root writes anywhere")
        )
        func readOnly() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                var disk: SmallDisk?
                if geteuid() == 0 {
                    disk = try SmallDisk(at: folder.state, mebibytes: 1)
                    try disk?.makeReadOnly()
                } else {
                    guard mkdir(folder.state, 0o500) == 0 else {
                        throw SystemError("make \(folder.state)")
                    }
                }
                defer { disk?.remove() }
                for arguments in [["up"], ["up", "-d"], ["call", "echo.echo", "{}"]] {
                    let refused = try await folder.swarm(arguments)
                    #expect(refused.status == 77, "\(refused)")
                    #expect(refused.errors.contains(folder.state), "\(refused)")
                    #expect(refused.errors.contains("--state-dir"), "\(refused)")
                    let asJSON = try await folder.swarm(arguments + ["--json"])
                    #expect(asJSON.status == 77, "\(asJSON)")
                    #expect(try asJSON.error["code"] == "E_DENIED")
                    #expect(
                        try asJSON.error["message"]?.stringValue?.contains(folder.state) == true
                    )
                }
                #expect(ProcessTable.mentioning(folder.path) == [])
            }
        }

        @Test("A state directory whose path is too long for a socket is refused with the limit")
        func tooLong() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                let long = folder.path + "/" + String(repeating: "d", count: 120)
                let refused = try await folder.swarm("up", "--state-dir", long)
                #expect(refused.status == 78 || refused.status == 65, "\(refused)")
                #expect(refused.errors.contains("10"), "\(refused)")
                #expect(
                    refused.errors.contains("--state-dir") || refused.errors.contains("shorter")
                )
            }
        }
    }
}
