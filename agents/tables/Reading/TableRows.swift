import AgentFiles

/// One row that takes part: its key, its amount, and the line to find it by.
struct TableRow: Hashable, Sendable {
    var line: Int
    var key: String
    var amount: ExactDecimal
}

/// The rows of a table that take part in the comparison.
struct TableRows: Sendable {
    /// Rows kept, in the order of the file.
    var rows: [TableRow] = []
    /// Data rows in the file, kept or not.
    var read = 0
    var hasHeader = false
    var delimiter = ""

    /// Amounts of all kept rows together.
    var total: ExactDecimal { rows.reduce(.zero) { $0 + $1.amount } }

    /// Reads a table.
    ///
    /// - Throws: `TableError` naming file, line and column of each of the first bad cells, or
    ///   `FileError` when the file cannot be read.
    init(_ source: TableSource) throws {
        let content = try [UInt8](contentsOfFile: source.path)
        let dialect = try source.delimiter.map { name in try Dialect(named: name) }
        let separator = try Self.decimalSeparator(source)
        var text = try DelimitedText(
            file: source.path,
            content: content,
            dialect: dialect,
            hasDecimalCommas: separator == UInt8(ascii: ",")
        )
        delimiter = text.dialect.name
        var problems: [TableError] = []
        var problemCount = 0
        var columns: Columns?
        while let (line, fields) = try text.next() {
            let known: Columns
            if let columns {
                known = columns
            } else {
                known = try Columns(source, first: fields, in: text)
                columns = known
                hasHeader = known.hasHeader
                if known.hasHeader { continue }
            }
            read += 1
            do {
                if let row = try Self.row(fields, line, known, separator, text) { rows.append(row) }
            } catch {
                problemCount += 1
                if problems.count < 5 { problems.append(error) }
            }
        }
        guard columns != nil else { throw TableError("\(source.path): the file has no rows") }
        guard problems.isEmpty else {
            let more = problemCount - problems.count
            let lines = problems.map(\.description) + (more > 0 ? ["and \(more) more"] : [])
            throw TableError(lines.joined(separator: "\n"))
        }
    }

    private static func decimalSeparator(_ source: TableSource) throws(TableError) -> UInt8 {
        switch source.decimal ?? "." {
        case ".": UInt8(ascii: ".")
        case ",": UInt8(ascii: ",")
        default:
            throw TableError("unknown decimal separator \"\(source.decimal ?? "")\"; use . or ,")
        }
    }

    private static func row(
        _ fields: [DelimitedText.Field],
        _ line: Int,
        _ columns: Columns,
        _ separator: UInt8,
        _ text: DelimitedText
    ) throws(TableError) -> TableRow? {
        guard fields.count == columns.count else {
            throw text.error(
                "expected \(columns.count) fields as in the first row, found \(fields.count)",
                at: fields[0].offset
            )
        }
        if let (column, wanted) = columns.filter, !fields[column].bytes.elementsEqual(wanted) {
            return nil
        }
        let key = trimmed(fields[columns.key].bytes)
        guard !key.isEmpty else {
            throw text.error("the key is empty", at: fields[columns.key].offset)
        }
        guard let key = String(validating: key, as: UTF8.self) else {
            throw text.error(
                "the key is not UTF-8; save the file as UTF-8",
                at: fields[columns.key].offset
            )
        }
        let amount = trimmed(fields[columns.amount].bytes)
        guard let value = ExactDecimal(amount, separator: separator) else {
            let shown = String(printablePath: amount.prefix(40))
            throw text.error(
                "expected an amount such as 1234\(Character(UnicodeScalar(separator)))50"
                    + " (at most 15 digits and 12 decimals), found \"\(shown)\"",
                at: fields[columns.amount].offset
            )
        }
        return TableRow(line: line, key: key, amount: value)
    }
}

/// Where in each record the columns that count are.
private struct Columns {
    var key: Int
    var amount: Int
    var filter: (column: Int, equals: [UInt8])?
    var hasHeader: Bool
    /// Fields every record must have.
    var count: Int

    /// Finds the columns in the first record, and whether that is a header.
    ///
    /// A column asked for by name needs a header. When all are positions, the first row is taken
    /// for a header only if none of its cells is empty or a number.
    init(_ source: TableSource, first: [DelimitedText.Field], in text: DelimitedText)
        throws(TableError)
    {
        count = first.count
        let wanted = [source.key, source.amount] + (source.filter.map { [$0.column] } ?? [])
        let hasNames = wanted.contains { if case .name = $0 { true } else { false } }
        if hasNames, source.header == false {
            throw TableError(
                "\(source.path): a column is asked for by name but the table is said to have no"
                    + " header row; give its position"
            )
        }
        let looksLikeHeader = first.allSatisfy { field in
            let cell = trimmed(field.bytes)
            return !cell.isEmpty && !cell.contains { $0 >= 0x30 && $0 <= 0x39 }
        }
        hasHeader = source.header ?? (hasNames || looksLikeHeader)
        let names = first.map { String(decoding: trimmed($0.bytes), as: UTF8.self) }
        func index(_ column: Column) throws(TableError) -> Int {
            switch column {
            case .position(let position):
                guard position >= 1, position <= names.count else {
                    throw text.error(
                        "there is no column \(position); the first row has \(names.count)",
                        at: first[0].offset
                    )
                }
                return position - 1
            case .name(let name):
                let matches = names.indices.filter { names[$0] == name }
                guard let match = matches.first else {
                    let known = names.prefix(20).joined(separator: ", ")
                    throw text.error(
                        "there is no column \"\(name)\"; the header has \(known)."
                            + " Without a header row, give the position, the first being 1",
                        at: first[0].offset
                    )
                }
                guard matches.count == 1 else {
                    throw text.error(
                        "\(matches.count) columns are called \"\(name)\"; give the position",
                        at: first[matches[1]].offset
                    )
                }
                return match
            }
        }
        key = try index(source.key)
        amount = try index(source.amount)
        if let rule = source.filter {
            filter = (try index(rule.column), Array(rule.equals.utf8))
        }
    }
}

private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    let start = bytes.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return [] }
    return start[...last]
}
