/// The form of names that cross the wire: capabilities and operations.
public enum WireWord {
    /// Whether `text` is a lower-case letter followed by at most 63 lower-case letters, digits,
    /// underscores and hyphens.
    public static func isWord(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isWord(UnsafeRawBufferPointer($0)) }
    }

    /// Whether these bytes of UTF-8 are such a name.
    static func isWord(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first, first.isLowercaseLetter,
            bytes.count <= WireLimits.wordBytes
        else { return false }
        for index in 1..<bytes.count {
            let byte = bytes[index]
            guard
                byte.isLowercaseLetter || byte &- UInt8(ascii: "0") < 10
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            else { return false }
        }
        return true
    }
}

extension UInt8 {
    fileprivate var isLowercaseLetter: Bool { self &- UInt8(ascii: "a") < 26 }
}
