extension JSONReader {
    /// The next value, an integer literal that fits in 64 signed bits.
    public mutating func readInt64() throws(JSONSyntaxError) -> Int64 {
        let number = try readInteger()
        guard let value = number.int64 else {
            throw error(.typeMismatch, "the integer does not fit in 64 bits", at: number.start)
        }
        return value
    }

    /// The next value, an integer literal from 0 that fits in 64 bits.
    public mutating func readUInt64() throws(JSONSyntaxError) -> UInt64 {
        let number = try readInteger()
        guard !number.overflows else {
            throw error(.typeMismatch, "the integer does not fit in 64 bits", at: number.start)
        }
        guard !number.isNegative || number.magnitude == 0 else {
            throw error(.typeMismatch, "expected an integer from 0", at: number.start)
        }
        return number.magnitude
    }

    /// The next value, an integer literal that fits in `Int`.
    public mutating func readInt() throws(JSONSyntaxError) -> Int {
        let start = offset
        guard let value = Int(exactly: try readInt64()) else {
            throw error(.typeMismatch, "the integer does not fit", at: start)
        }
        return value
    }

    /// The next value, any number, as the nearest binary floating-point value.
    public mutating func readDouble() throws(JSONSyntaxError) -> Double {
        let number = try readNumber()
        if number.isInteger, let value = number.int64 { return Double(value) }
        return Double(literal(number)) ?? .nan
    }

    /// The next value, `true` or `false`.
    public mutating func readBool() throws(JSONSyntaxError) -> Bool {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "t"):
            try scanWord("true")
            return true
        case UInt8(ascii: "f"):
            try scanWord("false")
            return false
        default: throw mismatch(.bool)
        }
    }

    /// Passes over the next value if it is `null`, and says whether it was.
    public mutating func readNull() throws(JSONSyntaxError) -> Bool {
        skipWhitespace()
        guard current == UInt8(ascii: "n") else { return false }
        try scanWord("null")
        return true
    }

    // MARK: Numbers

    /// A number that has been passed over.
    struct ScannedNumber {
        var start: Int
        var end: Int
        var isNegative: Bool
        /// Neither a fraction nor an exponent was written.
        var isInteger: Bool
        /// The digits before fraction and exponent, unless they overflow.
        var magnitude: UInt64
        var overflows: Bool

        var int64: Int64? {
            guard isInteger, !overflows else { return nil }
            guard isNegative else { return Int64(exactly: magnitude) }
            guard magnitude <= Int64.min.magnitude else { return nil }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
    }

    func literal(_ number: ScannedNumber) -> String {
        String(
            decoding: UnsafeRawBufferPointer(rebasing: bytes[number.start..<number.end]),
            as: UTF8.self
        )
    }

    private mutating func readNumber() throws(JSONSyntaxError) -> ScannedNumber {
        skipWhitespace()
        guard current == UInt8(ascii: "-") || Self.isDigit(current) else {
            throw mismatch(.number)
        }
        return try scanNumber()
    }

    private mutating func readInteger() throws(JSONSyntaxError) -> ScannedNumber {
        let number = try readNumber()
        guard number.isInteger else {
            throw error(
                .typeMismatch,
                "expected an integer, found \(literal(number))",
                at: number.start
            )
        }
        return number
    }

    mutating func scanNumber() throws(JSONSyntaxError) -> ScannedNumber {
        let start = offset
        let isNegative = current == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        var magnitude: UInt64 = 0
        var overflows = false
        var isInteger = true

        let firstDigit = offset
        while Self.isDigit(current) {
            let digit = UInt64(bytes[offset] &- 0x30)
            if offset &- firstDigit < 18 {
                magnitude = magnitude &* 10 &+ digit
            } else if !overflows {
                let (product, high) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(digit)
                magnitude = sum
                overflows = high || carry
            }
            offset &+= 1
        }
        guard offset > firstDigit else {
            if isNegative, offset < bytes.count {
                throw error(.invalidNumber, "expected a digit after '-', found \(foundText)")
            }
            throw unexpected(isNegative ? "a digit after '-'" : "a value")
        }
        if offset - firstDigit > 1, bytes[firstDigit] == UInt8(ascii: "0") {
            throw error(.invalidNumber, "a number may not start with 0", at: start)
        }
        if current == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try scanDigits("after the decimal point")
        }
        if current | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
            try scanDigits("in the exponent")
        }
        return ScannedNumber(
            start: start,
            end: offset,
            isNegative: isNegative,
            isInteger: isInteger,
            magnitude: magnitude,
            overflows: overflows
        )
    }

    private mutating func scanDigits(_ place: String) throws(JSONSyntaxError) {
        let first = offset
        while Self.isDigit(current) { offset &+= 1 }
        guard offset > first else {
            guard offset < bytes.count else { throw unexpected("a digit \(place)") }
            throw error(.invalidNumber, "expected a digit \(place), found \(foundText)")
        }
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    // MARK: Words

    /// Reads one of the three words; what starts like one and goes on otherwise is an error.
    mutating func scanWord(_ word: StaticString) throws(JSONSyntaxError) {
        let count = word.utf8CodeUnitCount
        for position in 0..<count {
            guard offset + position < bytes.count,
                bytes[offset + position] == word.utf8Start[position]
            else {
                guard offset + position < bytes.count else {
                    offset = bytes.count
                    throw unexpected("'\(word)'")
                }
                throw unexpected("a value")
            }
        }
        offset += count
    }
}
