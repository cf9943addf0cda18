import Testing

@testable import TablesAgent

@Suite("Exact decimals")
struct ExactDecimalTests {
    @Test(
        "Numbers are read and written as they were",
        arguments: [
            "0", "1", "-1", "337.30", "0.1", "-0.05", "999999999999999",
            "999999999999999.999999999999",
            "0.000000000001", "12.00",
        ]
    )
    func roundTrip(text: String) throws {
        #expect(try #require(ExactDecimal(text.utf8)).description == text)
    }

    @Test(
        "What is no plain decimal number is refused",
        arguments: [
            "", "-", "+", ".", "1.", "-.", "1e5", "0x10", "1,5", "1.2.3", "--1", "1-", " 1", "NaN",
            "inf",
            "1000000000000000", "1.0000000000000", "１", "1 000",
        ]
    )
    func refused(text: String) {
        #expect(ExactDecimal(text.utf8) == nil)
    }

    @Test("Values compare and add exactly where binary fractions do not")
    func exact() throws {
        let tenth = try #require(ExactDecimal("0.1".utf8))
        let fifth = try #require(ExactDecimal("0.2".utf8))
        let sum = try #require(ExactDecimal("0.3".utf8))
        #expect(tenth + fifth == sum)
        #expect((sum - fifth) == tenth)
        #expect(0.1 + 0.2 != 0.3)
    }

    @Test("Ways to write one value are one value")
    func canonical() throws {
        let short = try #require(ExactDecimal("5".utf8))
        let long = try #require(ExactDecimal("+005.00".utf8))
        #expect(short == long)
        #expect(Set([short, long]).count == 1)
        let zero = try #require(ExactDecimal("-0.0".utf8))
        #expect(zero == .zero && !zero.isNegative)
    }

    @Test("A decimal comma is read when it is asked for, and then a point is not")
    func comma() throws {
        let comma = UInt8(ascii: ",")
        #expect(ExactDecimal("1234,50".utf8, separator: comma)?.description == "1234.50")
        #expect(ExactDecimal("1234.50".utf8, separator: comma) == nil)
    }

    @Test("A million of the greatest amounts still add up")
    func sum() throws {
        let greatest = try #require(ExactDecimal("999999999999999.99".utf8))
        let total = (0..<1_000_000).reduce(ExactDecimal.zero) { sum, _ in sum + greatest }
        #expect(total.description == "999999999999999990000.00")
    }
}
