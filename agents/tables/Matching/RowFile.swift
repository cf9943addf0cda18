import AgentFiles

/// The rows of one side of one key range, as they wait in a file between two subtasks.
///
/// One row a line: line number, key, amount, separated by tabs; a tab, line break or backslash in
/// a key is written `\t`, `\n`, `\r`, `\\`.
enum RowFile {
    /// Writes rows, in their order.
    static func write(_ rows: [TableRow], to path: String) throws(FileError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rows.count * 24)
        for row in rows {
            bytes += "\(row.line)\t".utf8
            bytes += escaped(row.key)
            bytes += "\t\(row.amount)\n".utf8
        }
        try bytes.writeAtomically(to: path)
    }

    /// Reads rows back.
    ///
    /// - Throws: `FileError`, or `TableError` when a line is not one that `write` wrote.
    static func read(_ path: String) throws -> [TableRow] {
        let content = try [UInt8](contentsOfFile: path)
        return try content.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            let parts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard parts.count == 3, let number = Int(String(decoding: parts[0], as: UTF8.self)),
                let amount = ExactDecimal(parts[2])
            else {
                throw TableError(
                    file: path,
                    line: index + 1,
                    column: 1,
                    problem: "expected a line number, a key and an amount; split the tables again"
                )
            }
            return TableRow(line: number, key: unescaped(parts[1]), amount: amount)
        }
    }

    /// A key without tabs and line breaks.
    static func escaped(_ key: String) -> [UInt8] {
        key.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\\"): Array("\\\\".utf8)
            case UInt8(ascii: "\t"): Array("\\t".utf8)
            case UInt8(ascii: "\n"): Array("\\n".utf8)
            case UInt8(ascii: "\r"): Array("\\r".utf8)
            default: [byte]
            }
        }
    }

    /// The key that was escaped.
    static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var key: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "\\"), let code = iterator.next() else {
                key.append(byte)
                continue
            }
            switch code {
            case UInt8(ascii: "t"): key.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "n"): key.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "r"): key.append(UInt8(ascii: "\r"))
            default: key.append(code)
            }
        }
        return String(decoding: key, as: UTF8.self)
    }
}
