import AgentFiles

/// `month_end_report`: checks that statement and journal agree, and writes what a month came to.
struct MonthEndReport: Sendable {
    struct Arguments: Codable, Sendable {
        var ledger: String
        /// As in `2026-02`.
        var month: String
        /// The account the statement is about.
        var account: String
        /// What was posted for it.
        var adjustments: [PostEntry.Result]
        var outputDirectory: String

        enum CodingKeys: String, CodingKey {
            case ledger, month, account, adjustments
            case outputDirectory = "output_dir"
        }
    }

    struct Result: Codable, Sendable, Equatable {
        /// The file written.
        var report: String
        var adjustments: Int
        /// What the adjustments moved, all together.
        var cents: Int64
        /// The account's balance at the month's end.
        var balance: Int64
        /// The digest of the books it is about.
        var digest: String
    }

    /// What the journal lacks of a statement, by reference; the same is asked in `month-end.json`.
    static let differences = """
        SELECT s.reference, min(s.booked_on) AS date, min(s.text) AS text,
            s.cents - coalesce((
                SELECT sum(l.cents) FROM live_line AS l
                WHERE l.account = s.account
                    AND l.key IN (s.reference, s.reference || '/adjustment')
            ), 0) AS missing
        FROM statement AS s
        WHERE s.account = ?1 AND substr(s.booked_on, 1, 7) = ?2
        GROUP BY s.reference, s.cents
        HAVING missing <> 0
        ORDER BY s.reference
        """

    /// Checks and writes.
    ///
    /// - Throws: `LedgerError.conflict` while statement and journal differ.
    func run(_ arguments: Arguments) throws -> Result {
        try EntryRules.check(month: arguments.month)
        let ledger = try Ledger(arguments.ledger, .read)
        let connection = ledger.connection
        let (balances, digest) = try connection.snapshot { () throws -> ([[Value]], String) in
            let left = try connection.rows(
                Self.differences,
                .text(arguments.account),
                .text(arguments.month)
            )
            guard left.isEmpty else {
                let names = left.prefix(5).map { $0[0].text }.joined(separator: ", ")
                throw LedgerError.conflict(
                    "\(left.count) lines of the statement are not in the journal: \(names)"
                        + (left.count > 5 ? " and more" : "")
                )
            }
            let balances = try connection.rows(
                """
                SELECT account.number, account.name,
                    coalesce(sum(line.cents) FILTER (WHERE substr(entry.posted_on, 1, 7) <= ?1), 0)
                FROM account
                    LEFT JOIN line ON line.account = account.number
                    LEFT JOIN entry ON entry.id = line.entry
                GROUP BY account.number ORDER BY account.number
                """,
                .text(arguments.month)
            )
            return (balances, try LedgerDigest().run(in: ledger).digest)
        }
        let moved = try Self.sum(arguments.adjustments.map(\.cents))
        let page = try page(arguments, balances, digest)
        let folder = try Directory(creating: arguments.outputDirectory)
        let file = folder.file("month-end-\(arguments.month).md")
        try Array(page.utf8).writeAtomically(to: file)
        return Result(
            report: file,
            adjustments: arguments.adjustments.count,
            cents: moved,
            balance: balances.first { $0[0].text == arguments.account }?[2].integer ?? 0,
            digest: digest
        )
    }

    private func page(
        _ arguments: Arguments,
        _ balances: [[Value]],
        _ digest: String
    ) throws -> String {
        var text = "# Month end \(arguments.month)\n\n"
        text += "Every line of the bank's statement of account \(arguments.account) is in the "
        text += "journal.\n\n## Adjustments\n\n"
        if arguments.adjustments.isEmpty {
            text += "None were needed.\n"
        } else {
            text += "| entry | day | amount | memo |\n|---|---|---:|---|\n"
            for entry in arguments.adjustments {
                text += "| \(entry.entry) | \(entry.date) | \(Self.amount(entry.cents)) "
                text += "| \(Self.cell(entry.memo)) |\n"
            }
        }
        text += "\n## Trial balance\n\n| account | name | debit | credit |\n|---|---|---:|---:|\n"
        for row in balances where row[2].integer != 0 {
            let cents = row[2].integer
            text += "| \(Self.cell(row[0].text)) | \(Self.cell(row[1].text)) | "
            text += cents > 0 ? "\(Self.amount(cents)) | |\n" : "| \(Self.amount(-cents)) |\n"
        }
        let cents = balances.map { $0[2].integer }
        let debits = try Self.sum(cents.filter { $0 > 0 })
        let credits = try Self.sum(cents.filter { $0 < 0 })
        text += "| | | \(Self.amount(debits)) | \(Self.amount(-credits)) |\n"
        text += "\nDigest of the books: `\(digest)`\n"
        return text
    }

    private static func sum(_ amounts: [Int64]) throws -> Int64 {
        try amounts.reduce(0) { sum, amount in
            let (result, isTooLarge) = sum.addingReportingOverflow(amount)
            guard !isTooLarge else { throw LedgerError.invalid("the amounts are too large to add") }
            return result
        }
    }

    /// An amount as people write it: `-1234.05`.
    static func amount(_ cents: Int64) -> String {
        let (whole, part) = cents.magnitude.quotientAndRemainder(dividingBy: 100)
        return (cents < 0 ? "-" : "") + "\(whole)." + (part < 10 ? "0" : "") + "\(part)"
    }

    /// A text as it may stand in a cell of a Markdown table.
    private static func cell(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "\\<")
    }
}
