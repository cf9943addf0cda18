import SwarmModel

/// Appends one header to a buffer that the caller reuses.
///
/// Keys are written in the order of the specification's tables and without white space, so that
/// equal messages are equal bytes.
struct HeaderWriter {
    var json: JSONWriter

    /// Writes one header object behind what `bytes` already hold, keeping their memory.
    static func write(into bytes: inout [UInt8], _ body: (inout HeaderWriter) -> Void) {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        var writer = HeaderWriter(json: JSONWriter(appendingTo: taken))
        writer.json.beginObject()
        body(&writer)
        writer.json.endObject()
        bytes = writer.json.takeBytes()
    }

    mutating func put(_ key: HeaderKey, _ text: String) {
        json.key(key.name)
        json.string(text)
    }

    mutating func put(_ key: HeaderKey, _ number: Int64) {
        json.key(key.name)
        json.integer(number)
    }

    mutating func put(_ key: HeaderKey, _ number: Int) { put(key, Int64(number)) }

    mutating func put(_ key: HeaderKey, _ flag: Bool) {
        json.key(key.name)
        json.bool(flag)
    }

    /// Whole milliseconds, rounded down, never fewer than none.
    mutating func put(_ key: HeaderKey, _ duration: Duration) {
        put(key, min(max(duration.wholeMilliseconds, 0), WireLimits.integer))
    }

    mutating func put(_ session: SessionID) { put(.session, session.text) }

    mutating func put(_ key: HeaderKey, _ lease: LeaseID) {
        json.key(key.name)
        put(lease)
    }

    mutating func put(_ key: HeaderKey, _ leases: [LeaseID]) {
        json.key(key.name)
        json.beginArray()
        for lease in leases { put(lease) }
        json.endArray()
    }

    mutating func put(_ key: HeaderKey, _ texts: [String]) {
        json.key(key.name)
        json.beginArray()
        for text in texts { json.string(text) }
        json.endArray()
    }

    mutating func putObject(_ key: HeaderKey, _ body: (inout HeaderWriter) -> Void) {
        json.key(key.name)
        json.beginObject()
        body(&self)
        json.endObject()
    }

    /// A lease in quotation marks, made without a `String` on the way.
    private mutating func put(_ lease: LeaseID) {
        withUnsafeTemporaryAllocation(byteCount: 21, alignment: 1) { digits in
            var first = digits.count
            var rest = lease.number
            repeat {
                first -= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                digits[first] = UInt8(truncatingIfNeeded: digit) + UInt8(ascii: "0")
                rest = quotient
            } while rest > 0
            first -= 1
            digits[first] = UInt8(ascii: "L")
            json.string(utf8: UnsafeRawBufferPointer(rebasing: digits[first...]))
        }
    }
}
