/// The tables of a journal.
enum JournalSchema {
    /// `SWRM`: tells a journal from any other SQLite database.
    static let applicationID: Int64 = 0x5357_524D

    /// Rises when older versions could no longer read the tables.
    static let version: Int64 = 1

    /// Larger pages than usual: a batch of a thousand records spills over fewer of them, which
    /// costs a third less time, and a batch of one record takes no longer.
    static let pageSize = 8192

    static let tables = """
        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE batches (
            first INTEGER PRIMARY KEY,
            count INTEGER NOT NULL,
            time INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            previous BLOB NOT NULL,
            hash BLOB NOT NULL,
            records TEXT NOT NULL,
            payloads TEXT NOT NULL
        ) STRICT;

        CREATE TABLE payloads (
            digest TEXT NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        """

    static let insertBatch = """
        INSERT INTO batches (first, count, time, epoch, previous, hash, records, payloads)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    static let insertPayload =
        "INSERT OR IGNORE INTO payloads (digest, size, bytes) VALUES (?, ?, ?)"

    static let selectBatches = """
        SELECT first, count, time, epoch, previous, hash, records, payloads FROM batches
        WHERE first >= coalesce((SELECT max(first) FROM batches WHERE first <= ?), 0)
        ORDER BY first
        """

    static let selectLastBatch = """
        SELECT first, count, epoch, hash FROM batches ORDER BY first DESC LIMIT 1
        """

    static let selectPayload = "SELECT bytes FROM payloads WHERE digest = ?"

    static let selectPayloads = "SELECT digest, size, bytes FROM payloads"
}
