extension JSON: CustomStringConvertible {
    /// The text without white space, members in their order.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 64)
        writer.value(self)
        return writer.bytes
    }

    /// The text without white space.
    public var description: String { String(decoding: encoded(), as: UTF8.self) }

    /// The text for people: one member or element a line, indented by two spaces.
    public func pretty() -> String {
        var bytes: [UInt8] = []
        appendPretty(to: &bytes, indentation: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text to hash: equal values give equal bytes, whatever their spelling.
    ///
    /// Members are sorted by the UTF-8 bytes of their keys. A number is written as its digits
    /// without zeros at either end, followed by `e` and the exponent if that is not 0; an integer
    /// that fits in 64 bits is written plainly. Numbers with an exponent beyond 32 bits keep
    /// their text.
    public func canonical() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 64)
        appendCanonical(to: &writer)
        return writer.bytes
    }

    private func appendCanonical(to writer: inout JSONWriter) {
        switch self {
        case .null, .bool, .integer, .string: writer.value(self)
        case .number(let number):
            guard let value = DecimalValue(number.literal) else {
                writer.literal(number)
                return
            }
            if let integer = value.integer {
                writer.integer(integer)
            } else {
                writer.literal(JSONNumber(uncheckedLiteral: value.canonicalText))
            }
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.appendCanonical(to: &writer) }
            writer.endArray()
        case .object(let object):
            writer.beginObject()
            let sorted = object.members.sorted { left, right in
                left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
            }
            for member in sorted {
                writer.key(named: member.key)
                member.value.appendCanonical(to: &writer)
            }
            writer.endObject()
        }
    }

    private func appendPretty(to bytes: inout [UInt8], indentation: Int) {
        func startLine(_ level: Int) {
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
        }
        switch self {
        case .array(let elements) where !elements.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for (position, element) in elements.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                startLine(indentation + 1)
                element.appendPretty(to: &bytes, indentation: indentation + 1)
            }
            startLine(indentation)
            bytes.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for (position, member) in object.members.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                startLine(indentation + 1)
                bytes.append(contentsOf: JSON.string(member.key).encoded())
                bytes.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
                member.value.appendPretty(to: &bytes, indentation: indentation + 1)
            }
            startLine(indentation)
            bytes.append(UInt8(ascii: "}"))
        case .null, .bool, .integer, .number, .string, .array, .object:
            bytes.append(contentsOf: encoded())
        }
    }
}

extension DecimalValue {
    /// Digits, then the exponent unless it is 0.
    fileprivate var canonicalText: String {
        var text = isNegative ? "-\(significand)" : "\(significand)"
        for digit in tail { text += "\(digit)" }
        return exponent == 0 ? text : "\(text)e\(exponent)"
    }
}
