import AgentFiles
import SwarmWorker

/// The `report` agent: writes what workflows found, for people.
@main
enum ReportWorker {
    static func main() async throws {
        let worker = Worker()
        worker.on("audit_report") { (input: AuditInput, _) in
            try reportingFailures { try AuditReport(input, time: .now).write() }
        }
        worker.on("reconciliation_report") { (input: ReconciliationInput, _) in
            try reportingFailures { try ReconciliationReport(input, time: .now).write() }
        }
        try await worker.run()
    }
}
