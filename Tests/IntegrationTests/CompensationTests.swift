import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Runs that are undone")
    struct CompensationTests {
        @Test("What a failed run did is undone, the latest first, and the command ends with 11")
        func undone() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(in: folder, post: Books.undoable)
                try await folder.up()
                try books.setBroken("close", true)
                let run = try await folder.swarm("run", "month", "--json")
                #expect(run.status == 11, "\(run)")
                #expect(try run.data["state"] == "compensated")
                #expect(
                    try run.data["failure"]?["message"]?.stringValue?.contains("broken") == true
                )
                #expect(try run.data["standing"] == nil)
                #expect(
                    try books.lines == ["+r_1/first", "+r_1/second", "-r_1/second", "-r_1/first"]
                )
                let tree = try await folder.swarm("show", "r_1", "--tree")
                for line in ["└─ first/undo  reverse", "└─ second/undo  reverse", "close  close"] {
                    #expect(tree.output.contains(line), "\(tree)")
                }
                let states = try await folder.journal("SELECT state FROM runs")
                #expect(states == [["compensated"]])
            }
        }

        @Test("Undoing goes on where it was after coordinator and worker are killed in its midst")
        func survivesKill() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(in: folder, post: Books.undoable)
                var coordinator = try await folder.coordinator()
                try await folder.allReady()
                try books.setBroken("close", true)
                try books.hold("reverse")
                _ = try await folder.data("run", "month", "--detach")
                for blow in 0..<3 {
                    let worker = try await books.called("reverse")
                    #expect(try books.lines == ["+r_1/first", "+r_1/second"], "blow \(blow)")
                    coordinator.send(SIGKILL)
                    #expect(try await coordinator.end() == 128 + SIGKILL)
                    kill(worker, SIGKILL)
                    unlink("\(folder.path)/at.reverse")
                    coordinator = try await folder.coordinator()
                }
                _ = try await books.called("reverse")
                books.release("reverse")
                let run = try await books.run("r_1", is: "compensated")
                #expect(run["standing"] == nil)
                #expect(
                    try books.lines == ["+r_1/first", "+r_1/second", "-r_1/second", "-r_1/first"]
                )
            }
        }

        @Test("What cannot be undone is listed and waits for someone to mend the cause")
        func parked() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(in: folder, post: Books.undoable)
                try await folder.up()
                try books.setBroken("close", true)
                try books.setBroken("reverse", true)
                let run = try await folder.swarm("run", "month")
                #expect(run.status == 12, "\(run)")
                #expect(run.errors.contains("swarm compensate r_1"), "\(run)")
                let shown = try await folder.data("show", "r_1")
                #expect(shown["state"] == "compensation_failed")
                #expect(shown["finished_at"] == nil)
                let standing =
                    shown["standing"]?.arrayValue?.map { [$0["subtask"], $0["why"]] } ?? []
                #expect(
                    Set(standing) == [
                        ["r_1/second", "compensation_failed"], ["r_1/first", "blocked"],
                    ]
                )
                let still = try await folder.swarm("compensate", "r_1", "--json")
                #expect(still.status == 12, "\(still)")
                let cancelled = try await folder.swarm("cancel", "r_1")
                #expect(cancelled.status == 65)
                #expect(cancelled.errors.contains("swarm compensate r_1"), "\(cancelled)")

                // Also after a restart, it waits and can be undone.
                try await folder.data("down")
                try await folder.up()
                #expect(try await folder.data("show", "r_1")["state"] == "compensation_failed")
                try books.setBroken("reverse", false)
                let mended = try await folder.swarm("compensate", "r_1", "--json")
                #expect(mended.status == 0, "\(mended)")
                #expect(try mended.data["state"] == "compensated")
                #expect(
                    try books.lines == ["+r_1/first", "+r_1/second", "-r_1/second", "-r_1/first"]
                )
                let undone = try await folder.data("show", "r_1", "--all")
                #expect(undone["subtasks"]?.arrayValue?.contains { $0["standing"] != nil } == false)
                // The step that failed; the undo calls that had failed have succeeded since.
                #expect(undone["counts"]?["failed"] == 1)
                let again = try await folder.swarm("compensate", "r_1", "--json")
                #expect(again.status == 65, "\(again)")
            }
        }

        @Test("What stands can be accepted, with a reason, and the run ends")
        func accepted() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(in: folder, post: Books.undoable)
                try await folder.up()
                try books.setBroken("close", true)
                try books.setBroken("reverse", true)
                #expect(try await folder.swarm("run", "month").status == 12)
                #expect(try await folder.swarm("compensate", "r_1", "--accept").status == 64)
                let accepted = try await folder.swarm(
                    "compensate",
                    "r_1",
                    "--accept",
                    "--reason",
                    "written off",
                    "--json"
                )
                #expect(accepted.status == 0, "\(accepted)")
                #expect(try accepted.data["state"] == "compensation_failed")
                #expect(try accepted.data["finished_at"] != nil)
                #expect(try books.lines == ["+r_1/first", "+r_1/second"])
                #expect(try await folder.data("decide")["questions"] == [])
            }
        }
    }
}
