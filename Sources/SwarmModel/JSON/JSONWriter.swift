/// Appends JSON text to bytes, placing commas and escapes itself.
///
/// It does not check that calls are balanced: that is the caller's straight-line code to see.
/// Nothing is allocated but the bytes; reserve enough and nothing is allocated at all.
public struct JSONWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8]
    /// A value precedes in the same array or object.
    private var needsComma = false

    /// Starts with room for this many bytes.
    public init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Goes on behind bytes that are already there, keeping their memory.
    public init(appendingTo bytes: consuming [UInt8]) { self.bytes = bytes }

    /// Hands out what was written and starts afresh.
    public mutating func takeBytes() -> [UInt8] {
        needsComma = false
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        return taken
    }

    /// Forgets what was written and keeps the memory, for the next text.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    // MARK: Objects and arrays

    /// Opens an object; each value in it follows its key.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }

    /// Closes the object that was opened last.
    public mutating func endObject() { close(UInt8(ascii: "}")) }

    /// Opens an array.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }

    /// Closes the array that was opened last.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The key of the next value, for names of ours: ASCII with nothing to escape.
    public mutating func key(_ name: StaticString) {
        let count = name.utf8CodeUnitCount
        let hasComma = needsComma
        bytes.append(reserving: count + 4) { target in
            var end = 0
            if hasComma { target.put(UInt8(ascii: ","), at: &end) }
            target.put(UInt8(ascii: "\""), at: &end)
            target.put(UnsafeRawBufferPointer(start: name.utf8Start, count: count), at: &end)
            target.put(UInt8(ascii: "\""), at: &end)
            target.put(UInt8(ascii: ":"), at: &end)
            return end
        }
        needsComma = false
    }

    /// The key of the next value, for names that come from outside.
    public mutating func key(named name: String) {
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    /// A string value.
    public mutating func string(_ text: String) {
        appendQuoted(text)
        needsComma = true
    }

    /// A string value whose text is given as UTF-8, which must be valid.
    public mutating func string(utf8: UnsafeRawBufferPointer) {
        appendQuoted(utf8)
        needsComma = true
    }

    /// An integer value.
    public mutating func integer(_ value: Int64) {
        appendDigits(value.magnitude, isNegative: value < 0)
        needsComma = true
    }

    /// An integer value.
    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// An integer value from 0.
    public mutating func integer(_ value: UInt64) {
        appendDigits(value, isNegative: false)
        needsComma = true
    }

    /// A floating-point value in the shortest text that reads back as the same; `null` when it is
    /// infinite or not a number, which JSON cannot say.
    public mutating func double(_ value: Double) {
        guard let number = JSONNumber(value) else { return null() }
        literal(number)
    }

    /// A number with the text it already has.
    public mutating func literal(_ number: JSONNumber) {
        separate()
        bytes.append(contentsOf: number.literal.utf8)
        needsComma = true
    }

    /// `true` or `false`.
    public mutating func bool(_ value: Bool) { word(value ? "true" : "false") }

    /// `null`.
    public mutating func null() { word("null") }

    /// A value that is already JSON text, which is not checked again.
    public mutating func raw(_ json: UnsafeRawBufferPointer) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// A value that is already JSON text, which is not checked again.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// A value that is a tree.
    public mutating func value(_ json: JSON) {
        switch json {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let number): literal(number)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(named: member.key)
                value(member.value)
            }
            endObject()
        }
    }

    // MARK: Bytes

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func word(_ word: StaticString) {
        separate()
        bytes.append(
            contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        )
        needsComma = true
    }

    private mutating func appendDigits(_ value: UInt64, isNegative: Bool) {
        let hasComma = needsComma
        bytes.append(reserving: 22) { target in
            var end = 0
            if hasComma { target.put(UInt8(ascii: ","), at: &end) }
            if isNegative { target.put(UInt8(ascii: "-"), at: &end) }
            var count = 1
            var rest = value
            while rest > 9 {
                rest /= 10
                count += 1
            }
            rest = value
            for place in stride(from: end + count - 1, through: end, by: -1) {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                var next = place
                target.put(UInt8(truncatingIfNeeded: digit) &+ 0x30, at: &next)
                rest = quotient
            }
            return end + count
        }
    }

    private mutating func appendQuoted(_ text: String) {
        let appended: Void? = text.utf8.withContiguousStorageIfAvailable { utf8 in
            appendQuoted(UnsafeRawBufferPointer(utf8))
        }
        guard appended == nil else { return }
        Array(text.utf8).withUnsafeBytes { utf8 in appendQuoted(utf8) }
    }

    /// Copies the text while it is plain; what is behind the first escape takes the longer way.
    private mutating func appendQuoted(_ utf8: UnsafeRawBufferPointer) {
        let hasComma = needsComma
        var copied = 0
        bytes.append(reserving: utf8.count + 3) { target in
            var end = 0
            if hasComma { target.put(UInt8(ascii: ","), at: &end) }
            target.put(UInt8(ascii: "\""), at: &end)
            while copied &+ 8 <= utf8.count {
                let word = utf8.loadUnaligned(fromByteOffset: copied, as: UInt64.self)
                guard JSONText.stops(word) & ~UInt64(littleEndian: word) == 0 else { break }
                target.storeBytes(of: word, toByteOffset: end, as: UInt64.self)
                copied &+= 8
                end &+= 8
            }
            while copied < utf8.count, utf8[copied] >= 0x80 || JSONText.isPlain(utf8[copied]) {
                target.put(utf8[copied], at: &end)
                copied &+= 1
            }
            if copied == utf8.count { target.put(UInt8(ascii: "\""), at: &end) }
            return end
        }
        guard copied < utf8.count else { return }
        var start = copied
        while start < utf8.count {
            let stop = Self.firstEscaped(utf8, from: start)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start..<stop]))
            guard stop < utf8.count else { break }
            appendEscape(utf8[stop])
            start = stop + 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The first byte from here that must be escaped; text beyond ASCII need not be.
    private static func firstEscaped(_ utf8: UnsafeRawBufferPointer, from first: Int) -> Int {
        var position = first
        while position &+ 8 <= utf8.count {
            let word = utf8.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let stops = JSONText.stops(word) & ~UInt64(littleEndian: word)
            guard stops == 0 else { break }
            position &+= 8
        }
        while position < utf8.count, utf8[position] >= 0x80 || JSONText.isPlain(utf8[position]) {
            position &+= 1
        }
        return position
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0c: bytes.append(UInt8(ascii: "f"))
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            let hexadecimal: StaticString = "0123456789abcdef"
            bytes.append(contentsOf: [0x75, 0x30, 0x30])
            bytes.append(hexadecimal.utf8Start[Int(byte >> 4)])
            bytes.append(hexadecimal.utf8Start[Int(byte & 15)])
        }
    }
}

extension [UInt8] {
    /// Lets the body write behind the end, where there is room for `count` bytes.
    ///
    /// The body returns how many it wrote.
    @inline(__always)
    fileprivate mutating func append(
        reserving count: Int,
        _ write: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        append(addingCapacity: count) { span in
            span.withUnsafeMutableBufferPointer { room, written in
                written = write(UnsafeMutableRawBufferPointer(room))
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    @inline(__always)
    fileprivate func put(_ byte: UInt8, at end: inout Int) {
        storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end &+= 1
    }

    @inline(__always)
    fileprivate func put(_ bytes: UnsafeRawBufferPointer, at end: inout Int) {
        UnsafeMutableRawBufferPointer(rebasing: self[end...]).copyMemory(from: bytes)
        end &+= bytes.count
    }
}
