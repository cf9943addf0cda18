import SwarmConfig
import SwarmCore
import SwarmModel
import Testing

@testable import SwarmRuntime

@Suite("How the subtasks of a run stand, by the journal")
struct RunProjectionTests {
    private let run = RunID(1)

    private func projection() throws -> RunProjection {
        let text = #"{"schema_version":1,"name":"w","subtasks":{"a":{"capability":"c"}}}"#
        let workflow = try Workflow(json: JSON(parsing: Array(text.utf8)))
        return RunProjection(run: run, workflow: workflow)
    }

    @Test("A question that its run no longer waits for is closed")
    func unanswered() throws {
        var projection = try projection()
        let asked = AttemptEnded(
            subtask: SubtaskID(run: run, index: 0, name: "a"),
            lease: LeaseID(1),
            worker: WorkerID(agent: "echo", replica: 1),
            failure: Failure(.permission, "no"),
            mayHaveHappened: false,
            stillHeld: false,
            directive: .ask(.failed)
        )
        projection.note(.attemptEnded(asked), at: Instant(microseconds: 1))
        #expect(projection.groups[0][0].state == .asking)
        projection.note(.runUndoing(RunID(2)), at: Instant(microseconds: 2))
        #expect(projection.groups[0][0].state == .asking)
        projection.note(.runUndoing(run), at: Instant(microseconds: 3))
        #expect(projection.groups[0][0].state == .cancelled)
    }
}
