import AgentFiles
import Foundation

/// A directory of its own for a test, removed when the test lets go of it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        let parent = FileManager.default.temporaryDirectory.path
        path = try Directory(creating: parent).makeUnique(prefix: "swarm-agents-").path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of something inside.
    func at(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, with the directories it needs.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = at(name)
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }
}

/// The folder of the project these tests belong to.
let projectFolder: URL = {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    return folder
}()
