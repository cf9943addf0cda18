/// A JSON number that is not a small integer, kept exactly as it was written.
///
/// Amounts of money and identifiers of more than 64 bits must not pass through binary floating
/// point, so nothing here converts unless asked. Equality and hash go by the exact decimal value:
/// `2.50` equals `25e-1`. Only numbers whose exponent does not fit in 32 bits are compared as text.
public struct JSONNumber: Sendable {
    /// The text of the number as RFC 8259 allows it.
    public let literal: String

    /// Takes the text of a JSON number; nil when it is anything else.
    public init?(literal: String) {
        var copy = literal
        let isNumber = copy.withUTF8 { utf8 in
            var reader = JSONReader(UnsafeRawBufferPointer(utf8))
            guard utf8.first.map({ $0 == 0x2d || (0x30...0x39).contains($0) }) == true,
                (try? reader.skipValue()) != nil
            else { return false }
            return reader.offset == utf8.count
        }
        guard isNumber else { return nil }
        self.literal = literal
    }

    /// The shortest text that reads back as this value; nil for infinities and not-a-number.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        literal = value.description
    }

    /// Takes text that is known to be a number.
    init(uncheckedLiteral literal: String) { self.literal = literal }

    /// The nearest binary floating-point value; infinite when out of range.
    public var double: Double { Double(literal) ?? .nan }

    /// The value as an integer, also of `1.0` and `1e3`; nil with a fraction or beyond 64 bits.
    public var integer: Int64? { DecimalValue(literal)?.integer }

    /// Whether the value has no fraction, whatever its size: true of `1.0` and of `1e400`.
    public var isInteger: Bool {
        guard let value = DecimalValue(literal) else { return !literal.contains("-") }
        return value.exponent >= 0
    }
}

extension JSONNumber: Hashable, CustomStringConvertible {
    /// The number as it was written.
    public var description: String { literal }

    /// Whether both have exactly the same value.
    public static func == (left: JSONNumber, right: JSONNumber) -> Bool {
        if left.literal == right.literal { return true }
        guard let left = DecimalValue(left.literal), let right = DecimalValue(right.literal) else {
            return false
        }
        return left == right
    }

    /// Whether the number has exactly the value of the integer.
    public static func == (left: JSONNumber, right: Int64) -> Bool {
        DecimalValue(left.literal) == DecimalValue(right)
    }

    /// Agrees with `==`: spelling does not count.
    public func hash(into hasher: inout Hasher) {
        if let value = DecimalValue(literal) {
            value.hash(into: &hasher)
        } else {
            hasher.combine(literal)
        }
    }
}
