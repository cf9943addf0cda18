import Foundation

/// A folder of its own for one test, gone with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("swarm-journal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The journal in this folder.
    var journal: String { path + "/journal.db" }

    /// Copies a journal and what belongs to it, as a crash would leave them on the disk.
    func copyJournal(to other: TemporaryFolder) throws {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: journal + suffix) {
            try? FileManager.default.removeItem(atPath: other.journal + suffix)
            try FileManager.default.copyItem(
                atPath: journal + suffix,
                toPath: other.journal + suffix
            )
        }
    }
}

/// Runs a program to its end.
///
/// - Returns: Its exit status and what it wrote to both of its outputs.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
