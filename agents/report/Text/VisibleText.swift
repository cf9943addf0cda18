extension String {
    /// The text with everything that would not be seen, or would deceive, made visible.
    ///
    /// File names and table cells come from anywhere. A control character, one that turns the
    /// reading direction, and a code point that XML forbids become `\u{…}`; a line break and a tab
    /// become a space.
    var visible: String {
        guard unicodeScalars.contains(where: { $0.isDeceptive }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar == "\n" || scalar == "\t" || scalar == "\r" {
                text += " "
            } else if scalar.isDeceptive {
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isDeceptive: Bool {
        switch value {
        case 0x00..<0x20, 0x7F..<0xA0: true
        // Marks, embeddings, overrides and isolates that change the direction of what follows.
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        case 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: value & 0xFFFE == 0xFFFE
        }
    }
}
