import AgentFiles

/// `reconciliation_report`: writes what comparing two tables found.
struct ReconciliationReport: Sendable {
    struct Result: Codable, Sendable, Equatable {
        var html: String
        var markdown: String
        /// Every outcome, equal ones too, as a tab-separated table.
        var table: String
    }

    let input: ReconciliationInput
    let rows: ReconciledRows
    /// When the report is made, in words.
    let time: String

    /// Rows a report lists; the table beside it has them all.
    static let listed = 5000
    static let title = "Reconciliation"

    init(_ input: ReconciliationInput, time: String) throws {
        self.input = input
        self.time = time
        rows = try ReconciledRows(file: input.merged.table)
    }

    /// Writes `reconciliation.md` and `reconciliation.html`.
    func write() throws -> Result {
        let directory = try Directory(creating: input.outputDirectory)
        let result = Result(
            html: directory.file("reconciliation.html"),
            markdown: directory.file("reconciliation.md"),
            table: input.merged.table
        )
        try Array(markdown.description.utf8).writeAtomically(to: result.markdown)
        try page.document.writeAtomically(to: result.html)
        return result
    }

    /// The sentence that says what came out.
    var verdict: String {
        let merged = input.merged
        let open = merged.differs + merged.onlyLeft + merged.onlyRight
        guard open > 0 else { return "All \(merged.equal.of("pair")) agree; no row is left over." }
        return "\(merged.equal.of("pair")) \(merged.equal == 1 ? "agrees" : "agree"),"
            + " \(merged.differs.grouped) \(merged.differs == 1 ? "differs" : "differ") by"
            + " \(merged.apart) together;"
            + " \(merged.onlyLeft.grouped) left and \(merged.onlyRight.grouped) right"
            + " without a partner."
    }

    /// What an outcome is called, and the style class that goes with it.
    static func word(_ outcome: String) -> (word: String, tone: String) {
        switch outcome {
        case "equal": ("equal", "good")
        case "differs": ("differs", "changed")
        case "only_left": ("only left", "missing")
        default: ("only right", "unreadable")
        }
    }
}
