import SwarmCore
import SwarmModel
import SwarmRuntime
import Testing

@Suite("What is remembered of workers")
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
}
