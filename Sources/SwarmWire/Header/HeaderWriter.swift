import SwarmModel

/// Writes one header behind what a buffer holds.
///
/// Keys are written in the order of the specification's tables and without white space, so that
/// equal messages are equal bytes. What is written gathers on the stack first: most headers are
/// short, and then the buffer is touched once.
struct HeaderWriter {
    private let scratch: UnsafeMutableRawBufferPointer
    private var used = 0
    private var bytes: [UInt8]
    private var needsComma = false

    /// Writes the header object whose members `body` puts, keeping the buffer's memory.
    static func write(into bytes: inout [UInt8], _ body: (inout HeaderWriter) -> Void) {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        bytes = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { scratch in
            var writer = HeaderWriter(scratch: scratch, bytes: taken)
            taken = []
            writer.open()
            body(&writer)
            writer.close()
            writer.flush()
            return writer.bytes
        }
    }

    private init(scratch: UnsafeMutableRawBufferPointer, bytes: [UInt8]) {
        self.scratch = scratch
        self.bytes = bytes
    }

    // MARK: Members

    mutating func put(_ key: HeaderKey, _ text: String) {
        self.key(key)
        append(quoted: text)
    }

    mutating func put(_ key: HeaderKey, _ number: Int64) {
        self.key(key)
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: number.magnitude)
    }

    mutating func put(_ key: HeaderKey, _ number: Int) { put(key, Int64(number)) }

    mutating func put(_ key: HeaderKey, _ flag: Bool) {
        self.key(key)
        append(flag ? "true" : "false")
    }

    /// Whole milliseconds, rounded down, never fewer than none.
    mutating func put(_ key: HeaderKey, _ duration: Duration) {
        put(key, min(max(duration.wholeMilliseconds, 0), WireLimits.integer))
    }

    mutating func put(_ session: SessionID) { put(.session, session.text) }

    mutating func put(_ key: HeaderKey, _ lease: LeaseID) {
        self.key(key)
        append(lease)
    }

    mutating func put(_ key: HeaderKey, _ leases: [LeaseID]) {
        putList(key, leases) { writer, lease in writer.append(lease) }
    }

    mutating func put(_ key: HeaderKey, _ texts: [String]) {
        putList(key, texts) { writer, text in writer.append(quoted: text) }
    }

    mutating func put(_ key: HeaderKey, _ numbers: [Int64]) {
        putList(key, numbers) { writer, number in writer.append(decimal: number.magnitude) }
    }

    mutating func put(_ key: HeaderKey, _ number: Double) {
        var json = JSONWriter()
        json.double(number)
        put(key, json: json.takeBytes())
    }

    /// Dollars, from millionths of a dollar.
    mutating func put(_ key: HeaderKey, microdollars: Int64) {
        put(key, Double(microdollars) / 1_000_000)
    }

    /// A value that is JSON text already.
    mutating func put(_ key: HeaderKey, json: [UInt8]) {
        self.key(key)
        json.withUnsafeBytes { append($0) }
    }

    mutating func putObject(_ key: HeaderKey, _ body: (inout HeaderWriter) -> Void) {
        self.key(key)
        open()
        body(&self)
        close()
    }

    mutating func put(_ key: HeaderKey, _ frames: [CallFrame]) {
        putList(key, frames) { writer, frame in
            writer.open()
            frame.write(to: &writer)
            writer.close()
        }
    }

    private mutating func putList<Element>(
        _ key: HeaderKey,
        _ elements: [Element],
        _ append: (inout HeaderWriter, Element) -> Void
    ) {
        self.key(key)
        self.append(UInt8(ascii: "["))
        for index in elements.indices {
            if index > 0 { self.append(UInt8(ascii: ",")) }
            append(&self, elements[index])
        }
        self.append(UInt8(ascii: "]"))
    }

    // MARK: Text

    private mutating func open() {
        append(UInt8(ascii: "{"))
        needsComma = false
    }

    private mutating func close() {
        append(UInt8(ascii: "}"))
        needsComma = true
    }

    private mutating func key(_ key: HeaderKey) {
        if needsComma { append(UInt8(ascii: ",")) }
        needsComma = true
        append(UInt8(ascii: "\""))
        append(key.name)
        append(UInt8(ascii: "\""))
        append(UInt8(ascii: ":"))
    }

    private mutating func append(_ lease: LeaseID) {
        append(UInt8(ascii: "\""))
        append(UInt8(ascii: "L"))
        append(decimal: lease.number)
        append(UInt8(ascii: "\""))
    }

    private mutating func append(quoted text: String) {
        let isWritten: Bool? = text.utf8.withContiguousStorageIfAvailable { utf8 in
            for byte in utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5C { return false }
            append(UInt8(ascii: "\""))
            append(UnsafeRawBufferPointer(utf8))
            append(UInt8(ascii: "\""))
            return true
        }
        if isWritten == true { return }
        var json = JSONWriter()
        json.string(text)
        json.bytes.withUnsafeBytes { append($0) }
    }

    private mutating func append(decimal magnitude: UInt64) {
        if magnitude < 10 { return append(UInt8(truncatingIfNeeded: magnitude) + 0x30) }
        reserve(20)
        var count = 0
        var rest = magnitude
        while rest > 0 {
            rest /= 10
            count += 1
        }
        rest = magnitude
        for place in stride(from: used + count - 1, through: used, by: -1) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            scratch[place] = UInt8(truncatingIfNeeded: digit) + 0x30
            rest = quotient
        }
        used += count
    }

    // MARK: Bytes

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        reserve(1)
        scratch[used] = byte
        used += 1
    }

    private mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ more: UnsafeRawBufferPointer) {
        guard more.count <= scratch.count else {
            flush()
            bytes.append(contentsOf: more)
            return
        }
        reserve(more.count)
        UnsafeMutableRawBufferPointer(rebasing: scratch[used...]).copyMemory(from: more)
        used += more.count
    }

    @inline(__always)
    private mutating func reserve(_ count: Int) {
        if used + count > scratch.count { flush() }
    }

    private mutating func flush() {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch[..<used]))
        used = 0
    }
}
