import Foundation
import Glibc

/// Files, by path.
enum File {
    /// The folder of the running test program, where the built programs lie too.
    static let programs: String = {
        let test = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: test ?? "/").deletingLastPathComponent().path
    }()

    /// The folder of the whole project.
    static let project = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The text of a file; nil when it cannot be read.
    static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a file and makes the folders above it.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)),
            chmod(path, mode) == 0
        else { throw SystemError("write \(path)") }
    }

    /// Whether there is a file.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
