import FoundationEssentials

/// A path twice: as the user wrote it, for messages, and absolute, for the system.
struct FilePath: Hashable, Sendable {
    var display: String
    var absolute: String

    /// A path as given on the command line; one below the current folder is shown from there.
    init(_ path: String, currentDirectory: String = FileManager.default.currentDirectoryPath) {
        absolute = FilePath.normalised(
            path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)"
        )
        let folder = currentDirectory.hasSuffix("/") ? currentDirectory : "\(currentDirectory)/"
        display =
            path.hasPrefix("/") && absolute.hasPrefix(folder) && folder != "/"
            ? String(absolute.dropFirst(folder.count)) : path
    }

    private init(display: String, absolute: String) {
        self.display = display
        self.absolute = absolute
    }

    /// A path that stands in a file of this folder.
    func sibling(_ path: String) -> FilePath {
        guard !path.hasPrefix("/") else { return FilePath(display: path, absolute: path) }
        let plain = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        let folder = display.lastIndex(of: "/").map { display[...$0] } ?? ""
        return FilePath(
            display: "\(folder)\(plain)",
            absolute: FilePath.normalised("\(directory)/\(plain)")
        )
    }

    /// The folder, absolute.
    var directory: String {
        guard let slash = absolute.lastIndex(of: "/"), slash > absolute.startIndex else {
            return "/"
        }
        return String(absolute[..<slash])
    }

    /// The name of the file.
    var name: String {
        absolute.lastIndex(of: "/").map { String(absolute[absolute.index(after: $0)...]) }
            ?? absolute
    }

    /// Whether there is anything.
    var exists: Bool { FileManager.default.fileExists(atPath: absolute) }

    /// Whether it is a folder.
    var isDirectory: Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: absolute, isDirectory: &isDirectory)
            && isDirectory
    }

    /// The names in the same folder, sorted.
    var siblings: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// The path without `.`, `..` and doubled slashes, resolved as text.
    private static func normalised(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
