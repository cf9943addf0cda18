/// Where dpkg puts a package's file instead of the place the package names.
struct Diversions: Sendable {
    private struct Target: Sendable {
        var path: [UInt8]
        /// The package whose own file stays in place; nil when every package's file is moved.
        var owner: String?
    }

    private var targets: [[UInt8]: Target] = [:]

    /// No diversions.
    init() {}

    /// Reads the diversions file: three lines each, path, new path, package (`:` for a local one).
    init(_ content: [UInt8], file: String) throws(DatabaseError) {
        let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast(content.last == UInt8(ascii: "\n") ? 1 : 0)
        guard lines.count.isMultiple(of: 3) else {
            throw DatabaseError(
                file: file,
                line: lines.count,
                problem: "expected three lines for each diversion, the last has fewer"
            )
        }
        for index in stride(from: lines.startIndex, to: lines.endIndex, by: 3) {
            let owner = String(decoding: lines[index + 2], as: UTF8.self)
            targets[normalizedPath(Array(lines[index]))] = Target(
                path: normalizedPath(Array(lines[index + 1])),
                owner: owner == ":" ? nil : owner
            )
        }
    }

    /// Where this package's file lies on disk.
    func location(of path: [UInt8], in package: DpkgPackage) -> [UInt8] {
        guard !targets.isEmpty, let target = targets[path], target.owner != package.name else {
            return path
        }
        return target.path
    }
}
