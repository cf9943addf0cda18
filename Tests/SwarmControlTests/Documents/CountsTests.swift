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
            parked: 256,
            retrying: 8,
            verifying: 512,
            asking: 1024,
            succeeded: 16,
            failed: 32,
            skipped: 64,
            cancelled: 128
        )
        #expect(counts.total == 2047)
        #expect(counts.ended == 240)
    }

    @Test("Counts have one member for each state of a subtask")
    func members() throws {
        let members = try JSON(encoding: Counts()).objectValue?.keys
        #expect(members == SubtaskDocument.State.allCases.map(\.rawValue))
    }

    @Test(
        "Each outcome of a run has its own exit status",
        arguments: [
            (RunDocument.State.succeeded, 0), (.failed, 10), (.compensated, 11),
            (.partiallyCompensated, 11), (.compensationFailed, 12), (.cancelled, 13),
            (.deadlineExceeded, 14), (.asking, 16), (.running, 75), (.cancelling, 75),
            (.undoing, 75),
        ] as [(RunDocument.State, Int32)]
    )
    func exits(state: RunDocument.State, exit: Int32) {
        #expect(state.exit(after: nil) == exit)
        #expect(state.exit(after: .internal) == exit)
    }

    @Test(
        "What could not be undone outweighs a loop, a loop a limit, and a limit that all is undone"
    )
    func precedence() {
        for state in [RunDocument.State.failed, .compensated, .partiallyCompensated] {
            #expect(state.exit(after: .loopStopped) == 15)
            #expect(state.exit(after: .budgetExhausted) == 14)
            #expect(state.exit(after: .deadlineExceeded) == 14)
        }
        for kind in FailureKind.allCases {
            #expect(RunDocument.State.compensationFailed.exit(after: kind) == 12)
            #expect(RunDocument.State.succeeded.exit(after: kind) == 0)
        }
    }
}
