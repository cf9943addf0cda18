/// A path and a query, percent-encoded as it goes into the request line.
struct RequestTarget: CustomStringConvertible {
    private(set) var description: String
    private var hasQuery = false

    /// The path of these segments.
    init(_ segments: String...) {
        description = segments.map { "/" + Self.encoded($0) }.joined()
    }

    /// A target that is already encoded.
    init(verbatim target: String) {
        description = target
        hasQuery = target.contains("?")
    }

    /// Adds a parameter, unless its value is nil or empty.
    func adding(_ name: String, _ value: (some CustomStringConvertible)?) -> RequestTarget {
        guard let text = value?.description, !text.isEmpty else { return self }
        var target = self
        target.description += (hasQuery ? "&" : "?") + name + "=" + Self.encoded(text)
        target.hasQuery = true
        return target
    }

    private static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ","):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
