import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Calls of which nobody knows whether they happened")
    struct DecisionTests {
        /// Starts a run whose first call has its effect and then hangs, and kills its worker.
        private func lose(_ books: Books) async throws {
            let folder = books.folder
            try await folder.up()
            try books.hold("post")
            _ = try await folder.data("run", "month", "--detach")
            let pid = try await books.called("post")
            kill(pid, SIGKILL)
            books.release("post")
        }

        @Test("A person is asked, with the command that answers; the answer ends the waiting")
        func happened() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(in: folder, post: ["compensation": "none"])
                try await lose(books)
                let asking = try await books.run("r_1", is: "asking")
                let question = try #require(asking["questions"]?.arrayValue?.first)
                #expect(question["subtask"] == "r_1/first")
                #expect(question["doubt"] == "unknown_outcome")
                let command = "swarm decide r_1/first happened|did-not-happen|undo|abort"
                #expect(question["command"]?.stringValue?.hasPrefix(command) == true, "\(question)")
                #expect(try await folder.data("decide")["questions"] == asking["questions"])
                let runs = try await folder.swarm("runs")
                #expect(runs.output.contains("asking"), "\(runs)")
                #expect(runs.output.contains(command), "\(runs)")

                let unreasoned = try await folder.swarm("decide", "r_1/first", "happened")
                #expect(unreasoned.status == 64, "\(unreasoned)")
                let senseless = try await folder.swarm(
                    "decide",
                    "r_1/first",
                    "skip",
                    "--reason",
                    "x",
                    "--json"
                )
                #expect(senseless.status == 65, "\(senseless)")
                #expect(try senseless.error["hint"]?.stringValue?.contains("happened") == true)

                try await folder.data(
                    "decide",
                    "r_1/first",
                    "happened",
                    "--reason",
                    "I looked into the books"
                )
                let ended = try await books.run("r_1", is: "succeeded")
                #expect(ended["questions"] == nil)
                #expect(try books.lines == ["+r_1/first"])
                let user = try #require(
                    getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) }
                )
                let decided = try await folder.journal(
                    """
                    SELECT body ->> '$.decision', body ->> '$.by', body ->> '$.reason'
                    FROM records WHERE type = 'subtask_decided'
                    """
                )
                #expect(decided == [["happened", .string(user), "I looked into the books"]])
                let twice = try await folder.swarm(
                    "decide",
                    "r_1/first",
                    "happened",
                    "--reason",
                    "again"
                )
                #expect(twice.status == 65, "\(twice)")
            }
        }

        @Test("What a person knows that a lost call returned, its undo gets")
        func result() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(in: folder, post: Books.undoable)
                try books.setBroken("close", true)
                try await lose(books)
                let asking = try await books.run("r_1", is: "asking")
                #expect(asking["questions"]?.arrayValue?.count == 1)
                func decide(_ words: String...) async throws -> CommandResult {
                    try await folder.swarm(
                        ["decide", "r_1/first"] + words + ["--reason", "seen", "--json"]
                    )
                }
                let early = try await decide("undo", "--result", "{}")
                #expect(early.status == 64, "\(early)")
                let broken = try await decide("happened", "--result", #"{"ID":1}"#)
                #expect(broken.status == 65, "\(broken)")
                #expect(try broken.error["message"]?.stringValue?.contains("\"post\"") == true)
                let decided = try await decide("happened", "--result", #"{"id":"r_1/first"}"#)
                #expect(decided.status == 0, "\(decided)")
                _ = try await books.run("r_1", is: "compensated")
                #expect(
                    try books.lines == ["+r_1/first", "+r_1/second", "-r_1/second", "-r_1/first"]
                )
            }
        }

        @Test("What did not happen is called again; a command that may not wait ends with 16")
        func didNotHappen() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(in: folder, post: ["compensation": "none"])
                try await folder.up()
                try books.hold("post")
                let unattended = try folder.start("run", "month", "--no-ask", "--json")
                let pid = try await books.called("post")
                unlink("\(folder.path)/books.jsonl")
                kill(pid, SIGKILL)
                books.release("post")
                #expect(try await unattended.end() == 16)
                #expect(unattended.outputText.contains(#""state":"asking""#))
                _ = try await books.run("r_1", is: "asking")
                try await folder.data(
                    "decide",
                    "r_1/first",
                    "did-not-happen",
                    "--reason",
                    "the books are empty"
                )
                _ = try await books.run("r_1", is: "succeeded")
                #expect(try books.lines == ["+r_1/first"])
            }
        }

        @Test("A tool that can say whether the call happened is asked instead of a person")
        func verified() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(
                    in: folder,
                    post: ["compensation": "none", "verify_with": "find"]
                )
                try await lose(books)
                let run = try await books.run("r_1", is: "succeeded")
                #expect(run["output"] == ["closed": true])
                #expect(try books.lines == ["+r_1/first"])
                let asked = try await folder.journal(
                    "SELECT count(*) FROM records WHERE type = 'question_asked'"
                )
                #expect(asked == [[0]])
                let tree = try await folder.swarm("show", "r_1", "--tree")
                #expect(tree.output.contains("└─ first/verify  find  succeeded"), "\(tree)")
            }
        }

        @Test("With a confirmed start, a call that a worker never took up is given to another")
        func confirmed() async throws {
            try await SwarmFolder.with { folder in
                let books = try Books(
                    in: folder,
                    post: ["compensation": "none", "start": "confirmed"],
                    replicas: 1
                )
                try await folder.up()
                let pid = try #require(try await folder.pid(of: "clerk-1"))
                // Stopped, it never says STARTED; killed, it never will.
                kill(pid, SIGSTOP)
                _ = try await folder.data("run", "month", "--detach")
                try await eventually("the call was handed out") {
                    let rows = try await folder.journal(
                        "SELECT count(*) FROM records WHERE type = 'subtask_dispatched'"
                    )
                    return rows == [[1]]
                }
                kill(pid, SIGKILL)
                _ = try await books.run("r_1", is: "succeeded")
                #expect(try books.lines == ["+r_1/first"])
                let directives = try await folder.journal(
                    """
                    SELECT body ->> '$.directive', body ->> '$.may_have_happened'
                    FROM records WHERE type = 'attempt_ended'
                    """
                )
                #expect(directives == [["reassign", 0]])

                // Killed after its start was confirmed, nobody knows.
                try books.hold("post")
                _ = try await folder.data("run", "month", "--detach")
                let second = try await books.called("post")
                kill(second, SIGKILL)
                books.release("post")
                _ = try await books.run("r_2", is: "asking")
            }
        }
    }
}
