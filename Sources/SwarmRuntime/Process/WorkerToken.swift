import CSwarmSystem
import Glibc
public import SwarmModel

/// The secret by which a worker proves that it is the process that was launched: 256 random bits.
///
/// It travels in a file that only this user may read, whose path is in the worker's environment,
/// because environments and command lines can be read by more than the process they belong to.
public struct WorkerToken: Hashable, Sendable {
    /// 64 hexadecimal digits.
    public let text: String

    /// Draws a new token from the kernel's generator.
    public static func generate() -> WorkerToken {
        let bytes = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            let result = swarm_random(buffer.baseAddress, 32)
            precondition(result == 0, "the kernel gives no random bytes: errno \(errno)")
            count = 32
        }
        let digits = Array("0123456789abcdef".utf8)
        var text = ""
        for byte in bytes {
            text.unicodeScalars.append(Unicode.Scalar(digits[Int(byte >> 4)]))
            text.unicodeScalars.append(Unicode.Scalar(digits[Int(byte & 15)]))
        }
        return WorkerToken(text: text)
    }

    private init(text: String) { self.text = text }

    /// Reads a token file; nil when there is none, others may read it, or it holds no token.
    public init?(readFrom path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_mode & 0o077 == 0, status.st_uid == geteuid(),
            let bytes = SmallFile.read(path, limit: 66)
        else { return nil }
        let text = bytes.last == 0x0A ? bytes.dropLast() : bytes[...]
        let isHexadecimal = text.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
        guard text.count == 64, isHexadecimal else { return nil }
        self.text = String(decoding: text, as: UTF8.self)
    }

    /// Whether `candidate` is this token; takes as long for a near miss as for a far one.
    public func matches(_ candidate: some Sequence<UInt8>) -> Bool {
        var difference: UInt8 = 0
        var count = 0
        let own = Array(text.utf8)
        for byte in candidate {
            difference |= count < own.count ? byte ^ own[count] : 1
            count += 1
        }
        return difference == 0 && count == own.count
    }

    /// Writes the token to `<directory>/<worker>.token`, mode 0600, in place of an earlier one.
    ///
    /// The file is complete when it appears, so a worker that starts early reads all or nothing.
    ///
    /// - Returns: the file's path.
    /// - Throws: ``LaunchError`` when the file cannot be written.
    public func write(
        for worker: WorkerID,
        in directory: String
    ) throws(LaunchError) -> String {
        let path = WorkerToken.path(for: worker, in: directory)
        let draft = "\(path).new"
        unlink(draft)
        let descriptor = open(
            draft,
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
            0o600
        )
        guard descriptor >= 0 else { throw .token(path, errno: errno) }
        let bytes = Array("\(text)\n".utf8)
        let written = Glibc.write(descriptor, bytes, bytes.count)
        let number = written < 0 ? errno : ENOSPC
        close(descriptor)
        guard written == bytes.count else {
            unlink(draft)
            throw .token(path, errno: number)
        }
        guard rename(draft, path) == 0 else {
            let number = errno
            unlink(draft)
            throw .token(path, errno: number)
        }
        return path
    }

    /// Where the token of a worker lies.
    public static func path(for worker: WorkerID, in directory: String) -> String {
        "\(directory)/\(worker).token"
    }

    /// Removes the token file of a worker that will not be launched again.
    public static func remove(for worker: WorkerID, in directory: String) {
        unlink(path(for: worker, in: directory))
    }
}

extension LaunchError {
    static func token(_ path: String, errno number: Int32) -> LaunchError {
        LaunchError(
            .outputUnavailable,
            "cannot write the token \(path): \(SystemError.text(number))",
            hint: "the state directory must be writable and have room"
        )
    }
}
