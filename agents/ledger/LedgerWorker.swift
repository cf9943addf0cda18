import AgentFiles
import SwarmWorker

/// The `ledger` agent: double-entry books in one SQLite file, in whole cents.
@main
enum LedgerWorker {
    static func main() async throws {
        let worker = Worker()
        worker.on("open_ledger") { (arguments: OpenLedger.Arguments, _) in
            try reportingLedgerFailures { try OpenLedger().run(arguments) }
        }
        worker.on("query") { (arguments: Query.Arguments, context) in
            let end = context.deadline
            return try reportingLedgerFailures {
                try Query().run(arguments) {
                    context.isCancelled || end.map { $0 <= ContinuousClock.now } ?? false
                }
            }
        }
        worker.on("propose_adjustments") { (arguments: ProposeAdjustments.Arguments, _) in
            try reportingLedgerFailures { try ProposeAdjustments().run(arguments) }
        }
        worker.on("post_entry") { (arguments: PostEntry.Arguments, context) in
            try reportingLedgerFailures {
                try PostEntry().run(arguments, call: context.idempotencyKey)
            }
        }
        worker.on("reverse_entry") { (arguments: ReverseEntry.Arguments, _) in
            try reportingLedgerFailures { try ReverseEntry().run(arguments) }
        }
        worker.on("get_entry") { (arguments: GetEntry.Arguments, _) in
            try reportingLedgerFailures { try GetEntry().run(arguments) }
        }
        worker.on("cleanup") { (arguments: Cleanup.Arguments, context) in
            try reportingLedgerFailures {
                try Cleanup().run(arguments, call: context.idempotencyKey)
            }
        }
        worker.on("restore_cleanup") { (arguments: RestoreCleanup.Arguments, _) in
            try reportingLedgerFailures { try RestoreCleanup().run(arguments) }
        }
        worker.on("get_cleanup") { (arguments: GetCleanup.Arguments, _) in
            try reportingLedgerFailures { try GetCleanup().run(arguments) }
        }
        worker.on("ledger_digest") { (arguments: LedgerDigest.Arguments, _) in
            try reportingLedgerFailures { try LedgerDigest().run(arguments) }
        }
        worker.on("month_end_report") { (arguments: MonthEndReport.Arguments, _) in
            try reportingFailures {
                try reportingLedgerFailures { try MonthEndReport().run(arguments) }
            }
        }
        try await worker.run()
    }
}
