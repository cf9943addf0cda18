import CZeroMQ
import Glibc

/// An exclusive lock between processes, tied to a file and to the life of its holder.
///
/// The kernel lets go of it however the process ends, so there is no stale lock. The file stays
/// and keeps the pid of the last holder, for the error message of the next one.
public final class LockFile: Sendable {
    /// The path of the file.
    public let path: String
    private let descriptor: CInt

    /// Takes the lock at once or fails.
    ///
    /// - Throws: ``ZeroMQError`` with code `lockHeld`, naming the holder's pid, when it is taken.
    public init(path: String) throws(ZeroMQError) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last("open", endpoint: path) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if Glibc.errno == EINTR { continue }
            // Everything is initialised, so `deinit` runs and closes.
            throw Self.refusal(path: path, descriptor: descriptor)
        }
        let pid = Array("\(getpid())\n".utf8)
        let written = unsafe pid.span.withUnsafeBytes {
            ftruncate(descriptor, 0) == 0
                ? unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) : -1
        }
        guard written == pid.count else {
            throw .last("write", endpoint: path)
        }
    }

    /// Whether the file is still the one at its path: false once it, or its directory, was deleted
    /// or replaced, so that another process may hold a lock of the same name.
    public var isInPlace: Bool {
        FileIdentity(descriptor: descriptor) == FileIdentity(path: path)
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Closing alone would leave the lock with a child that is just between fork and exec. One
        // that was refused held none, and its unlocking changes nothing.
        flock(descriptor, LOCK_UN)
        Glibc.close(descriptor)
    }

    /// The pid in the file: the holder while it is locked, otherwise the last one; nil for none.
    public static func holder(path: String) -> Int32? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        return pid(in: descriptor)
    }

    private static func pid(in descriptor: CInt) -> Int32? {
        var number: Int32 = 0
        var digits = 0
        unsafe withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) { buffer in
            let count = unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
            for index in 0..<max(count, 0) {
                let byte = unsafe buffer[index]
                guard (0x30...0x39).contains(byte) else { break }
                let (scaled, overflow) = number.multipliedReportingOverflow(by: 10)
                guard !overflow else { break }
                number = scaled &+ Int32(byte - 0x30)
                digits += 1
            }
        }
        return digits > 0 && number > 0 ? number : nil
    }

    private static func refusal(path: String, descriptor: CInt) -> ZeroMQError {
        guard Glibc.errno == EWOULDBLOCK else { return .last("flock", endpoint: path) }
        let holder = pid(in: descriptor)
        return ZeroMQError(
            .lockHeld,
            errno: EWOULDBLOCK,
            operation: "flock",
            endpoint: path,
            message: holder.map { "process \($0) holds the lock" }
                ?? "another process holds the lock",
            hint: "stop that process first, or choose another state directory"
        )
    }
}
