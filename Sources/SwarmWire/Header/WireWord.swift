/// The form of names that cross the wire: capabilities and operations.
public enum WireWord {
    /// Whether `text` is a lower-case letter followed by at most 63 lower-case letters, digits,
    /// underscores and hyphens.
    public static func isWord(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, isLetter(first), bytes.count <= WireLimits.wordBytes
        else { return false }
        return bytes.allSatisfy { byte in
            isLetter(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}
