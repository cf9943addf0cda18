import CSwarmSystem

/// A text that must stand in the JSON line of every record a query can select.
///
/// Looking for it costs a hundredth of parsing the line, and most lines of a large log are not of
/// the run, or do not hold the word, that somebody looks for.
struct LogMark: Hashable {
    /// What is looked for.
    let bytes: [UInt8]
    /// Whether it is in lower case, and capital letters of the line count as small ones.
    let ignoresCase: Bool

    /// The mark of a query; nil when it has none.
    init?(of query: LogQuery) {
        if let run = query.run {
            bytes = Array("\"run\":\"\(run)\"".utf8)
            ignoresCase = false
        } else if let grep = query.grep, query.context == 0, LogMark.isSpeltAlike(grep) {
            bytes = Array(grep.lowercased().utf8)
            ignoresCase = true
        } else {
            return nil
        }
    }

    /// Whether it stands in the line.
    func occurs(in line: UnsafeRawBufferPointer) -> Bool {
        let place =
            ignoresCase
            ? swarm_find_folded(line.baseAddress, line.count, bytes, bytes.count)
            : swarm_find(line.baseAddress, line.count, bytes, bytes.count)
        return place >= 0
    }

    /// Whether both renderings spell the text alike wherever it stands.
    ///
    /// `grep` looks at the text rendering. What separates its parts (spaces, `=`, `/`, quotes) is
    /// not in the JSON line, and anything beyond plain characters may be escaped there.
    private static func isSpeltAlike(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
                default: false
                }
            }
    }
}
