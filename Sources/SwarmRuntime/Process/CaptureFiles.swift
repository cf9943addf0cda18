import Glibc
import SwarmModel

/// The files that take what one process writes, and how far it has been read.
///
/// Files, not pipes: a worker outlives its coordinator for a while so that the next one can adopt
/// it. A pipe would break at that moment, and the worker's next line would end it (`SIGPIPE`); a
/// FIFO held open elsewhere would fill after 64 KiB and block it. A file opened for appending takes
/// every line while nobody reads, and the next coordinator reads on from the recorded position. A
/// line of 100 bytes costs the worker about as much as into a pipe while nobody follows (3.2 us
/// against 1.9 to 3.6 us, two busy cores, ext4) and about twice as much while it is followed; in
/// return a worker never waits for its reader.
///
/// What has been read is given back to the file system (a hole is punched, so no byte in flight can
/// be lost, as it could be by truncating), and the files are removed when the process has ended.
/// Only the last 64 KiB stay, for the event that reports the exit.
struct CaptureFiles: Hashable {
    /// The directory of all capture files.
    let directory: String
    /// What their names begin with: worker and incarnation.
    let name: String

    init(directory: String, worker: WorkerID, incarnation: Incarnation) {
        self.directory = directory
        name = "\(worker).\(incarnation)"
    }

    /// The file of one stream.
    func path(of stream: OutputStream) -> String {
        switch stream {
        case .stdout: "\(directory)/\(name).out"
        case .stderr: "\(directory)/\(name).err"
        }
    }

    /// How far both have been read.
    var positionPath: String { "\(directory)/\(name).position" }

    /// Removes all three; what is missing already is no error.
    func remove() {
        unlink(path(of: .stdout))
        unlink(path(of: .stderr))
        unlink(positionPath)
    }

    /// Makes the directory, for this user only.
    static func prepare(directory: String) throws(LaunchError) {
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw .output(directory, errno: errno)
        }
    }

    /// Removes the capture files of every process but those in `kept`.
    static func removeAll(in directory: String, except kept: Set<CaptureFiles>) {
        guard let entries = opendir(directory) else { return }
        defer { closedir(entries) }
        let names = Set(kept.map(\.name))
        while let entry = readdir(entries) {
            let file = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            for suffix in [".out", ".err", ".position"] where file.hasSuffix(suffix) {
                if !names.contains(String(file.dropLast(suffix.count))) {
                    unlink("\(directory)/\(file)")
                }
            }
        }
    }

    /// Opens a file for the worker to append to; its reader is opened apart.
    func openForWorker(_ stream: OutputStream) throws(LaunchError) -> Int32 {
        let path = path(of: stream)
        let descriptor = open(
            path,
            O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
            0o600
        )
        guard descriptor >= 0 else { throw .output(path, errno: errno) }
        return descriptor
    }
}

/// How far the two outputs of a process have been read and passed on.
struct CapturePosition: Hashable {
    var stdout: UInt64 = 0
    var stderr: UInt64 = 0

    /// The position in the file; the beginning when there is none or it is not whole.
    init(readFrom path: String) {
        guard let bytes = SmallFile.read(path, limit: 17), bytes.count == 16 else { return }
        (stdout, stderr) = bytes.withUnsafeBytes { raw in
            (
                UInt64(littleEndian: raw.load(fromByteOffset: 0, as: UInt64.self)),
                UInt64(littleEndian: raw.load(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    init(stdout: UInt64 = 0, stderr: UInt64 = 0) {
        self.stdout = stdout
        self.stderr = stderr
    }

    /// Overwrites the 16 bytes at the file's beginning; one page, so a kill cannot tear it.
    func write(to descriptor: Int32) {
        let values = (stdout.littleEndian, stderr.littleEndian)
        _ = withUnsafeBytes(of: values) { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
}
