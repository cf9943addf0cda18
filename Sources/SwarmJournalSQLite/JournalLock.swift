import Glibc
import SwarmJournal
import Synchronization

/// Keeps a second coordinator from writing the same journal.
///
/// SQLite's own locks would let two writers take turns, which is exactly what must not happen. The
/// kernel releases this lock when the process ends, however it ends, and no child inherits it.
final class JournalLock: Sendable {
    /// -1 once released.
    private let descriptor: Mutex<Int32>

    /// Takes the lock beside a journal.
    ///
    /// - Throws: ``JournalError`` with the code `locked`, `notFound` or `notWritable`.
    init(besideJournalAt path: String) throws(JournalError) {
        let lockPath = path + "-lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw JournalLock.explain(errno, path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = JournalLock.holder(descriptor)
            close(descriptor)
            throw JournalError(
                .locked,
                "\(path) is in use by another coordinator\(holder)",
                hint: "stop that one with `swarm down`, or use another state directory"
            )
        }
        let pid = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = pid.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Lets others take the lock; does nothing the second time.
    func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // Closing alone would leave the lock with a child that is just between fork and exec.
            flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
        }
    }

    /// Who holds the lock, as far as the file says.
    private static func holder(_ descriptor: Int32) -> String {
        let digits = withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { buffer in
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        }
        guard let pid = Int32(digits.prefix { $0.isNumber }) else { return "" }
        return " (pid \(pid))"
    }

    private static func explain(_ number: Int32, _ path: String) -> JournalError {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let reason = String(cString: strerror(number))
        switch number {
        case ENOENT, ENOTDIR:
            return JournalError(
                .notFound,
                "there is no folder \(folder) for the journal (\(reason))",
                hint: "make it, or name another with --state-dir"
            )
        case ENOSPC, EDQUOT:
            return JournalError.full(path, reason)
        default:
            return JournalError.notWritable(path, reason)
        }
    }
}

extension JournalError {
    static func full(_ path: String, _ reason: String) -> JournalError {
        JournalError(
            .full,
            "no room is left for \(path) (\(reason))",
            hint: "free some space on its disk and start again; nothing committed is lost"
        )
    }

    static func notWritable(_ path: String, _ reason: String) -> JournalError {
        JournalError(
            .notWritable,
            "\(path) cannot be written (\(reason))",
            hint: "give this user write access to the file and its folder, or name another state "
                + "directory with --state-dir"
        )
    }
}
