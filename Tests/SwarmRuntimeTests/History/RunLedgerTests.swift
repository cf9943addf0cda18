import SwarmCore
import SwarmModel
import SwarmRuntime
import Testing

@Suite("What is remembered of workers and runs")
struct RunLedgerTests {
    private let worker = WorkerID(agent: "echo", replica: 1)

    private func exit(_ status: SwarmModel.ExitStatus, _ failure: Failure? = nil) -> Record {
        .workerExited(
            WorkerExited(
                worker: worker,
                incarnation: Incarnation(1),
                status: status,
                failure: failure,
                phase: .waiting,
                restartAt: Instant(microseconds: 2),
                reason: "restart 1 of 5 in 1s"
            )
        )
    }

    private func ledger(_ records: Record...) -> RunLedger {
        let ledger = RunLedger()
        ledger.committed(
            CommittedBatch(first: 1, time: Instant(microseconds: 1), records: records)
        )
        return ledger
    }

    @Test("A process that was ended for a reason is remembered with the reason, not the signal")
    func abandoned() {
        let ledger = ledger(
            .workerMoved(worker, to: .lost, reason: "it did not say HELLO in time"),
            exit(.signalled(9))
        )
        #expect(
            ledger.lastFailure(of: worker)
                == "it did not say HELLO in time: restart 1 of 5 in 1s"
        )
    }

    @Test("One that was heard from again and then crashed is remembered with its exit")
    func recovered() {
        let ledger = ledger(
            .workerMoved(worker, to: .lost, reason: "it missed too many heartbeats"),
            .workerMoved(worker, to: .ready, reason: "it was heard from again"),
            exit(.exited(3))
        )
        #expect(ledger.lastFailure(of: worker) == "exit 3: restart 1 of 5 in 1s")
    }

    private func submitted(_ run: RunID) -> Record {
        .runSubmitted(
            RunSubmitted(
                run: run,
                workflow: Digest(words: (0, 0, 0, 1)),
                input: .empty,
                deadline: nil
            )
        )
    }

    private func ended(_ subtask: SubtaskID, _ directive: Directive) -> Record {
        .attemptEnded(
            AttemptEnded(
                subtask: subtask,
                lease: LeaseID(1),
                worker: worker,
                failure: Failure(.transient, "the line broke"),
                mayHaveHappened: true,
                stillHeld: false,
                directive: directive
            )
        )
    }

    @Test("An attempt that leaves its subtask to a person is a question until it is answered")
    func question() throws {
        let run = RunID(1)
        let subtask = SubtaskID(run: run, index: 0, name: "post")
        let asked = ledger(submitted(run), ended(subtask, .ask(.unknownOutcome)))
        let open = try #require(asked.entry(run)?.questions.first)
        #expect(open.subtask == subtask)
        #expect(open.doubt == .unknownOutcome)
        #expect(open.reason == "the line broke")
        #expect(open.asked == Instant(microseconds: 1))
        let cancelled = ledger(
            submitted(run),
            ended(subtask, .ask(.unknownOutcome)),
            ended(subtask, .cancel)
        )
        #expect(cancelled.entry(run)?.questions.isEmpty == true)
        let undone = ledger(
            submitted(run),
            ended(subtask, .ask(.failed)),
            .runUndoing(run)
        )
        #expect(undone.entry(run)?.questions.isEmpty == true)
    }

    @Test("A call that is made anew has not failed, however often it did before")
    func renewed() {
        let run = RunID(1)
        let undo = SubtaskID(run: run, index: 1, name: "post/undo")
        let failed = ledger(submitted(run), ended(undo, .fail))
        #expect(failed.entry(run)?.failed == 1)
        let again = ledger(
            submitted(run),
            ended(undo, .fail),
            .callRenewed(undo, deadline: nil),
            ended(undo, .fail),
            .callRenewed(undo, deadline: nil)
        )
        #expect(again.entry(run)?.failed == 0)
    }
}
