extension JSONReader {
    /// A string or key where it lies in the input: compared without being copied.
    ///
    /// Valid as long as the bytes the reader was made for.
    public struct Text {
        /// What is between the quotation marks, escapes and all.
        public let raw: UnsafeRawBufferPointer
        /// Whether ``raw`` differs from what the text means.
        public let hasEscapes: Bool

        /// The text itself.
        public var string: String {
            hasEscapes ? unescaped : String(decoding: raw, as: UTF8.self)
        }

        /// Whether the text is this name.
        @inline(__always)
        public static func == (text: Text, name: StaticString) -> Bool {
            text.matches(name)
        }

        /// Lets `switch` compare keys to literals.
        @inline(__always)
        public static func ~= (name: StaticString, text: Text) -> Bool {
            text.matches(name)
        }

        /// Whether two texts mean the same.
        public static func == (left: Text, right: Text) -> Bool {
            if left.hasEscapes || right.hasEscapes {
                return left.string.hasSameCodePoints(as: right.string)
            }
            return left.raw.elementsEqual(right.raw)
        }

        func matches(_ name: StaticString) -> Bool {
            guard !hasEscapes else { return string == name.description }
            let count = raw.count
            guard name.utf8CodeUnitCount == count, name.hasPointerRepresentation else {
                return false
            }
            let other = UnsafeRawBufferPointer(start: name.utf8Start, count: count)
            var position = 0
            while position &+ 8 <= count {
                let left = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let right = other.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                guard left == right else { return false }
                position &+= 8
            }
            while position < count {
                guard raw[position] == other[position] else { return false }
                position &+= 1
            }
            return true
        }

        /// Decodes escapes that the scanner has already checked.
        private var unescaped: String {
            String(unsafeUninitializedCapacity: raw.count) { target in
                var written = 0
                var position = 0
                func put(_ byte: UInt8) {
                    target.initializeElement(at: written, to: byte)
                    written += 1
                }
                while position < raw.count {
                    let byte = raw[position]
                    position += 1
                    guard byte == UInt8(ascii: "\\") else {
                        put(byte)
                        continue
                    }
                    let letter = raw[position]
                    position += 1
                    switch letter {
                    case UInt8(ascii: "b"): put(0x08)
                    case UInt8(ascii: "f"): put(0x0c)
                    case UInt8(ascii: "n"): put(0x0a)
                    case UInt8(ascii: "r"): put(0x0d)
                    case UInt8(ascii: "t"): put(0x09)
                    case UInt8(ascii: "u"):
                        var scalar = UInt32(Self.codeUnit(raw, at: position) ?? 0)
                        position += 4
                        if scalar & 0xfc00 == 0xd800 {
                            let low = UInt32(Self.codeUnit(raw, at: position + 2) ?? 0)
                            scalar = 0x10000 + (scalar & 0x3ff) << 10 + (low & 0x3ff)
                            position += 6
                        }
                        if let scalar = UnicodeScalar(scalar) {
                            for byte in UTF8.encode(scalar) ?? .init() { put(byte) }
                        }
                    default: put(letter)
                    }
                }
                return written
            }
        }

        /// Four hexadecimal digits; nil when there are not four.
        static func codeUnit(_ bytes: UnsafeRawBufferPointer, at place: Int) -> UInt16? {
            guard place + 4 <= bytes.count else { return nil }
            var unit: UInt16 = 0
            for byte in bytes[place..<place + 4] {
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - 0x30
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - 0x57
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - 0x37
                default: return nil
                }
                unit = unit << 4 | UInt16(digit)
            }
            return unit
        }
    }

    /// The next value, a string, where it lies.
    public mutating func readText() throws(JSONSyntaxError) -> Text {
        skipWhitespace()
        guard current == UInt8(ascii: "\"") else { throw mismatch(.string) }
        offset += 1
        return try scanString()
    }

    /// The next value, a string.
    public mutating func readString() throws(JSONSyntaxError) -> String {
        try readText().string
    }

    /// Reads up to and over the closing quotation mark and checks all in between.
    mutating func scanString() throws(JSONSyntaxError) -> Text {
        let start = offset
        var hasEscapes = false
        while true {
            skipPlainASCII()
            guard offset < bytes.count else {
                throw unexpected("a closing quotation mark")
            }
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
                offset += 1
                return Text(raw: raw, hasEscapes: hasEscapes)
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try scanEscape()
            } else if byte >= 0x80 {
                let length = JSONText.scalarLength(bytes, at: offset)
                guard length > 0 else {
                    throw error(.invalidUTF8, "\(foundText) is not UTF-8 here")
                }
                offset += length
            } else {
                throw error(
                    .controlCharacter,
                    "a control character must be escaped, found \(foundText)"
                )
            }
        }
    }

    /// Moves on to the first byte that is a quotation mark, a backslash, a control or not ASCII.
    @inline(__always)
    private mutating func skipPlainASCII() {
        while offset &+ 8 <= bytes.count {
            let stops = JSONText.stops(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            guard stops == 0 else {
                offset &+= stops.trailingZeroBitCount / 8
                return
            }
            offset &+= 8
        }
        while offset < bytes.count, JSONText.isPlain(bytes[offset]) { offset &+= 1 }
    }

    private mutating func scanEscape() throws(JSONSyntaxError) {
        guard offset + 1 < bytes.count else {
            offset = bytes.count
            throw unexpected("an escape sequence")
        }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard let unit = Text.codeUnit(bytes, at: offset + 2) else {
                throw error(.invalidEscape, "\\u takes four hexadecimal digits")
            }
            guard unit & 0xf800 == 0xd800 else {
                offset += 6
                return
            }
            guard unit & 0xfc00 == 0xd800, offset + 7 < bytes.count,
                bytes[offset + 6] == UInt8(ascii: "\\"), bytes[offset + 7] == UInt8(ascii: "u"),
                let low = Text.codeUnit(bytes, at: offset + 8), low & 0xfc00 == 0xdc00
            else {
                throw error(.invalidEscape, "half of a surrogate pair is no character")
            }
            offset += 12
        default:
            throw error(.invalidEscape, "a backslash may be followed by one of \"\\/bfnrtu only")
        }
    }
}

/// What reader and writer both know about bytes of text.
enum JSONText {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Marks, by its high bit, each of eight bytes that does not plainly stand for itself.
    ///
    /// That is a quotation mark, a backslash, a control or a byte beyond ASCII. Only the lowest
    /// mark is certain.
    @inline(__always)
    static func stops(_ loaded: UInt64) -> UInt64 {
        let word = UInt64(littleEndian: loaded)
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5c)
        let found =
            ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
            | ((word &- (ones &* 0x20)) & ~word) | word
        return found & highs
    }

    /// Whether a byte stands for itself inside quotation marks.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// How many bytes the character of several bytes that starts here takes; 0 when it is none.
    static func scalarLength(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Int {
        let first = bytes[place]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch first {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        case 0xf1...0xf3: length = 4
        default: return 0
        }
        guard place + length <= bytes.count, second.contains(bytes[place + 1]) else { return 0 }
        for follower in bytes[(place + 2)..<max(place + 2, place + length)]
        where follower & 0xc0 != 0x80 {
            return 0
        }
        return length
    }
}
