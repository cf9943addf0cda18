import struct Crypto.SHA256
public import SwarmModel

extension Digest {
    /// The SHA-256 of these bytes.
    public static func sha256(of bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { sha256(of: $0) }
    }

    /// The SHA-256 of these bytes.
    public static func sha256(of bytes: UnsafeRawBufferPointer) -> Digest {
        var hash = ContentHash()
        hash.update(bytes)
        return hash.finish()
    }

    /// Calls `body` with the 32 bytes in order, without making an array of them.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        let ordered = (
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
        )
        return try withUnsafeBytes(of: ordered, body)
    }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    init?(hexadecimalDigits text: UnsafeRawBufferPointer) {
        guard text.count == 64 else { return nil }
        func word(_ index: Int) -> UInt64? {
            var word: UInt64 = 0
            for digit in text[(index * 16)..<(index * 16 + 16)] {
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): word = word << 4 | UInt64(digit - 0x30)
                case UInt8(ascii: "a")...UInt8(ascii: "f"): word = word << 4 | UInt64(digit - 0x57)
                default: return nil
                }
            }
            return word
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3)
        else { return nil }
        self.init(words: (first, second, third, fourth))
    }

    /// Calls `body` with ``description`` as ASCII, without making a string of it.
    public func withHexadecimal<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let digits: StaticString = "0123456789abcdef"
        return try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { text in
            withBytes { bytes in
                for (index, byte) in bytes.enumerated() {
                    text[index * 2] = digits.utf8Start[Int(byte >> 4)]
                    text[index * 2 + 1] = digits.utf8Start[Int(byte & 15)]
                }
            }
            return try body(UnsafeRawBufferPointer(text))
        }
    }
}

/// A SHA-256 in the making.
struct ContentHash {
    private var hasher = SHA256()

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.update(bufferPointer: bytes)
    }

    mutating func update(_ digest: Digest) {
        digest.withBytes { hasher.update(bufferPointer: $0) }
    }

    mutating func finish() -> Digest {
        hasher.finalize().withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return Digest(words: (word(0), word(1), word(2), word(3)))
        }
    }
}
