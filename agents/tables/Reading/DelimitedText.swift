/// The records of a TSV or CSV file, read one after the other.
struct DelimitedText {
    /// One field: its bytes without quotes, and where it starts in the file.
    struct Field {
        var bytes: ArraySlice<UInt8>
        var offset: Int
    }

    let file: String
    let dialect: Dialect
    private let content: [UInt8]
    private var position: Int
    private(set) var line = 1

    /// The text of `file`, which is `content`; nil for the dialect detects it.
    ///
    /// - Throws: `TableError` when the bytes are UTF-16 or hold a NUL, so are no such text.
    init(file: String, content: [UInt8], dialect: Dialect?, hasDecimalCommas: Bool = false)
        throws(TableError)
    {
        self.file = file
        self.content = content
        if content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0xFE, 0xFF]) {
            throw TableError("\(file): this is UTF-16; save it as UTF-8")
        }
        position = content.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        self.dialect =
            dialect
            ?? Dialect(
                detectedIn: content[position...],
                file: file,
                hasDecimalCommas: hasDecimalCommas
            )
        if let nul = content.firstIndex(of: 0) {
            throw error("a NUL byte; this is no text", at: nul)
        }
    }

    /// The next record that is not a blank line, or nil at the end.
    ///
    /// - Returns: the line the record starts on, and its fields.
    mutating func next() throws(TableError) -> (line: Int, fields: [Field])? {
        while position < content.endIndex, let width = lineBreak(at: position) {
            position += width
            line += 1
        }
        guard position < content.endIndex else { return nil }
        let start = line
        var fields: [Field] = []
        while true {
            fields.append(try field())
            guard position < content.endIndex else { break }
            if content[position] == dialect.delimiter {
                position += 1
                continue
            }
            position += lineBreak(at: position) ?? 1
            line += 1
            break
        }
        return (start, fields)
    }

    /// An error at a byte of the file; its column counts characters, the first is 1.
    func error(_ problem: String, at offset: Int) -> TableError {
        let before = content[..<offset]
        let line = before.count { $0 == newline } + 1
        let start = before.lastIndex(of: newline).map { $0 + 1 } ?? before.startIndex
        let column = content[start..<offset].count { $0 & 0xC0 != 0x80 } + 1
        return TableError(file: file, line: line, column: column, problem: problem)
    }

    private mutating func field() throws(TableError) -> Field {
        let start = position
        guard dialect.isQuoted, start < content.endIndex, content[start] == quote else {
            while position < content.endIndex, content[position] != dialect.delimiter,
                lineBreak(at: position) == nil
            {
                position += 1
            }
            return Field(bytes: content[start..<position], offset: start)
        }
        position += 1
        var pieces: [UInt8] = []
        var piece = position
        while true {
            guard let end = content[position...].firstIndex(of: quote) else {
                throw error("this quoted field is never closed", at: start)
            }
            line += content[position..<end].count { $0 == newline }
            position = end + 1
            let next = position < content.endIndex ? content[position] : newline
            if next == quote {
                pieces += content[piece...end]
                position += 1
                piece = position
                continue
            }
            guard next == dialect.delimiter || next == newline || lineBreak(at: position) != nil
            else {
                throw error(
                    "text after the closing quote; a quote inside is written twice",
                    at: position
                )
            }
            let last = content[piece..<end]
            return Field(bytes: pieces.isEmpty ? last : (pieces + last)[...], offset: start)
        }
    }

    /// How many bytes the line break at a position has, or nil when there is none.
    private func lineBreak(at position: Int) -> Int? {
        switch content[position] {
        case newline: 1
        case carriageReturn where position + 1 < content.endIndex:
            content[position + 1] == newline ? 2 : nil
        case carriageReturn: 1
        default: nil
        }
    }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let quote = UInt8(ascii: "\"")
