import FoundationEssentials

/// How far apart two amounts may be and still count as equal.
///
/// Written as a number or as text; either way the digits as written count, not a binary fraction.
struct Tolerance: Sendable, Codable {
    private var text: String

    init(_ text: String) {
        self.text = text
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
            text = string
        } else {
            text = try container.decode(Decimal.self).description
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The tolerance as an exact number.
    ///
    /// - Throws: `TableError` when it is negative or no plain decimal number.
    var value: ExactDecimal {
        get throws(TableError) {
            guard let value = ExactDecimal(text.utf8), !value.isNegative else {
                throw TableError(
                    "tolerance must be a number from 0 up, such as 0.05 (at most 15 digits and 12"
                        + " decimals), not \"\(text)\""
                )
            }
            return value
        }
    }
}
