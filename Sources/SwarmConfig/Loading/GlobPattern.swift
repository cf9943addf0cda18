import FoundationEssentials

/// A pattern for file names: `*` and `?` within a name, `**` for any depth of folders.
///
/// As in a shell, a wildcard does not match a name that starts with a dot.
struct GlobPattern {
    private var parts: [String]
    private let isAbsolute: Bool

    /// Whether there is a wildcard in it; without one it is a path.
    var hasWildcard: Bool { parts.contains { $0.contains("*") || $0.contains("?") } }

    init(_ text: String) {
        isAbsolute = text.hasPrefix("/")
        parts = text.split(separator: "/").map(String.init).filter { $0 != "." }
    }

    /// The files that match, sorted: relative to a folder, unless the pattern is absolute.
    func matches(below directory: String) -> [String] {
        var found: [String] = []
        collect(
            parts[...],
            in: isAbsolute ? "/" : directory,
            prefix: isAbsolute ? "/" : "",
            into: &found
        )
        return found.sorted()
    }

    private func collect(
        _ rest: ArraySlice<String>,
        in directory: String,
        prefix: String,
        into found: inout [String]
    ) {
        guard let part = rest.first else { return }
        let isLast = rest.count == 1
        if part == "**" {
            collect(rest.dropFirst(), in: directory, prefix: prefix, into: &found)
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names.sorted() where !name.hasPrefix(".") || part.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            var isDirectory = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
            if part == "**" {
                // Links are not followed at any depth: they may lead in a circle.
                if isDirectory, !isLink(path) {
                    collect(rest, in: path, prefix: "\(prefix)\(name)/", into: &found)
                }
            } else if GlobPattern.match(Array(part.utf8), Array(name.utf8)) {
                if isLast, !isDirectory {
                    if !found.contains(prefix + name) { found.append(prefix + name) }
                } else if !isLast, isDirectory {
                    collect(
                        rest.dropFirst(),
                        in: path,
                        prefix: "\(prefix)\(name)/",
                        into: &found
                    )
                }
            }
        }
    }

    private func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }

    /// Whether a name matches one part of a pattern; linear, by remembering the last star.
    static func match(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var position = 0
        var index = 0
        var star: (pattern: Int, name: Int)?
        while index < name.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, index)
                position += 1
            } else if position < pattern.count,
                pattern[position] == UInt8(ascii: "?") || pattern[position] == name[index]
            {
                position += 1
                index += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                position = last.pattern + 1
                index = last.name + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
