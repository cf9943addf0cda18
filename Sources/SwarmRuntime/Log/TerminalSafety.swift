/// Which characters may reach a terminal as they are.
///
/// A log shows what workers and users wrote. Control characters in it could move the cursor or
/// rename the window, and bidirectional ones could make a line read as its opposite; both are
/// written as escapes.
enum TerminalSafety {
    /// Whether the character acts on the terminal or on the order of the text around it.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F: true
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        case 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
        default: false
        }
    }

    /// Appends JSON text with every unsafe character of its strings escaped.
    ///
    /// The text is valid, so outside its strings there is nothing to escape.
    static func append(json: [UInt8], to bytes: inout [UInt8]) {
        guard json.contains(where: { $0 >= 0x7F || $0 < 0x20 }) else {
            bytes.append(contentsOf: json)
            return
        }
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            if isUnsafe(scalar) {
                for unit in UTF16.encode(scalar) ?? .init() { append(escaped: unit, to: &bytes) }
            } else if let encoded = UTF8.encode(scalar) {
                bytes.append(contentsOf: encoded)
            }
        }
    }

    private static func append(escaped unit: UInt16, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: "u"))
        for shift in [12, 8, 4, 0] as [UInt16] {
            let digit = UInt8(truncatingIfNeeded: (unit >> shift) & 15)
            bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}
