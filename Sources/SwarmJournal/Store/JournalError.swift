/// Why the journal cannot be opened, written or read.
public struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of a journal error, for those who treat some of them differently.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Another process has the journal open for writing.
        case locked
        /// A newer coordinator has taken the journal over while this one lived.
        case overtaken
        /// The file is a database of something else, or no database at all.
        case notAJournal = "not_a_journal"
        /// A newer version of Swarm wrote it.
        case newerSchema = "newer_schema"
        /// The database file is damaged.
        case damaged
        /// A batch does not match its place in the chain of hashes.
        case brokenChain = "broken_chain"
        /// A stored payload is missing or is not what its digest says.
        case brokenPayload = "broken_payload"
        /// A record is of a kind this version does not know.
        case unknownRecord = "unknown_record"
        /// A record is not of the form its kind has.
        case malformedRecord = "malformed_record"
        /// The disk, or the quota of this user, is full.
        case full
        /// The file or its folder cannot be written.
        case notWritable = "not_writable"
        /// The file or its folder cannot be opened.
        case notFound = "not_found"
        /// The disk reported an error; what had not been committed before is not durable.
        case inputOutput = "input_output"
        /// A reader kept the journal busy for too long.
        case busy
        /// A batch does not go on where the journal ends: a fault of the coordinator.
        case sequence
        /// The journal has been closed.
        case closed
    }

    /// The class.
    public var code: Code
    /// One sentence: what happened, and where.
    public var message: String
    /// What to do about it.
    public var hint: String

    /// An error with what to do about it.
    public init(_ code: Code, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The sentence and the hint.
    public var description: String { "\(message); \(hint)" }

    /// The journal has been closed.
    public static let closed = JournalError(
        .closed,
        "the journal has been closed",
        hint: "start the coordinator again"
    )

    /// What to do about a journal that is damaged at this record.
    public static func damageHint(
        from sequence: UInt64,
        in journal: String = "journal.db"
    ) -> String {
        "restore the journal from a copy, or move it away to begin an empty one; "
            + "what was written before it can still be read: "
            + "sqlite3 -readonly \(journal) \"SELECT * FROM records WHERE batch < \(sequence)\""
    }
}
