/// What an entry must be before it is written.
enum EntryRules {
    /// Lines of one entry.
    static let lines = 2...200
    /// The largest amount of a line: a trillion, in cents; sums of all lines stay exact.
    static let largestAmount: Int64 = 100_000_000_000_000
    /// Bytes of a memo, of a key, of an account's number and of a statement's texts.
    static let memoBytes = 500
    static let keyBytes = 512
    static let accountBytes = 20

    /// Checks everything that can be known without the books.
    ///
    /// - Throws: `LedgerError.invalid`, which names the place.
    static func check(date: String, memo: String, key: String?, lines: [Entry.Line]) throws {
        try check(date: date)
        try check(text: memo, 1...memoBytes, "memo")
        if let key { try check(text: key, 1...keyBytes, "key") }
        guard Self.lines.contains(lines.count) else {
            throw LedgerError.invalid(
                "lines: an entry has \(Self.lines.lowerBound) to \(Self.lines.upperBound) lines, "
                    + "not \(lines.count)"
            )
        }
        var sum: Int64 = 0
        for (index, line) in lines.enumerated() {
            guard line.cents != 0, line.cents.magnitude <= largestAmount.magnitude else {
                throw LedgerError.invalid(
                    "lines[\(index)].cents: from 1 to \(largestAmount), or below 0 for a credit, "
                        + "not \(line.cents)"
                )
            }
            sum += line.cents
        }
        guard sum == 0 else {
            throw LedgerError.invalid(
                "lines: debits and credits must cancel out; they differ by \(sum) cents"
            )
        }
    }

    /// Checks that all accounts are there.
    static func check(accountsOf lines: [Entry.Line], in ledger: Ledger) throws {
        for (index, line) in lines.enumerated() {
            let found = try ledger.connection.row(
                "SELECT 1 FROM account WHERE number = ?1",
                .text(line.account)
            )
            guard found != nil else {
                throw LedgerError.invalid(
                    "lines[\(index)].account: there is no account \"\(line.account)\""
                )
            }
        }
    }

    static func check(text: String, _ bytes: ClosedRange<Int>, _ place: String) throws {
        guard bytes.contains(text.utf8.count) else {
            throw LedgerError.invalid(
                "\(place): has \(bytes.lowerBound) to \(bytes.upperBound) bytes, "
                    + "not \(text.utf8.count)"
            )
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw LedgerError.invalid("\(place): control characters have no place in it")
        }
    }

    /// Checks that a text is a day of the calendar, as in `2026-02-28`.
    static func check(date: String, _ place: String = "date") throws {
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        let isDigits = parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard parts.map(\.utf8.count) == [4, 2, 2], isDigits, let year = Int(parts[0]),
            let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month),
            (1...days(in: month, of: year)).contains(day)
        else {
            throw LedgerError.invalid("\(place): a day such as 2026-02-28, not \"\(date)\"")
        }
    }

    /// Checks that a text is a month, as in `2026-02`.
    static func check(month: String) throws {
        do {
            try check(date: "\(month)-01")
        } catch {
            throw LedgerError.invalid("month: a month such as 2026-02, not \"\(month)\"")
        }
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap =
            year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        switch month {
        case 2: return isLeap ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }
}
