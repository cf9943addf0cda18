/// A decimal number in its one normal form: no zero digit at either end of the significand.
///
/// The value is `significand` followed by the digits of `tail`, times ten to the `exponent`.
package struct DecimalValue: Hashable, Sendable {
    package var isNegative = false
    /// The first 19 digits, which always fit.
    package var significand: UInt64 = 0
    /// The digits after those, as values 0 to 9; empty for nearly every number.
    package var tail: [UInt8] = []
    package var exponent = 0

    /// The normal form of an integer.
    package init(_ value: Int64) {
        isNegative = value < 0
        significand = value.magnitude
        normalise()
    }

    /// The normal form of a valid number literal; nil when its exponent is beyond 32 bits.
    package init?(_ literal: String) {
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
    package var integer: Int64? {
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

extension DecimalValue: Comparable {
    package static func < (left: DecimalValue, right: DecimalValue) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isSmaller(than: left) : left.isSmaller(than: right)
    }

    private var isZero: Bool { significand == 0 && tail.isEmpty }

    /// Compares magnitudes alone.
    private func isSmaller(than other: DecimalValue) -> Bool {
        guard !isZero, !other.isZero else { return !other.isZero }
        let (left, right) = (digits, other.digits)
        let (leftPlace, rightPlace) = (left.count + exponent, right.count + other.exponent)
        if leftPlace != rightPlace { return leftPlace < rightPlace }
        return left.lexicographicallyPrecedes(right)
    }

    /// All digits as values 0 to 9, the first of them not 0.
    private var digits: [UInt8] { "\(significand)".utf8.map { $0 - 0x30 } + tail }

    /// Whether dividing by the other leaves no remainder; the other has at most 19 digits, apart
    /// from zeros at its end, and is not 0.
    package func isMultiple(of divisor: DecimalValue) -> Bool {
        guard !isZero else { return true }
        // Without zeros at the end of its digits, a value is no multiple of a further power of ten.
        guard exponent >= divisor.exponent, divisor.significand != 0 else { return false }
        var remainder: UInt64 = 0
        func multiply(_ value: UInt64, _ factor: UInt64, plus digit: UInt64) -> UInt64 {
            var (high, low) = value.multipliedFullWidth(by: factor)
            let (sum, carry) = low.addingReportingOverflow(digit)
            low = sum
            if carry { high += 1 }
            return divisor.significand.dividingFullWidth((high % divisor.significand, low))
                .remainder
        }
        for digit in digits { remainder = multiply(remainder, 10, plus: UInt64(digit)) }
        var scale = 1 % divisor.significand
        var power = 10 % divisor.significand
        var times = exponent - divisor.exponent
        while times > 0 {
            if !times.isMultiple(of: 2) { scale = multiply(scale, power, plus: 0) }
            power = multiply(power, power, plus: 0)
            times /= 2
        }
        return multiply(remainder, scale, plus: 0) == 0
    }
}
