/// A place in a text: line and column count from 1, the column in characters as an editor shows it.
public struct JSONPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// How many bytes precede it.
    public var offset: Int
    /// The line, from 1.
    public var line: Int
    /// The column, from 1, in Unicode code points.
    public var column: Int

    /// A place that is already counted out.
    public init(offset: Int, line: Int, column: Int) {
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// Counts lines and columns up to a byte of a text.
    init(offset: Int, in bytes: UnsafeRawBufferPointer) {
        var line = 1
        // A byte order mark has no width.
        var column = offset >= 3 && bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 0 : 1
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        self.init(offset: offset, line: line, column: column)
    }

    /// Line and column, as in `12:8`.
    public var description: String { "\(line):\(column)" }

    /// Whether one comes before the other in the text.
    public static func < (left: JSONPosition, right: JSONPosition) -> Bool {
        left.offset < right.offset
    }
}

/// Why a text is not the JSON that was expected, and where.
public struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of the mistake; for tests and for callers that treat limits differently.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case unexpectedEnd = "unexpected_end"
        case unexpectedByte = "unexpected_byte"
        case trailingBytes = "trailing_bytes"
        case invalidNumber = "invalid_number"
        case invalidEscape = "invalid_escape"
        case invalidUTF8 = "invalid_utf8"
        case controlCharacter = "control_character"
        case duplicateKey = "duplicate_key"
        case tooDeep = "too_deep"
        case tooLarge = "too_large"
        /// Well-formed, but another type or range than the reader asked for.
        case typeMismatch = "type_mismatch"
    }

    /// The class of the mistake.
    public var code: Code
    /// One sentence: what was found and what was expected.
    public var message: String
    /// Where it was found.
    public var position: JSONPosition

    /// A mistake at a place.
    public init(_ code: Code, _ message: String, at position: JSONPosition) {
        self.code = code
        self.message = message
        self.position = position
    }

    /// How many bytes precede the mistake.
    public var offset: Int { position.offset }
    /// The line, from 1.
    public var line: Int { position.line }
    /// The column, from 1.
    public var column: Int { position.column }

    /// The place and the sentence, as in `1:8: expected a value, found ']'`.
    public var description: String { "\(position): \(message)" }
}

/// What a reader accepts before it gives up, so that no input can exhaust stack or memory.
public struct JSONLimits: Hashable, Sendable {
    /// How many arrays and objects may be open at once; at most 512.
    public var depth: Int
    /// The longest text, in bytes.
    public var bytes: Int

    /// Depth 64 and 16 MiB unless told otherwise.
    public init(depth: Int = 64, bytes: Int = 16 << 20) {
        self.depth = min(depth, 512)
        self.bytes = bytes
    }
}
