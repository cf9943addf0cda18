import FoundationEssentials
import SwarmConfig
import SwarmModel

/// A folder with a small, correct swarm in it, to be broken one mistake at a time.
///
/// A replacement marks with `@@` where the mistake is to be reported; line and column are counted
/// from that mark, so they do not come from the code under test.
struct ConfigurationFolder {
    let path: String
    private var files: [String: String]

    init() throws {
        let name = "swarm-config-\(UUID().uuidString)"
        path = FileManager.default.temporaryDirectory.appending(path: name).path
        files = ConfigurationFolder.baseFiles
        for (file, text) in files { try write(text, to: file) }
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: "\(path)/agents/ledger/ledger.sh"
        )
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: "\(path)/agents/pricing/pricing.sh"
        )
    }

    /// Removes everything.
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// The text of a file.
    func text(of file: String) -> String { files[file] ?? "" }

    /// Writes a file.
    mutating func put(_ text: String, in file: String) throws {
        files[file] = text
        try write(text, to: file)
    }

    /// Replaces a piece of a file that occurs exactly once.
    ///
    /// - Returns: `line:column` of the mark in the new text; nil without a mark.
    @discardableResult
    mutating func replace(
        _ piece: String,
        with other: String,
        in file: String
    ) throws -> String? {
        let parts = text(of: file).split(separator: piece, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw FolderError(message: "\(piece) occurs \(parts.count - 1) times in \(file)")
        }
        let marked = parts[0] + other + parts[1]
        let around = marked.split(separator: "@@", omittingEmptySubsequences: false)
        try put(around.joined(), in: file)
        guard around.count == 2 else { return nil }
        let lines = around[0].split(separator: "\n", omittingEmptySubsequences: false)
        return "\(lines.count):\((lines.last?.count ?? 0) + 1)"
    }

    /// Loads the topology and everything it refers to.
    func load(_ environment: [String: String] = [:]) -> LoadedConfiguration {
        ConfigurationLoader(environment: environment, programFolder: nil)
            .load(topology: "\(path)/topology.json")
    }

    /// The diagnostics as text, with paths from the folder and without notes.
    func report(_ diagnostics: [Diagnostic]) -> [String] {
        diagnostics.filter { $0.severity != .note }.map { short($0.description) }
    }

    /// A text with paths from the folder.
    func short(_ text: String) -> String { text.replacing("\(path)/", with: "") }

    private func write(_ text: String, to file: String) throws {
        let place = URL(filePath: "\(path)/\(file)")
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: place)
    }
}

/// Why a test's own folder is not what it should be.
struct FolderError: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
}
