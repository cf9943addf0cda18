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

/// A decimal number in its one normal form: no zero digit at either end of the significand.
///
/// The value is `significand` followed by the digits of `tail`, times ten to the `exponent`.
struct DecimalValue: Hashable {
    var isNegative = false
    /// The first 19 digits, which always fit.
    var significand: UInt64 = 0
    /// The digits after those, as values 0 to 9; empty for nearly every number.
    var tail: [UInt8] = []
    var exponent = 0

    /// The normal form of an integer.
    init(_ value: Int64) {
        isNegative = value < 0
        significand = value.magnitude
        normalise()
    }

    /// The normal form of a valid number literal; nil when its exponent is beyond 32 bits.
    init?(_ literal: String) {
        var digitsSeen = 0
        var afterPoint = 0
        var hasPoint = false
        var writtenExponent: Int?
        var exponentIsNegative = false
        for byte in literal.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte &- 0x30
                if let sofar = writtenExponent {
                    guard sofar < 1 << 31 else { return nil }
                    writtenExponent = sofar * 10 + Int(digit)
                    continue
                }
                if hasPoint { afterPoint += 1 }
                if digitsSeen == 0, digit == 0 { continue }
                digitsSeen += 1
                if digitsSeen <= 19 {
                    significand = significand * 10 + UInt64(digit)
                } else {
                    tail.append(digit)
                }
            case UInt8(ascii: "-"):
                if writtenExponent == nil { isNegative = true } else { exponentIsNegative = true }
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): writtenExponent = 0
            default: continue
            }
        }
        let magnitude = writtenExponent ?? 0
        exponent = (exponentIsNegative ? -magnitude : magnitude) - afterPoint
        normalise()
    }

    private mutating func normalise() {
        while tail.last == 0 {
            tail.removeLast()
            exponent += 1
        }
        guard tail.isEmpty else { return }
        guard significand != 0 else {
            isNegative = false
            exponent = 0
            return
        }
        while significand.isMultiple(of: 10) {
            significand /= 10
            exponent += 1
        }
    }

    /// The value when it is whole and fits.
    var integer: Int64? {
        guard tail.isEmpty, exponent >= 0, exponent < 20 else { return nil }
        var magnitude = significand
        for _ in 0..<exponent {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            magnitude = product
        }
        if isNegative {
            return magnitude <= Int64.min.magnitude
                ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }
}
