/// A decimal number, exact: amounts are compared and added without binary rounding.
///
/// Up to 15 digits before the point and 12 after it, which leaves room to add up more rows than
/// any table has. Two numbers are equal when their values are, however they were written.
struct ExactDecimal: Sendable {
    /// The value in units of 10^-12.
    private var units: Int128
    /// Digits after the point that are shown: the most that any operand was written with.
    private var decimals: Int

    static let zero = ExactDecimal(units: 0, decimals: 0)

    /// Reads an optional sign, digits and an optional fraction; nil for anything else.
    ///
    /// - Parameters:
    ///   - text: the digits, as bytes.
    ///   - separator: what stands between whole and fraction, a point or a comma.
    init?(_ text: some Collection<UInt8>, separator: UInt8 = UInt8(ascii: ".")) {
        var isNegative = false
        var whole = 0
        var significant = 0
        var fraction: Int?
        var value: Int128 = 0
        for (position, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where position == 0: isNegative = true
            case UInt8(ascii: "+") where position == 0: break
            case separator where fraction == nil: fraction = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if let digits = fraction {
                    guard digits < 12 else { return nil }
                    fraction = digits + 1
                } else {
                    whole += 1
                    if significant > 0 || byte != UInt8(ascii: "0") { significant += 1 }
                    guard significant <= 15 else { return nil }
                }
                value = value * 10 + Int128(byte - UInt8(ascii: "0"))
            default: return nil
            }
        }
        let decimals = fraction ?? 0
        guard whole + decimals > 0, fraction != 0 else { return nil }
        for _ in decimals..<12 { value *= 10 }
        units = isNegative ? -value : value
        self.decimals = decimals
    }

    private init(units: Int128, decimals: Int) {
        self.units = units
        self.decimals = decimals
    }

    /// The value without its sign.
    var magnitude: ExactDecimal {
        ExactDecimal(units: units < 0 ? -units : units, decimals: decimals)
    }

    /// Whether the value is below zero.
    var isNegative: Bool { units < 0 }

    static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        ExactDecimal(
            units: left.units + right.units,
            decimals: max(left.decimals, right.decimals)
        )
    }

    static func - (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        ExactDecimal(
            units: left.units - right.units,
            decimals: max(left.decimals, right.decimals)
        )
    }
}

extension ExactDecimal: Comparable, Hashable {
    static func == (left: ExactDecimal, right: ExactDecimal) -> Bool { left.units == right.units }
    static func < (left: ExactDecimal, right: ExactDecimal) -> Bool { left.units < right.units }
    func hash(into hasher: inout Hasher) { hasher.combine(units) }
}

extension ExactDecimal: CustomStringConvertible {
    /// The value with a point and as many decimals as it was written with.
    var description: String {
        let one: Int128 = 1_000_000_000_000
        let (whole, fraction) = units.magnitude.quotientAndRemainder(dividingBy: one.magnitude)
        let sign = units < 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let digits = String(fraction)
        let padded = String(repeating: "0", count: 12 - digits.utf8.count) + digits
        return "\(sign)\(whole).\(padded.prefix(decimals))"
    }
}
