import AgentFiles
import FoundationEssentials

/// `check_package`: compares one package's files on disk with what dpkg recorded.
struct CheckPackage: Sendable {
    struct Arguments: Codable, Sendable {
        /// The package, as `list_packages` names it.
        var package: String
        /// The directory that stands for `/`; the machine itself when left out.
        var root: String?
        /// How many findings of each kind the result itself carries; 100 when left out.
        var inlineFindings: Int?
        /// Where to write all findings when there are more than the result carries.
        var findingsDirectory: String?

        enum CodingKeys: String, CodingKey {
            case package, root
            case inlineFindings = "inline_findings"
            case findingsDirectory = "findings_dir"
        }
    }

    /// How many findings of each kind a result leaves out.
    struct More: Codable, Sendable, Equatable {
        var changed: Int
        var missing: Int
        var unreadable: Int
    }

    /// All findings of one package, as the file of findings holds them.
    struct Findings: Codable, Sendable {
        var package: String
        var changed: [Finding]
        var missing: [Finding]
        var unreadable: [Finding]
    }

    struct Result: Codable, Sendable {
        var package: String
        var version: String
        /// Paths looked at: files, directories and links.
        var paths: Int
        /// Files read.
        var files: Int
        /// Bytes read.
        var bytes: Int
        var durationMilliseconds: Double
        var changed: [Finding]
        var missing: [Finding]
        var unreadable: [Finding]
        /// Findings left out of the lists above; absent when none were.
        var more: More?
        /// The file that holds all findings, when some were left out and a directory was given.
        var findingsFile: String?
        /// Parts of dpkg's database that could not be used; absent when there are none.
        var problems: [String]?

        enum CodingKeys: String, CodingKey {
            case package, version, paths, files, bytes, changed, missing, unreadable, more
            case problems
            case durationMilliseconds = "duration_ms"
            case findingsFile = "findings_file"
        }
    }

    let cache: DatabaseCache

    /// Checks the package; nil when dpkg does not know it.
    func run(
        _ arguments: Arguments,
        isCancelled: () -> Bool,
        progress: (Int, Int) -> Void
    ) throws -> Result? {
        let database = try cache.database(root: arguments.root ?? "/")
        guard let package = database.package(named: arguments.package) else { return nil }
        let clock = ContinuousClock()
        let start = clock.now
        let check = PackageCheck(database: database, package: package)
        let outcome = try check.run(isCancelled: isCancelled, progress: progress)
        let elapsed = clock.now - start

        let limit = max(arguments.inlineFindings ?? 100, 0)
        let more = More(
            changed: max(outcome.changed.count - limit, 0),
            missing: max(outcome.missing.count - limit, 0),
            unreadable: max(outcome.unreadable.count - limit, 0)
        )
        let isCut = more.changed + more.missing + more.unreadable > 0
        var findingsFile: String?
        if isCut, let path = arguments.findingsDirectory {
            let directory = try Directory(creating: path)
            // A database that someone made up may hold any name; none leads out of the directory.
            let name = package.qualifiedName.replacing("/", with: "_")
            let file = directory.file("\(name).json")
            let findings = Findings(
                package: package.qualifiedName,
                changed: outcome.changed,
                missing: outcome.missing,
                unreadable: outcome.unreadable
            )
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try [UInt8](encoder.encode(findings)).writeAtomically(to: file)
            findingsFile = file
        }
        return Result(
            package: package.qualifiedName,
            version: package.version,
            paths: outcome.paths,
            files: outcome.files,
            bytes: outcome.bytes,
            durationMilliseconds: elapsed.milliseconds,
            changed: Array(outcome.changed.prefix(limit)),
            missing: Array(outcome.missing.prefix(limit)),
            unreadable: Array(outcome.unreadable.prefix(limit)),
            more: isCut ? more : nil,
            findingsFile: findingsFile,
            problems: outcome.problems.isEmpty ? nil : outcome.problems
        )
    }
}

extension Duration {
    /// Milliseconds with three decimals.
    fileprivate var milliseconds: Double {
        let (seconds, attoseconds) = components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        return Double(microseconds) / 1000
    }
}
