/// How a text file separates its fields.
struct Dialect: Hashable, Sendable {
    /// The byte between two fields.
    var delimiter: UInt8
    /// Whether a field in double quotes may hold delimiters, quotes and line breaks.
    ///
    /// True but for tabs: tab-separated text has no quoting, a quote in it is just a quote.
    var isQuoted: Bool

    init(delimiter: UInt8) {
        self.delimiter = delimiter
        isQuoted = delimiter != UInt8(ascii: "\t")
    }

    /// The word for the delimiter, as results and reports show it.
    var name: String {
        switch delimiter {
        case UInt8(ascii: "\t"): "tab"
        case UInt8(ascii: ","): "comma"
        case UInt8(ascii: ";"): "semicolon"
        default: "bar"
        }
    }

    /// The dialect named: `tab`, `comma`, `semicolon` or `bar`, or the character itself.
    init(named name: String) throws(TableError) {
        switch name {
        case "tab", "\t": self.init(delimiter: UInt8(ascii: "\t"))
        case "comma", ",": self.init(delimiter: UInt8(ascii: ","))
        case "semicolon", ";": self.init(delimiter: UInt8(ascii: ";"))
        case "bar", "|": self.init(delimiter: UInt8(ascii: "|"))
        default:
            throw TableError(
                "unknown delimiter \"\(name)\"; use tab, comma, semicolon, bar, or leave it out"
            )
        }
    }

    /// The dialect a file seems to be written in.
    ///
    /// `.tsv` and `.tab` say tab. Otherwise the delimiter found equally often in each of the first
    /// lines wins, and of several the most frequent.
    ///
    /// - Parameters:
    ///   - content: the text, or its beginning.
    ///   - file: its name.
    ///   - hasDecimalCommas: whether a comma stands in amounts, so cannot separate fields.
    init(detectedIn content: ArraySlice<UInt8>, file: String, hasDecimalCommas: Bool = false) {
        if file.hasSuffix(".tsv") || file.hasSuffix(".tab") {
            self.init(delimiter: UInt8(ascii: "\t"))
            return
        }
        // Of equally likely ones the first wins: commas also stand in numbers and in prose.
        let candidates = Array((hasDecimalCommas ? "\t;|" : "\t;|,").utf8)
        var best = (isSteady: false, count: 0, delimiter: UInt8(ascii: ","))
        for delimiter in candidates {
            let counts = Self.counts(of: delimiter, in: content.prefix(1 << 16))
            guard let first = counts.first, first > 0 else { continue }
            let isSteady = counts.allSatisfy { $0 == first }
            if (isSteady ? 1 : 0, first) > (best.isSteady ? 1 : 0, best.count) {
                best = (isSteady, first, delimiter)
            }
        }
        self.init(delimiter: best.delimiter)
    }

    /// How often a delimiter stands outside quotes in each of the first twenty lines.
    private static func counts(of delimiter: UInt8, in content: ArraySlice<UInt8>) -> [Int] {
        var counts: [Int] = []
        var count = 0
        var isInside = false
        var isEmpty = true
        for byte in content {
            if byte == UInt8(ascii: "\""), delimiter != UInt8(ascii: "\t") {
                isInside.toggle()
                isEmpty = false
            } else if byte == UInt8(ascii: "\n"), !isInside {
                if !isEmpty { counts.append(count) }
                (count, isEmpty) = (0, true)
                if counts.count == 20 { return counts }
            } else {
                if byte == delimiter, !isInside { count += 1 }
                if byte != UInt8(ascii: "\r") { isEmpty = false }
            }
        }
        if counts.isEmpty, !isEmpty { counts.append(count) }
        return counts
    }
}
