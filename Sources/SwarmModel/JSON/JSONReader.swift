/// Pulls JSON out of bytes in place, without building a tree and without allocating for keys.
///
/// The bytes must stay valid and unchanged while the reader, or any ``Text`` it gave out, is used;
/// keep it inside the `withUnsafeBytes` that made the buffer. A reader checks everything it passes
/// over against RFC 8259, also what it skips, except that only ``readValue()`` notices a key that
/// comes twice; whoever pulls keys knows which of them it has had.
///
///     try reader.beginObject()
///     while let key = try reader.nextKey() {
///         switch key {
///         case "lease": lease = try reader.readString()
///         case "progress": progress = try reader.readUInt64()
///         default: try reader.skipValue()
///         }
///     }
///     try reader.finish()
public struct JSONReader {
    let bytes: UnsafeRawBufferPointer
    /// How far the reader has come, in bytes.
    public internal(set) var offset = 0
    /// How many arrays and objects are open.
    public internal(set) var depth = 0
    let depthLimit: Int
    /// Whether comments and trailing commas are let through, as in files people write.
    let allowsComments: Bool
    /// An array or object has been opened and nothing in it has been asked for yet.
    var isAtStart = false

    /// Reads these bytes; no more than `depthLimit` arrays and objects may be open at once.
    public init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int = 64) {
        self.init(bytes, depthLimit: depthLimit, allowsComments: false)
    }

    init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int, allowsComments: Bool) {
        self.bytes = bytes
        self.depthLimit = min(depthLimit, 512)
        self.allowsComments = allowsComments
    }

    // MARK: Objects and arrays

    /// Enters an object; then ask ``nextKey()`` until it says nil.
    public mutating func beginObject() throws(JSONSyntaxError) {
        try open(UInt8(ascii: "{"), expecting: .object)
    }

    /// Enters an array; then ask ``nextElement()`` until it says false.
    public mutating func beginArray() throws(JSONSyntaxError) {
        try open(UInt8(ascii: "["), expecting: .array)
    }

    /// The key of the next member, whose value must be read or skipped before the next call; nil,
    /// and the object is left, when there is none.
    public mutating func nextKey() throws(JSONSyntaxError) -> Text? {
        guard try advance(closing: UInt8(ascii: "}")) else { return nil }
        guard current == UInt8(ascii: "\"") else {
            throw unexpected("a key in double quotes")
        }
        offset += 1
        let key = try scanString()
        skipWhitespace()
        guard current == UInt8(ascii: ":") else { throw unexpected("':' after the key") }
        offset += 1
        return key
    }

    /// Whether another element follows, which must be read or skipped before the next call; when
    /// none does, the array is left.
    public mutating func nextElement() throws(JSONSyntaxError) -> Bool {
        try advance(closing: UInt8(ascii: "]"))
    }

    private mutating func open(_ bracket: UInt8, expecting kind: JSON.Kind) throws(JSONSyntaxError)
    {
        skipWhitespace()
        guard current == bracket else { throw mismatch(kind) }
        guard depth < depthLimit else { throw tooDeep() }
        offset += 1
        depth += 1
        isAtStart = true
    }

    /// Moves to the next member or element; false when the bracket that closes came instead.
    @inline(__always)
    private mutating func advance(closing bracket: UInt8) throws(JSONSyntaxError) -> Bool {
        skipWhitespace()
        if isAtStart {
            isAtStart = false
            guard current == bracket else { return true }
        } else if current == UInt8(ascii: ",") {
            offset += 1
            skipWhitespace()
            guard current == bracket else { return true }
            guard allowsComments else {
                throw unexpected(bracket == UInt8(ascii: "}") ? "another key" : "another element")
            }
        } else if current != bracket {
            throw unexpected("',' or '\(Character(UnicodeScalar(bracket)))'")
        }
        offset += 1
        depth -= 1
        return false
    }

    // MARK: Whole values

    /// The type of the next value, which stays unread.
    public mutating func peek() throws(JSONSyntaxError) -> JSON.Kind {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw unexpected("a value")
        }
    }

    /// Passes over the next value, whatever it is, checking its syntax.
    public mutating func skipValue() throws(JSONSyntaxError) {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "\""):
            offset += 1
            _ = try scanString()
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextKey() != nil { try skipValue() }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skipValue() }
        case UInt8(ascii: "t"): try scanWord("true")
        case UInt8(ascii: "f"): try scanWord("false")
        case UInt8(ascii: "n"): try scanWord("null")
        default: _ = try scanNumber()
        }
    }

    /// The bytes of the next value, checked, without the white space around it.
    public mutating func rawValue() throws(JSONSyntaxError) -> UnsafeRawBufferPointer {
        skipWhitespace()
        let start = offset
        try skipValue()
        return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    }

    /// Makes sure that nothing but white space is left.
    public mutating func finish() throws(JSONSyntaxError) {
        skipWhitespace()
        guard offset == bytes.count else {
            throw error(.trailingBytes, "expected the end, found \(foundText)")
        }
    }

    // MARK: Bytes

    /// The byte at the offset; 0, which no value starts with, at the end.
    @inline(__always)
    var current: UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    @inline(__always)
    mutating func skipWhitespace() {
        guard offset < bytes.count else { return }
        let byte = bytes[offset]
        if byte <= 0x20 || byte == UInt8(ascii: "/") { skipWhitespaceRun() }
    }

    @inline(never)
    private mutating func skipWhitespaceRun() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0a, 0x0d, 0x09: offset += 1
            case UInt8(ascii: "/") where allowsComments:
                guard skipComment() else { return }
            default: return
            }
        }
    }

    /// Passes over a comment; false when there is none, or it does not end.
    private mutating func skipComment() -> Bool {
        guard offset + 1 < bytes.count else { return false }
        var end = offset + 2
        switch bytes[offset + 1] {
        case UInt8(ascii: "/"):
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
            offset = end
            return true
        case UInt8(ascii: "*"):
            while end + 1 < bytes.count {
                if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") {
                    offset = end + 2
                    return true
                }
                end += 1
            }
            return false
        default:
            return false
        }
    }
}
