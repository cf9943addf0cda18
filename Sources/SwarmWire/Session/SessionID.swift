/// A session between one connection of a worker and one coordinator process.
///
/// Issued in WELCOME, said in every later message of the worker, never used again. Opaque to the
/// worker: 1 to 64 ASCII letters, digits, dots, hyphens and underscores.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    /// The id as it stands on the wire.
    public let text: String

    /// Takes a text of the allowed form; nil for anything else.
    public init?(_ text: String) {
        var copy = text
        guard copy.withUTF8({ Self.allows(UnsafeRawBufferPointer($0)) }) else { return nil }
        self.text = text
    }

    /// Takes bytes of the allowed form; nil for anything else.
    init?(utf8 bytes: UnsafeRawBufferPointer) {
        guard Self.allows(bytes) else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a random number as an id of 13 characters, which Swift keeps without allocation.
    public init(random number: UInt64) {
        text = String(unsafeUninitializedCapacity: 13) { buffer in
            let digits: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
            for place in 0..<13 {
                let digit = Int(number >> UInt64(60 - 5 * place) & 31)
                buffer.initializeElement(at: place, to: digits.utf8Start[digit])
            }
            return 13
        }
    }

    /// The id as it stands on the wire.
    public var description: String { text }

    private static func allows(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 0, bytes.count <= WireLimits.sessionBytes else { return false }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                continue
            default: return false
            }
        }
        return true
    }
}
