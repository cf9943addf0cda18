import SwarmModel

extension HeaderReader {
    mutating func integer(
        _ range: ClosedRange<Int64>,
        _ key: HeaderKey
    ) throws(WireViolation) -> Int64 {
        var digits = try number(key)
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = UnsafeRawBufferPointer(rebasing: digits.dropFirst()) }
        var value: Int64 = 0
        for byte in digits {
            guard Self.isDigit(byte) else {
                throw WireViolation(
                    .wrongType,
                    "\"\(key.name)\" is an integer, without fraction or exponent"
                )
            }
            // Saturates above every limit, so that digits without end still get checked.
            if value <= WireLimits.integer { value = value * 10 + Int64(byte - UInt8(ascii: "0")) }
        }
        if isNegative { value = -value }
        guard range.contains(value) else {
            throw WireViolation(
                .outOfRange,
                "\"\(key.name)\" lies between \(range.lowerBound) and \(range.upperBound)"
            )
        }
        return value
    }

    mutating func count(_ range: ClosedRange<Int>, _ key: HeaderKey) throws(WireViolation) -> Int {
        Int(try integer(Int64(range.lowerBound)...Int64(range.upperBound), key))
    }

    /// Any integer from 0 that every JSON reader holds exactly.
    mutating func natural(_ key: HeaderKey) throws(WireViolation) -> Int64 {
        try integer(0...WireLimits.integer, key)
    }

    mutating func milliseconds(_ key: HeaderKey) throws(WireViolation) -> Duration {
        .milliseconds(try natural(key))
    }

    /// A number that need not be an integer, not negative and at most `limit`.
    mutating func amount(upTo limit: Double, _ key: HeaderKey) throws(WireViolation) -> Double {
        let text = String(decoding: try number(key), as: UTF8.self)
        guard let value = Double(text), value >= 0, value <= limit else {
            throw WireViolation(.outOfRange, "\"\(key.name)\" lies between 0 and \(Int64(limit))")
        }
        return value
    }

    /// Dollars, as millionths of a dollar; at most a million dollars.
    mutating func microdollars(_ key: HeaderKey) throws(WireViolation) -> Int64 {
        // `rounded()` would need the C maths library linked.
        Int64(try amount(upTo: 1_000_000, key) * 1_000_000 + 0.5)
    }

    private mutating func number(_ key: HeaderKey) throws(WireViolation) -> UnsafeRawBufferPointer {
        let bytes = try rawValue()
        guard let first = bytes.first, first == UInt8(ascii: "-") || Self.isDigit(first) else {
            throw WireViolation(.wrongType, "\"\(key.name)\" is a number")
        }
        return bytes
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    mutating func rawValue() throws(WireViolation) -> UnsafeRawBufferPointer {
        do { return try json.rawValue() } catch { throw WireViolation(error) }
    }

    mutating func flag(_ key: HeaderKey) throws(WireViolation) -> Bool {
        do { return try json.readBool() } catch { throw WireViolation(error, key) }
    }

    /// A text of so many bytes.
    mutating func text(
        _ range: ClosedRange<Int>,
        _ key: HeaderKey
    ) throws(WireViolation) -> String {
        let value = try anyText(key).string
        guard range.contains(value.utf8.count) else {
            throw WireViolation(
                .outOfRange,
                """
                "\(key.name)" has \(range.lowerBound) to \(range.upperBound) bytes, \
                not \(value.utf8.count)
                """
            )
        }
        return value
    }

    private mutating func anyText(_ key: HeaderKey) throws(WireViolation) -> JSONReader.Text {
        do { return try json.readText() } catch { throw WireViolation(error, key) }
    }

    mutating func session() throws(WireViolation) -> SessionID {
        let text = try anyText(.session)
        let session = text.hasEscapes ? SessionID(text.string) : SessionID(utf8: text.raw)
        guard let session else {
            throw WireViolation(
                .badValue,
                """
                "sid" has 1 to \(WireLimits.sessionBytes) letters, digits, dots, hyphens and \
                underscores
                """
            )
        }
        return session
    }

    mutating func lease(_ key: HeaderKey) throws(WireViolation) -> LeaseID {
        let text = try anyText(key)
        let lease =
            text.hasEscapes
            ? [UInt8](text.string.utf8).withUnsafeBytes(Self.lease) : Self.lease(text.raw)
        guard let lease else {
            throw WireViolation(
                .badValue,
                "\"\(key.name)\" is to hold leases as the coordinator wrote them"
            )
        }
        return lease
    }

    /// Reads `L` and a number without leading zeros, so that a lease has one spelling.
    private static func lease(_ bytes: UnsafeRawBufferPointer) -> LeaseID? {
        guard bytes.count >= 2, bytes.count <= 17, bytes[0] == UInt8(ascii: "L"),
            bytes[1] != UInt8(ascii: "0")
        else { return nil }
        var number: UInt64 = 0
        for index in 1..<bytes.count {
            let byte = bytes[index]
            guard isDigit(byte) else { return nil }
            number = number &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
        }
        return number <= WireLimits.integer ? LeaseID(number) : nil
    }

    mutating func leases(_ key: HeaderKey) throws(WireViolation) -> [LeaseID] {
        try beginArray(key)
        var leases: [LeaseID] = []
        while try nextElement() {
            guard leases.count < WireLimits.leases else { throw tooMany(WireLimits.leases, key) }
            leases.append(try lease(key))
        }
        return leases
    }

    mutating func list<Element>(
        upTo limit: Int,
        _ key: HeaderKey,
        _ element: (inout HeaderReader) throws(WireViolation) -> Element
    ) throws(WireViolation) -> [Element] {
        try beginArray(key)
        var elements: [Element] = []
        while try nextElement() {
            guard elements.count < limit else { throw tooMany(limit, key) }
            elements.append(try element(&self))
        }
        return elements
    }

    private func tooMany(_ limit: Int, _ key: HeaderKey) -> WireViolation {
        WireViolation(.tooMany, "\"\(key.name)\" has at most \(limit) elements")
    }

    /// A capability's name or an operation's.
    mutating func word(_ key: HeaderKey) throws(WireViolation) -> String {
        let text = try anyText(key)
        let isWord =
            text.hasEscapes ? WireWord.isWord(text.string) : WireWord.isWord(text.raw)
        guard isWord else {
            throw WireViolation(
                .badValue,
                """
                "\(key.name)" has 1 to \(WireLimits.wordBytes) lower-case letters, digits, "_" \
                and "-", the first of them a letter
                """
            )
        }
        return text.string
    }

    /// One of the words that `Choice` has as raw values.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: HeaderKey,
        of type: Choice.Type
    ) throws(WireViolation) -> Choice {
        guard let choice = Choice(rawValue: try anyText(key).string) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw WireViolation(.badValue, "\"\(key.name)\" is one of: \(words)")
        }
        return choice
    }

    /// Reads `ct`, which in this version can only say what is meant without it.
    mutating func contentType() throws(WireViolation) {
        guard try anyText(.contentType).string == "application/json" else {
            throw WireViolation(.badValue, "\"ct\" can only be application/json in this version")
        }
    }
}

extension Optional {
    /// The value, or the complaint that the header lacks `key`.
    func required(_ key: HeaderKey) throws(WireViolation) -> Wrapped {
        guard let value = self else {
            throw WireViolation(.missingKey, "the header lacks \"\(key.name)\"")
        }
        return value
    }
}
