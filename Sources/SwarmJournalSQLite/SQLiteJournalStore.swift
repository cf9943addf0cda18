import GRDB
import GRDBSQLite
public import SwarmJournal
public import SwarmModel
import Synchronization

/// The journal as one SQLite database: the default store.
///
/// One connection writes and checkpoints, for as long as the coordinator lives, and a lock beside
/// the file keeps a second coordinator out. Anyone may read the file at the same time with
/// ``SQLiteJournalReader`` or `sqlite3 -readonly`.
public final class SQLiteJournalStore: JournalStore {
    /// Where the database is.
    public let path: String
    /// What survives what.
    public let durability: Durability
    /// The epoch of this opening: one more than that of the last.
    public let epoch: UInt64
    /// What the checks at opening found.
    public let verification: JournalVerification

    let queue: DatabaseQueue
    let log: WriteAheadLog
    private let end: Mutex<JournalHead>
    /// Nil once closed.
    private let lock: Mutex<JournalLock?>

    init(
        path: String,
        durability: Durability,
        epoch: UInt64,
        verification: JournalVerification,
        queue: DatabaseQueue,
        log: WriteAheadLog,
        lock: JournalLock
    ) {
        self.path = path
        self.durability = durability
        self.epoch = epoch
        self.verification = verification
        self.queue = queue
        self.log = log
        end = Mutex(verification.head)
        self.lock = Mutex(lock)
    }

    /// Where the journal ends.
    public var head: JournalHead { end.withLock { $0 } }

    /// Commits all of these batches in one transaction.
    ///
    /// - Throws: ``JournalError``. After any error but `sequence` the store must be closed: what
    ///   the disk holds is found out by opening it again.
    public func append(_ batches: [JournalBatch]) throws(JournalError) {
        let head = head
        try JournalBatch.checkPlaces(of: batches, after: head)
        let reached = try perform { database in
            try self.commit(batches, after: head, in: database)
        }
        end.withLock { $0 = reached }
    }

    /// Calls `body` with each batch that holds a record numbered `sequence` or later.
    public func read(
        from sequence: UInt64,
        _ body: (SealedBatch) throws(JournalError) -> Bool
    ) throws(JournalError) {
        try perform { database in
            try JournalRows.read(from: sequence, in: database, path: self.path, body)
        }
    }

    /// The bytes of a stored payload.
    public func payload(_ digest: Digest) throws(JournalError) -> [UInt8]? {
        try perform { database in
            try JournalRows.payload(digest, in: database, path: self.path)
        }
    }

    /// Checks the whole chain and every payload again.
    public func verify() throws(JournalError) -> JournalVerification {
        try perform { database in
            try JournalRows.verify(in: database, path: self.path)
        }
    }

    /// Folds the write-ahead log into the database.
    public func settle() throws(JournalError) {
        try perform { database in
            guard let connection = database.sqliteConnection else { throw JournalError.closed }
            try self.log.checkpoint(connection, path: self.path)
        }
    }

    /// Folds the write-ahead log in, closes the database and gives the lock back.
    ///
    /// Without readers the database is one file then. Does nothing the second time.
    public func close() throws(JournalError) {
        let held = lock.withLock { lock -> JournalLock? in
            defer { lock = nil }
            return lock
        }
        guard let held else { return }
        defer { held.release() }
        try perform { database in
            // Whatever the durability was, an orderly end is durable. Readers are not waited for.
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 100")
            sqlite3_wal_checkpoint_v2(
                database.sqliteConnection,
                nil,
                SQLITE_CHECKPOINT_TRUNCATE,
                nil,
                nil
            )
        }
        do { try queue.close() } catch { throw JournalError(error, path: path) }
    }

    private func perform<Value>(
        _ body: (Database) throws -> Value
    ) throws(JournalError) -> Value {
        // Reentrant, so that who reads batches may load their payloads on the way.
        do { return try queue.unsafeReentrantWrite(body) } catch {
            throw JournalError(error, path: path)
        }
    }

    // MARK: Writing

    private func commit(
        _ batches: [JournalBatch],
        after head: JournalHead,
        in database: Database
    ) throws -> JournalHead {
        guard let connection = database.sqliteConnection else { throw JournalError.closed }
        try statement("BEGIN IMMEDIATE", database).run()
        do {
            try checkEpoch(database)
            var reached = head
            for batch in batches { reached = try insert(batch, after: reached, database) }
            try statement("COMMIT", database).run()
            if log.isLong { try log.checkpoint(connection, path: path) }
            return reached
        } catch {
            // SQLite has rolled back by itself after most errors; then this does nothing.
            sqlite3_exec(connection, "ROLLBACK", nil, nil, nil)
            throw error
        }
    }

    /// The lock keeps other coordinators out; should someone have removed it, this still does.
    private func checkEpoch(_ database: Database) throws {
        let select = try statement("SELECT value FROM meta WHERE key = 'epoch'", database)
        defer { select.reset() }
        guard try select.step(), UInt64(select.text(0)) == epoch else {
            throw JournalError(
                .overtaken,
                "another coordinator has taken over \(path)",
                hint: "only one may run on a journal; let this one end"
            )
        }
    }

    private func insert(
        _ batch: JournalBatch,
        after head: JournalHead,
        _ database: Database
    ) throws -> JournalHead {
        let sealed = batch.sealed(
            after: head,
            epoch: epoch,
            storing: try store(batch.payloads, database)
        )
        let insert = try statement(JournalSchema.insertBatch, database)
        insert.bind(sealed.first, at: 1)
        insert.bind(sealed.count, at: 2)
        insert.bind(sealed.time.microseconds, at: 3)
        insert.bind(sealed.epoch, at: 4)
        try sealed.previous.withBytes { previous in
            try sealed.hash.withBytes { hash in
                try sealed.records.withUnsafeBytes { records in
                    try sealed.payloads.withUnsafeBytes { payloads in
                        insert.bind(blob: previous, at: 5)
                        insert.bind(blob: hash, at: 6)
                        insert.bind(text: records, at: 7)
                        insert.bind(text: payloads, at: 8)
                        try insert.run()
                    }
                }
            }
        }
        return JournalHead(next: sealed.sequences.upperBound, hash: sealed.hash, epoch: epoch)
    }

    /// Stores the payloads the journal does not have yet.
    ///
    /// - Returns: Their digests.
    private func store(
        _ payloads: [JournalPayload],
        _ database: Database
    ) throws -> [Digest] {
        guard !payloads.isEmpty else { return [] }
        let insert = try statement(JournalSchema.insertPayload, database)
        var stored: [Digest] = []
        for payload in payloads {
            try payload.digest.withHexadecimal { digest in
                try payload.bytes.withUnsafeBytes { bytes in
                    insert.bind(text: digest, at: 1)
                    insert.bind(Int64(bytes.count), at: 2)
                    insert.bind(blob: bytes, at: 3)
                    try insert.run()
                }
            }
            if sqlite3_changes(database.sqliteConnection) > 0 { stored.append(payload.digest) }
        }
        return stored
    }

    private func statement(_ sql: String, _ database: Database) throws -> PreparedStatement {
        try PreparedStatement(sql, in: database, path: path)
    }
}
