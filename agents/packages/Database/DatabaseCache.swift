import Glibc
import Synchronization

/// dpkg's database as last read, read again only when its files have changed.
///
/// A worker is asked about hundreds of packages in a row; parsing the status file for each would
/// cost more than most of the checks.
final class DatabaseCache: Sendable {
    /// What tells one state of the database's files from the next.
    private struct Stamp: Equatable {
        var values: [Int]

        init(root: String) {
            values = ["status", "updates", "diversions", "info/format"].flatMap { name in
                var status = stat()
                guard stat("\(root)/var/lib/dpkg/\(name)", &status) == 0 else { return [0] }
                let changed = status.st_mtim
                return [Int(status.st_ino), Int(status.st_size), changed.tv_sec, changed.tv_nsec]
            }
        }
    }

    private let entry = Mutex<(root: String, stamp: Stamp, database: DpkgDatabase)?>(nil)

    /// The database under `root` as it is now.
    func database(root: String) throws -> DpkgDatabase {
        let stamp = Stamp(root: root)
        if let known = entry.withLock({ $0 }), known.root == root, known.stamp == stamp {
            return known.database
        }
        let database = try DpkgDatabase(root: root)
        entry.withLock { $0 = (root, stamp, database) }
        return database
    }
}
