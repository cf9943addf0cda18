/// Bytes as text, by RFC 4648 with padding.
enum Base64 {
    private static let alphabet: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    static func encode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let length = min(3, bytes.count - start)
            var group: UInt32 = 0
            for index in 0..<3 {
                group = group << 8 | (index < length ? UInt32(bytes[start + index]) : 0)
            }
            for index in 0..<4 {
                guard index <= length else {
                    text.append(UInt8(ascii: "="))
                    continue
                }
                text.append(alphabet.utf8Start[Int(group >> UInt32(18 - 6 * index) & 63)])
            }
        }
        return text
    }

    /// The bytes a text stands for; nil when it is not base64 as ``encode(_:)`` writes it.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: 0, to: text.count, by: 4) {
            var group: UInt32 = 0
            var padding = 0
            for index in start..<(start + 4) {
                if text[index] == UInt8(ascii: "="), index >= start + 2, index + 2 >= text.count {
                    padding += 1
                    group <<= 6
                } else if let value = value(of: text[index]), padding == 0 {
                    group = group << 6 | value
                } else {
                    return nil
                }
            }
            let unused: UInt32 = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff
            guard group & unused == 0 else { return nil }
            for index in 0..<(3 - padding) {
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * index)))
            }
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
