import SwarmCore
import SwarmModel
import Testing

@testable import SwarmRuntime

@Suite("What is journaled becomes log lines", .timeLimit(.minutes(1)))
struct CoordinatorJournalLogTests {
    private let subtask = SubtaskID(run: RunID(3), index: 0, name: "post")

    private func lines(_ record: Record) async throws -> [LogRecord] {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(LogFile.Configuration(directory: folder.path))
        CoordinatorJournalLog(file).committed(
            CommittedBatch(first: 9, time: Instant(microseconds: 1000), records: [record])
        )
        await file.close()
        var reader = LogReader(directory: folder.path)
        var lines: [LogRecord] = []
        while let line = reader.next() { lines.append(line) }
        return lines
    }

    private func attempt(_ directive: Directive) -> Record {
        .attemptEnded(
            AttemptEnded(
                subtask: subtask,
                lease: LeaseID(1),
                worker: WorkerID(agent: "ledger", replica: 1),
                failure: Failure(.transient, "the line broke"),
                mayHaveHappened: true,
                stillHeld: false,
                directive: directive
            )
        )
    }

    @Test("Whatever leaves a subtask to a person is one event, with the command that answers")
    func question() async throws {
        let asked = Record.questionAsked(
            QuestionAsked(subtask: subtask, doubt: .unknownOutcome, reason: "its tool was lost")
        )
        let decided = Record.decided(
            SubtaskDecided(
                subtask: subtask,
                decision: .didNotHappen,
                directive: .ask(.unknownOutcome),
                result: nil,
                reason: "its tool says so",
                by: "ledger"
            )
        )
        for record in [attempt(.ask(.unknownOutcome)), asked, decided] {
            let line = try #require(try await lines(record).last)
            #expect(line.event == .decisionRequested)
            #expect(line.fields["doubt"] == "unknown_outcome")
            #expect(
                line.action
                    == "swarm decide r_3/post happened|did-not-happen|undo|abort --reason TEXT"
            )
        }
        #expect(try await lines(attempt(.verify)).map(\.event) == [.subtaskDoubted])
    }
}
