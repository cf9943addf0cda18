import AgentFiles
import FoundationEssentials

/// The findings of an audit, complete and in the order of package names.
struct AuditFindings: Sendable {
    /// What is wrong with a path, in the order the report tells it.
    enum Kind: String, Sendable, CaseIterable {
        case changed, missing, unreadable
    }

    /// One package with something to report.
    struct Package: Sendable {
        var name: String
        var version: String
        var findings: [(kind: Kind, finding: AuditInput.Finding)]
        /// Parts of dpkg's own records that could not be used.
        var problems: [String]

        /// How many findings are of this kind.
        func count(_ kind: Kind) -> Int { findings.count { $0.kind == kind } }
    }

    /// Packages with findings or problems, by name.
    let packages: [Package]
    let totals: [Kind: Int]

    /// Collects findings, those a check had no room for from its file.
    ///
    /// - Throws: `FileError` or a decoding error when a file of findings cannot be read: a report
    ///   that leaves findings out in silence would be worse than none.
    init(_ checks: [AuditInput.Check]) throws {
        var packages: [Package] = []
        for check in checks.sorted(by: { $0.package < $1.package }) {
            var all = AuditInput.Findings(
                changed: check.changed,
                missing: check.missing,
                unreadable: check.unreadable
            )
            var problems = check.problems ?? []
            if let file = check.findingsFile {
                let content = try [UInt8](contentsOfFile: file)
                all = try JSONDecoder().decode(AuditInput.Findings.self, from: Data(content))
            } else if let more = check.more {
                let count = more.changed + more.missing + more.unreadable
                problems.append(
                    "\(count.of("further finding")) not named: the check was given no directory"
                )
            }
            let findings =
                all.changed.map { (Kind.changed, $0) } + all.missing.map { (Kind.missing, $0) }
                + all.unreadable.map { (Kind.unreadable, $0) }
            guard !findings.isEmpty || !problems.isEmpty else { continue }
            packages.append(
                Package(
                    name: check.package,
                    version: check.version,
                    findings: findings,
                    problems: problems
                )
            )
        }
        self.packages = packages
        totals = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                (kind, packages.reduce(0) { $0 + $1.count(kind) })
            }
        )
    }

    /// How many findings of a kind there are in all packages.
    func total(_ kind: Kind) -> Int { totals[kind] ?? 0 }
}
