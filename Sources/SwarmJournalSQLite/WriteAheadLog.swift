import GRDB
import GRDBSQLite
import Glibc
import SwarmJournal
import SwarmModel

/// The write-ahead log of the one connection that writes, and when it is folded into the database.
final class WriteAheadLog: @unchecked Sendable {
    /// The size at which the log is folded into the database, and to which it is grown beforehand.
    static let limit = 16 << 20

    /// How many pages the log holds; written by SQLite at each commit, on the thread that commits,
    /// and read there only.
    private let pages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    /// Where the log counts as long; higher while a reader keeps it from being folded in.
    private var threshold = WriteAheadLog.limit

    init() { pages.initialize(to: 0) }

    deinit { pages.deallocate() }

    /// Takes the place of SQLite's automatic checkpoints.
    func attach(to connection: OpaquePointer) {
        sqlite3_wal_hook(
            connection,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            },
            pages
        )
    }

    /// Whether the log has grown so long that it should be folded in.
    var isLong: Bool { Int(pages.pointee) * JournalSchema.pageSize >= threshold }

    /// Folds the log into the database as far as readers allow, without waiting for them.
    func checkpoint(_ connection: OpaquePointer, path: String) throws(JournalError) {
        var total: Int32 = 0
        var folded: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
            connection,
            nil,
            SQLITE_CHECKPOINT_PASSIVE,
            &total,
            &folded
        )
        guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else {
            throw JournalError(
                code: sqlite3_extended_errcode(connection),
                text: String(cString: sqlite3_errmsg(connection)),
                path: path
            )
        }
        pages.pointee = 0
        threshold = WriteAheadLog.limit
        if folded < total { threshold += Int(total) * JournalSchema.pageSize }
    }

    /// Writes zeros behind the last frame of the log, up to ``limit``.
    ///
    /// A commit into blocks that exist needs one flush of the disk; one that makes the file longer
    /// also waits for the file system's own log and takes twice as long. SQLite stops reading a log
    /// at the first frame without the right salt, and zeros have none. On a disk with little room
    /// the log grows as it is used instead.
    func grow(path: String) {
        var space = statvfs()
        guard statvfs(path, &space) == 0,
            space.f_bavail * space.f_frsize > UInt(8 * WriteAheadLog.limit)
        else { return }
        let descriptor = open(path + "-wal", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var end = Int(lseek(descriptor, 0, SEEK_END))
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        while end >= 0, end < WriteAheadLog.limit {
            let length = min(zeros.count, WriteAheadLog.limit - end)
            let written = zeros.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, length, off_t(end))
            }
            guard written > 0 else { break }
            end += written
        }
        fdatasync(descriptor)
    }
}
