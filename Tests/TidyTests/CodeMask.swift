/// Tells code from comments and strings, so that a rule about calls does not read prose.
struct CodeMask {
    private enum Mode {
        case code
        case lineComment
        case blockComment(depth: Int)
        /// Hash signs around the quotation marks, and whether there are three of those.
        case string(hashes: Int, isLong: Bool)
        /// Code inside a string, up to the parenthesis that ends it.
        case interpolation(depth: Int)
    }

    private let bytes: [UInt8]
    private var kept: [UInt8]
    private var modes: [Mode] = [.code]
    private var index = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        kept = []
        kept.reserveCapacity(bytes.count)
    }

    /// The text with comments and strings blanked out; lines and columns stay.
    static func code(of bytes: [UInt8]) -> [UInt8] {
        var mask = CodeMask(bytes)
        while mask.index < bytes.count, let mode = mask.modes.last { mask.step(mode) }
        return mask.kept
    }

    private mutating func step(_ mode: Mode) {
        switch mode {
        case .code, .interpolation: stepCode(mode)
        case .lineComment:
            if bytes[index] == UInt8(ascii: "\n") { modes.removeLast() }
            blank(1)
        case .blockComment(let depth):
            guard starts("/*") || starts("*/") else { return blank(1) }
            modes.removeLast()
            let now = depth + (starts("/*") ? 1 : -1)
            if now > 0 { modes.append(.blockComment(depth: now)) }
            blank(2)
        case .string(let hashes, let isLong): stepString(hashes, isLong)
        }
    }

    private mutating func stepCode(_ mode: Mode) {
        switch bytes[index] {
        case UInt8(ascii: "/") where starts("//"): modes.append(.lineComment)
        case UInt8(ascii: "/") where starts("/*"): modes.append(.blockComment(depth: 0))
        case UInt8(ascii: "\""), UInt8(ascii: "#"):
            let hashes = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
            guard index + hashes < bytes.count, bytes[index + hashes] == UInt8(ascii: "\"") else {
                return keep()
            }
            let isLong = bytes[(index + hashes)...].starts(with: "\"\"\"".utf8)
            modes.append(.string(hashes: hashes, isLong: isLong))
            blank(hashes + (isLong ? 3 : 1))
        case UInt8(ascii: "("), UInt8(ascii: ")"):
            guard case .interpolation(let depth) = mode else { return keep() }
            let now = depth + (bytes[index] == UInt8(ascii: "(") ? 1 : -1)
            modes.removeLast()
            if now == 0 { return blank(1) }
            modes.append(.interpolation(depth: now))
            keep()
        default: keep()
        }
    }

    private mutating func stepString(_ hashes: Int, _ isLong: Bool) {
        switch bytes[index] {
        case UInt8(ascii: "\\"):
            let marks = String(repeating: "#", count: hashes)
            guard starts("\\" + marks) else { return blank(1) }
            if starts("\\" + marks + "(") { modes.append(.interpolation(depth: 1)) }
            blank(2 + hashes)
        case UInt8(ascii: "\""):
            let marks = String(repeating: "#", count: hashes)
            guard starts((isLong ? "\"\"\"" : "\"") + marks) else { return blank(1) }
            modes.removeLast()
            blank((isLong ? 3 : 1) + hashes)
        default: blank(1)
        }
    }

    private func starts(_ word: String) -> Bool { bytes[index...].starts(with: word.utf8) }

    private mutating func blank(_ count: Int) {
        let end = min(index + count, bytes.count)
        while index < end {
            kept.append(bytes[index] == UInt8(ascii: "\n") ? bytes[index] : UInt8(ascii: " "))
            index += 1
        }
    }

    private mutating func keep() {
        kept.append(bytes[index])
        index += 1
    }
}
