import GRDBSQLite

/// The version of SQLite this process runs with.
public enum SQLiteVersion {
    /// As in `3.40.1`.
    public static var text: String { String(cString: sqlite3_libversion()) }

    /// A note for the log when this SQLite has the WAL-reset bug, and what keeps it harmless here.
    ///
    /// Until 3.51.3 a database could be corrupted when two connections wrote or checkpointed at the
    /// same time. The journal never does that: one connection writes and checkpoints, and readers
    /// open the file read-only.
    public static var walResetNote: String? { walResetNote(for: sqlite3_libversion_number()) }

    /// The note for a version as SQLite numbers it: 3.40.1 is 3040001.
    static func walResetNote(for number: Int32) -> String? {
        guard number < 3_051_003 else { return nil }
        let version = "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
        return "SQLite \(version) is older than 3.51.3 and can damage a database that two "
            + "connections write; query the journal with sqlite3 -readonly and let nothing else "
            + "write it"
    }
}
