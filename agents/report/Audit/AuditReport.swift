import AgentFiles

/// `audit_report`: writes what an audit of installed packages found.
struct AuditReport: Sendable {
    struct Result: Codable, Sendable, Equatable {
        var html: String
        var markdown: String
        var packages: Int
        var files: Int
        var bytes: Int
        var changed: Int
        var missing: Int
        var unreadable: Int
        /// Packages with at least one finding.
        var affected: Int
        var outliers: Int
    }

    let input: AuditInput
    let findings: AuditFindings
    /// When the report is made, in words.
    let time: String

    init(_ input: AuditInput, time: String) throws {
        self.input = input
        self.time = time
        findings = try AuditFindings(input.checks)
    }

    /// Writes `package-audit.md` and `package-audit.html`.
    func write() throws -> Result {
        let directory = try Directory(creating: input.outputDirectory)
        let result = Result(
            html: directory.file("package-audit.html"),
            markdown: directory.file("package-audit.md"),
            packages: input.checks.count,
            files: files,
            bytes: bytes,
            changed: findings.total(.changed),
            missing: findings.total(.missing),
            unreadable: findings.total(.unreadable),
            affected: findings.packages.count { !$0.findings.isEmpty },
            outliers: input.outliers.outliers.count
        )
        try Array(markdown.description.utf8).writeAtomically(to: result.markdown)
        try page.document.writeAtomically(to: result.html)
        return result
    }

    var files: Int { input.checks.reduce(0) { $0 + $1.files } }
    var bytes: Int { input.checks.reduce(0) { $0 + $1.bytes } }

    /// The sentence that says what came out.
    var verdict: String {
        let count = AuditFindings.Kind.allCases.reduce(0) { $0 + findings.total($1) }
        let scope = "\(files.of("file")) read in \(input.checks.count.of("package"))"
        guard count > 0 else { return "\(scope): everything is as its package left it." }
        let affected = findings.packages.count { !$0.findings.isEmpty }
        return "\(scope): \(count.of("path")) in \(affected.of("package"))"
            + " \(count == 1 ? "is" : "are") not as installed."
    }

    /// The checks that stand out, strongest first.
    var outliers: [(check: AuditInput.Check, score: Double)] {
        input.outliers.outliers
            .filter { input.checks.indices.contains($0.index) }
            .sorted { ($1.score.magnitude, $0.index) < ($0.score.magnitude, $1.index) }
            .map { (input.checks[$0.index], $0.score) }
    }

    static let title = "Package audit"
}
