import GRDB
import GRDBSQLite
import Glibc
public import SwarmJournal
public import SwarmModel

extension SQLiteJournalStore {
    /// Opens a journal to write it, and makes it if there is none.
    ///
    /// Takes the lock, checks the database, the chain and the payloads, and counts the epoch up in
    /// the same transaction that makes this process the writer. Takes about a second for a million
    /// records.
    ///
    /// - Parameters:
    ///   - path: The database file; its folder must exist.
    ///   - durability: What commits survive.
    ///   - swarm: The name of the swarm, noted in a new journal.
    ///   - now: The time, noted in the journal.
    /// - Returns: The store, checked and ready to be appended to.
    /// - Throws: ``JournalError`` saying what is wrong with the file, the folder or the disk.
    public static func open(
        path: String,
        durability: Durability,
        swarm: String,
        at now: Instant
    ) throws(JournalError) -> SQLiteJournalStore {
        let lock = try JournalLock(besideJournalAt: path)
        do {
            return try open(path, durability, swarm, now, lock)
        } catch {
            lock.release()
            throw JournalError(error, path: path)
        }
    }

    private static func open(
        _ path: String,
        _ durability: Durability,
        _ swarm: String,
        _ now: Instant,
        _ lock: JournalLock
    ) throws -> SQLiteJournalStore {
        let isNew = access(path, F_OK) != 0
        if !isNew, access(path, W_OK) != 0 {
            throw JournalError.notWritable(path, String(cString: strerror(errno)))
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration(durability))
        if isNew { chmod(path, 0o600) }
        let log = WriteAheadLog()
        let (epoch, verification) = try queue.writeWithoutTransaction { database in
            guard let connection = database.sqliteConnection else { throw JournalError.closed }
            log.attach(to: connection)
            if try JournalFormat.check(database, path: path) == .empty {
                try create(database, swarm: swarm, at: now)
            }
            try JournalFormat.quickCheck(database, path: path)
            let verification = try JournalRows.verify(in: database, path: path)
            let epoch = try takeOver(database, verification, durability, now, path: path)
            if durability == .full { log.grow(path: path) }
            return (epoch, verification)
        }
        return SQLiteJournalStore(
            path: path,
            durability: durability,
            epoch: epoch,
            verification: verification,
            queue: queue,
            log: log,
            lock: lock
        )
    }

    private static func configuration(_ durability: Durability) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "journal"
        configuration.prepareDatabase { database in
            // The page size counts only before the first page is written.
            try database.execute(
                sql: """
                    PRAGMA page_size = \(JournalSchema.pageSize);
                    PRAGMA mmap_size = 0;
                    PRAGMA cache_size = -8192;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA synchronous = \(durability.synchronous);
                    """
            )
        }
        return configuration
    }

    private static func create(
        _ database: Database,
        swarm: String,
        at now: Instant
    ) throws {
        // The log must be on before the first commit, so that the first one is in it too.
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        try database.inTransaction(.immediate) {
            try database.execute(sql: JournalSchema.tables)
            try database.execute(
                sql: """
                    PRAGMA application_id = \(JournalSchema.applicationID);
                    PRAGMA user_version = \(JournalSchema.version);
                    """
            )
            var meta = MetaTable()
            meta.values = [
                "schema_version": "\(JournalSchema.version)", "swarm": swarm, "epoch": "0",
                "created_us": "\(now.microseconds)",
            ]
            try meta.write(to: database)
            return .commit
        }
    }

    /// Makes this process the writer: one more epoch, in one transaction.
    private static func takeOver(
        _ database: Database,
        _ verification: JournalVerification,
        _ durability: Durability,
        _ now: Instant,
        path: String
    ) throws -> UInt64 {
        var epoch: UInt64 = 0
        try database.inTransaction(.immediate) {
            var meta = try MetaTable(database, path: path)
            let last = UInt64(meta.values["epoch"] ?? "") ?? 0
            guard last >= verification.head.epoch else {
                throw JournalError(
                    .damaged,
                    "\(path) says its last epoch was \(last), and has a batch of epoch "
                        + "\(verification.head.epoch)",
                    hint: JournalError.damageHint(from: verification.head.next, in: path)
                )
            }
            epoch = last + 1
            meta.values["epoch"] = "\(epoch)"
            meta.values["opened_us"] = "\(now.microseconds)"
            meta.values["durability"] = durability.rawValue
            if meta.values["views"] != "\(JournalViews.version)" {
                for name in JournalViews.names {
                    try database.execute(sql: "DROP VIEW IF EXISTS \(name)")
                }
                try database.execute(sql: JournalViews.all)
                meta.values["views"] = "\(JournalViews.version)"
            }
            try meta.write(to: database)
            return .commit
        }
        return epoch
    }
}

extension Durability {
    /// How often SQLite waits for the disk: at each commit, at each checkpoint, or never.
    fileprivate var synchronous: String {
        switch self {
        case .full: "FULL"
        case .process: "NORMAL"
        case .none: "OFF"
        }
    }
}
