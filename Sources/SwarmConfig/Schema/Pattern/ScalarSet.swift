/// A set of characters as a class of a pattern names it: `[a-z\d]`, `\s`, `\p{Lu}`.
struct ScalarSet: Sendable {
    /// One part of a class.
    enum Item: Sendable {
        case range(ClosedRange<UInt32>)
        case set(ScalarSet)
        case category(ScalarCategory)
    }

    private let items: [Item]
    private let isNegated: Bool
    /// The answer for each of the first 128 characters.
    private let ascii: (UInt64, UInt64)

    init(_ items: [Item], negated isNegated: Bool = false) {
        self.items = items
        self.isNegated = isNegated
        var ascii: (UInt64, UInt64) = (0, 0)
        for scalar in 0..<64 as Range<UInt32> {
            if Self.contains(scalar, items) != isNegated { ascii.0 |= 1 << UInt64(scalar) }
            if Self.contains(scalar + 64, items) != isNegated { ascii.1 |= 1 << UInt64(scalar) }
        }
        self.ascii = ascii
    }

    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return ascii.0 >> UInt64(scalar) & 1 == 1 }
        if scalar < 128 { return ascii.1 >> UInt64(scalar - 64) & 1 == 1 }
        return Self.contains(scalar, items) != isNegated
    }

    private static func contains(_ scalar: UInt32, _ items: [Item]) -> Bool {
        items.contains { item in
            switch item {
            case .range(let range): range.contains(scalar)
            case .set(let set): set.contains(scalar)
            case .category(let category): category.contains(scalar)
            }
        }
    }

    /// `\d`: ASCII digits only, as ECMAScript has it.
    static let digits = ScalarSet([.range(0x30...0x39)])

    /// `\w`: ASCII letters, digits and the underscore.
    static let words = ScalarSet([
        .range(0x30...0x39), .range(0x41...0x5a), .range(0x5f...0x5f), .range(0x61...0x7a),
    ])

    /// `\s`: white space and line terminators of ECMAScript.
    static let spaces = ScalarSet([
        .range(0x09...0x0d), .range(0x20...0x20), .range(0xa0...0xa0), .range(0xfeff...0xfeff),
        .range(0x2028...0x2029), .category(.general([.spaceSeparator])),
    ])

    /// What `.` does not match.
    static let lineTerminators = ScalarSet([
        .range(0x0a...0x0a), .range(0x0d...0x0d), .range(0x2028...0x2029),
    ])

    /// Everything else.
    var inverted: ScalarSet { ScalarSet([.set(self)], negated: true) }
}

/// A property of characters that `\p{…}` may name.
enum ScalarCategory: Sendable {
    case general(Set<Unicode.GeneralCategory>)
    case any, ascii, alphabetic, whiteSpace, uppercase, lowercase, emoji

    func contains(_ scalar: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(scalar) else { return false }
        let properties = scalar.properties
        switch self {
        case .general(let categories): return categories.contains(properties.generalCategory)
        case .any: return true
        case .ascii: return scalar.isASCII
        case .alphabetic: return properties.isAlphabetic
        case .whiteSpace: return properties.isWhitespace
        case .uppercase: return properties.isUppercase
        case .lowercase: return properties.isLowercase
        case .emoji: return properties.isEmoji
        }
    }

    /// The property of this name, short or long; nil when it is none of those known here.
    init?(_ name: String) {
        var name = name
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) {
            name.removeFirst(prefix.count)
        }
        switch name {
        case "Any": self = .any
        case "ASCII": self = .ascii
        case "Alphabetic", "Alpha": self = .alphabetic
        case "White_Space", "space": self = .whiteSpace
        case "Uppercase", "Upper": self = .uppercase
        case "Lowercase", "Lower": self = .lowercase
        case "Emoji": self = .emoji
        default:
            guard let categories = Self.generalCategories(name) else { return nil }
            self = .general(categories)
        }
    }

    private static func generalCategories(_ name: String) -> Set<Unicode.GeneralCategory>? {
        switch name {
        case "L", "Letter":
            [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter]
        case "LC", "Cased_Letter": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter]
        case "Lu", "Uppercase_Letter": [.uppercaseLetter]
        case "Ll", "Lowercase_Letter": [.lowercaseLetter]
        case "Lt", "Titlecase_Letter": [.titlecaseLetter]
        case "Lm", "Modifier_Letter": [.modifierLetter]
        case "Lo", "Other_Letter": [.otherLetter]
        case "M", "Mark", "Combining_Mark": [.nonspacingMark, .spacingMark, .enclosingMark]
        case "Mn", "Nonspacing_Mark": [.nonspacingMark]
        case "Mc", "Spacing_Mark": [.spacingMark]
        case "Me", "Enclosing_Mark": [.enclosingMark]
        case "N", "Number": [.decimalNumber, .letterNumber, .otherNumber]
        case "Nd", "Decimal_Number", "digit": [.decimalNumber]
        case "Nl", "Letter_Number": [.letterNumber]
        case "No", "Other_Number": [.otherNumber]
        case "P", "Punctuation", "punct":
            [
                .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
                .initialPunctuation, .finalPunctuation, .otherPunctuation,
            ]
        case "Pc", "Connector_Punctuation": [.connectorPunctuation]
        case "Pd", "Dash_Punctuation": [.dashPunctuation]
        case "Ps", "Open_Punctuation": [.openPunctuation]
        case "Pe", "Close_Punctuation": [.closePunctuation]
        case "Pi", "Initial_Punctuation": [.initialPunctuation]
        case "Pf", "Final_Punctuation": [.finalPunctuation]
        case "Po", "Other_Punctuation": [.otherPunctuation]
        case "S", "Symbol": [.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol]
        case "Sm", "Math_Symbol": [.mathSymbol]
        case "Sc", "Currency_Symbol": [.currencySymbol]
        case "Sk", "Modifier_Symbol": [.modifierSymbol]
        case "So", "Other_Symbol": [.otherSymbol]
        case "Z", "Separator": [.spaceSeparator, .lineSeparator, .paragraphSeparator]
        case "Zs", "Space_Separator": [.spaceSeparator]
        case "Zl", "Line_Separator": [.lineSeparator]
        case "Zp", "Paragraph_Separator": [.paragraphSeparator]
        case "C", "Other": [.control, .format, .surrogate, .privateUse, .unassigned]
        case "Cc", "Control", "cntrl": [.control]
        case "Cf", "Format": [.format]
        case "Co", "Private_Use": [.privateUse]
        case "Cn", "Unassigned": [.unassigned]
        default: nil
        }
    }
}
