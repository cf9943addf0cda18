import SwarmWorker

/// What the books do not allow, in words for whoever asked.
enum LedgerError: Error, Hashable {
    case notALedger(String)
    case unknownVersion(String, Int64)
    case noSuchEntry(Int64)
    case noSuchCleanup(Int64)
    case invalid(String)
    case conflict(String)

    /// The failure as policies understand it.
    ///
    /// None of them gets better by trying again.
    var failure: WorkerFailure {
        switch self {
        case .notALedger(let path):
            WorkerFailure(
                .validation,
                "\(path) is not a ledger; open_ledger makes one",
                retryable: false
            )
        case .unknownVersion(let path, let version):
            WorkerFailure(
                .validation,
                "\(path) has version \(version); this program reads version \(Schema.version)",
                retryable: false
            )
        case .noSuchEntry(let id):
            WorkerFailure(.notFound, "there is no entry \(id)", retryable: false)
        case .noSuchCleanup(let id):
            WorkerFailure(.notFound, "there is no cleanup \(id)", retryable: false)
        case .invalid(let sentence):
            WorkerFailure(.validation, sentence, retryable: false)
        case .conflict(let sentence):
            WorkerFailure(.conflict, sentence, retryable: false)
        }
    }
}

/// Does the work, and turns what it throws into failures that name their class.
func reportingLedgerFailures<Result>(_ work: () throws -> Result) throws -> Result {
    do {
        return try work()
    } catch let error as LedgerError {
        throw error.failure
    } catch let error as SQLiteError {
        throw error.failure
    }
}
