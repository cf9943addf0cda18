import SwarmModel
import Testing

@Suite("Counts and states")
struct CountsTests {
    @Test("The total is the sum of all states, and ended ones are those that will not change")
    func sums() {
        let counts = Counts(
            waiting: 1,
            ready: 2,
            running: 4,
            retrying: 8,
            succeeded: 16,
            failed: 32,
            skipped: 64,
            cancelled: 128
        )
        #expect(counts.total == 255)
        #expect(counts.ended == 240)
    }

    @Test("Counts have one member for each state of a subtask")
    func members() throws {
        let members = try JSON(encoding: Counts()).objectValue?.keys
        #expect(members == SubtaskDocument.State.allCases.map(\.rawValue))
    }

    @Test("Each outcome of a run has its own exit status")
    func exits() {
        #expect(RunDocument.State.succeeded.exit == 0)
        #expect(RunDocument.State.failed.exit == 10)
        #expect(RunDocument.State.cancelled.exit == 13)
        #expect(RunDocument.State.deadlineExceeded.exit == 14)
        #expect(RunDocument.State.running.exit == 75)
        #expect(RunDocument.State.cancelling.exit == 75)
    }
}
