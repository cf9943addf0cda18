import AgentFiles

/// dpkg's record of what is installed under one root directory.
///
/// Only read, never written; no lock is taken, as `dpkg --verify` takes none.
struct DpkgDatabase: Sendable {
    /// The directory that stands for `/`; empty for the machine itself.
    let root: String
    /// Packages dpkg knows files of, in the order of the status file.
    let packages: [DpkgPackage]
    let diversions: Diversions
    /// Positions in `packages` by qualified name, and by bare name where only one package has it.
    private let positions: [String: Int]
    /// Whether files of a multi-arch package carry its architecture in their names.
    private let namesCarryArchitecture: Bool

    /// Reads the database under `root`.
    ///
    /// - Throws: `FileError` when there is no status file, `DatabaseError` when a file is damaged.
    init(root: String) throws {
        var prefix = root[...]
        while prefix.last == "/" { prefix.removeLast() }
        self.root = String(prefix)
        let folder = "\(prefix)/var/lib/dpkg"
        packages = try Self.packages(in: folder)
        positions = Self.positions(of: packages)
        let diversionsFile = "\(folder)/diversions"
        diversions =
            try Self.optionalContents(of: diversionsFile)
            .map { content in try Diversions(content, file: diversionsFile) } ?? Diversions()
        let format = try Self.optionalContents(of: "\(folder)/info/format") ?? []
        namesCarryArchitecture = format.first.map { $0 != UInt8(ascii: "0") } ?? false
    }

    /// The package of this name: `name:architecture`, or a bare name that only one package has.
    func package(named name: String) -> DpkgPackage? {
        positions[name].map { packages[$0] }
    }

    /// The path of a file of dpkg's about a package, such as `list` or `md5sums`.
    func infoFile(_ kind: String, of package: DpkgPackage) -> String {
        let isQualified = namesCarryArchitecture && package.isMultiArchSame
        let name = isQualified ? package.qualifiedName : package.name
        return "\(root)/var/lib/dpkg/info/\(name).\(kind)"
    }

    /// Paths the package installed, in dpkg's order; empty when dpkg keeps no list.
    func paths(of package: DpkgPackage) throws -> [[UInt8]] {
        let file = infoFile("list", of: package)
        let content = try Self.optionalContents(of: file) ?? []
        var number = 0
        var paths: [[UInt8]] = []
        for line in content.split(separator: newline, omittingEmptySubsequences: false) {
            number += 1
            if line.isEmpty {
                guard line.startIndex < content.endIndex else { break }
                throw DatabaseError(file: file, line: number, problem: "an empty file name")
            }
            let isSlashed = line.count > 1 && line.last == UInt8(ascii: "/")
            paths.append(normalizedPath(Array(isSlashed ? line.dropLast() : line)))
        }
        return paths
    }

    /// The digest recorded for each path, conffiles included; paths without one are absent.
    ///
    /// A digest in `md5sums` wins over the one of a conffile, as it does for `dpkg --verify`.
    func digests(of package: DpkgPackage) throws -> [[UInt8]: [UInt8]] {
        let file = infoFile("md5sums", of: package)
        let content = try Self.optionalContents(of: file) ?? []
        var digests: [[UInt8]: [UInt8]] = [:]
        for conffile in package.conffiles where digests[conffile.path] == nil {
            digests[conffile.path] = conffile.digest
        }
        var number = 0
        for line in content.split(separator: newline, omittingEmptySubsequences: false) {
            number += 1
            if line.isEmpty, line.startIndex == content.endIndex { break }
            let space = UInt8(ascii: " ")
            let separator = line.startIndex + 32
            guard line.count > 34, line[separator] == space, line[separator + 1] == space else {
                throw DatabaseError(
                    file: file,
                    line: number,
                    problem: "expected 32 hexadecimal digits, two spaces and a path"
                )
            }
            let path = line[(separator + 2)...]
            let isSlashed = path.last == UInt8(ascii: "/")
            digests[normalizedPath(Array(isSlashed ? path.dropLast() : path))] =
                Array(line[..<separator])
        }
        return digests
    }

    /// How many digests are recorded for a package, without reading them.
    func recordedDigests(of package: DpkgPackage) throws -> Int {
        let content = try Self.optionalContents(of: infoFile("md5sums", of: package)) ?? []
        let listed = content.count { $0 == newline }
        return listed + package.conffiles.count
    }

    /// Packages of the status file, with what dpkg has written since and not yet merged into it.
    private static func packages(in folder: String) throws -> [DpkgPackage] {
        let updates = Directory(existing: "\(folder)/updates").entries
            .filter { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        let files = ["\(folder)/status"] + updates.map { "\(folder)/updates/\($0)" }
        var packages: [DpkgPackage?] = []
        var positions: [String: Int] = [:]
        for file in files {
            let content = try [UInt8](contentsOfFile: file)
            for paragraph in try ControlParagraph.parse(content, file: file) {
                let package = try DpkgPackage(paragraph, file: file)
                let name = paragraph.text("Package") ?? ""
                let key = "\(name):\(paragraph.text("Architecture") ?? "all")"
                if let position = positions[key] {
                    packages[position] = package
                } else {
                    positions[key] = packages.count
                    packages.append(package)
                }
            }
        }
        return packages.compactMap(\.self)
    }

    private static func positions(of packages: [DpkgPackage]) -> [String: Int] {
        var positions: [String: Int] = [:]
        var ambiguous: Set<String> = []
        for (index, package) in packages.enumerated() {
            if positions.updateValue(index, forKey: package.name) != nil {
                ambiguous.insert(package.name)
            }
        }
        for name in ambiguous { positions[name] = nil }
        for (index, package) in packages.enumerated() {
            positions[package.qualifiedName] = index
        }
        return positions
    }

    private static func optionalContents(of file: String) throws(FileError) -> [UInt8]? {
        do {
            return try [UInt8](contentsOfFile: file)
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }
}

private let newline = UInt8(ascii: "\n")
