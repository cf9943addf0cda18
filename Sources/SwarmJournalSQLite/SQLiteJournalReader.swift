import GRDB
public import SwarmJournal
public import SwarmModel

/// Reads a journal beside the coordinator that writes it.
///
/// The connection is read-only and never checkpoints, so it cannot get in the writer's way, nor
/// meet the bug that two writing connections meet in SQLite before 3.51.3.
public final class SQLiteJournalReader: Sendable {
    private let queue: DatabaseQueue
    /// Where the database is.
    public let path: String

    /// Opens an existing journal.
    ///
    /// - Throws: ``JournalError`` when there is none or it is not one this version can read.
    public init(path: String) throws(JournalError) {
        self.path = path
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "journal-reader"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF"
            )
        }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let kind = try queue.read { try JournalFormat.check($0, path: path) }
            guard kind == .journal else {
                throw JournalError.notAJournal(path, "nothing has been written to it")
            }
            self.queue = queue
        } catch {
            throw JournalError(error, path: path)
        }
    }

    /// Calls `body` with each batch that holds a record numbered `sequence` or later, as of now.
    public func read(
        from sequence: UInt64,
        _ body: (SealedBatch) throws(JournalError) -> Bool
    ) throws(JournalError) {
        try perform { try JournalRows.read(from: sequence, in: $0, path: self.path, body) }
    }

    /// The bytes of a stored payload; nil when the journal has none with this digest.
    public func payload(_ digest: Digest) throws(JournalError) -> [UInt8]? {
        try perform { try JournalRows.payload(digest, in: $0, path: self.path) }
    }

    /// Checks the whole chain and every payload, as of now.
    public func verify() throws(JournalError) -> JournalVerification {
        // In one transaction, so that batches and payloads are of the same moment.
        do {
            return try queue.read { try JournalRows.verify(in: $0, path: path) }
        } catch {
            throw JournalError(error, path: path)
        }
    }

    private func perform<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
        // Reentrant, so that who reads batches may load their payloads on the way.
        do { return try queue.unsafeReentrantRead(body) } catch {
            throw JournalError(error, path: path)
        }
    }
}
