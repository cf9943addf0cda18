/// The SHA-256 of a payload's bytes: its name in the journal.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes as four big-endian words, so that a digest hashes and compares without memory
    /// of its own.
    public var words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest made of these four words, most significant first.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Takes exactly 32 bytes; nil for any other number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var parts: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() {
            parts[index / 8] = parts[index / 8] << 8 | UInt64(byte)
        }
        words = (parts[0], parts[1], parts[2], parts[3])
    }

    /// Reads 64 hexadecimal digits; nil for anything else.
    public init?(hexadecimal text: some StringProtocol) {
        let digits = text.utf8.map { digit -> UInt8? in
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x61...0x66: digit - 0x61 + 10
            case 0x41...0x46: digit - 0x41 + 10
            default: nil
            }
        }
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes)
    }

    /// The 32 bytes in order.
    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }

    /// Whether both have the same bytes.
    public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// Arguments, results and inputs: bytes the coordinator carries without looking inside, until a
/// reference or a contract must.
///
/// Small payloads travel in the record itself, because a digest and a row of its own would cost
/// more than the bytes. Larger ones are stored once by content, and a record carries the digest.
public enum Payload: Hashable, Sendable {
    /// The bytes themselves, at most ``inlineLimit`` of them.
    case inline([UInt8])
    /// Bytes known by their digest.
    case stored(StoredPayload)

    /// The largest payload that records carry inline, in bytes.
    public static let inlineLimit = 256

    /// No bytes at all.
    public static let empty = Payload.inline([])

    /// The number of bytes.
    public var size: Int {
        switch self {
        case .inline(let bytes): bytes.count
        case .stored(let stored): stored.size
        }
    }

    /// The bytes, when they are in memory; a stored payload of a folded journal may not be.
    public var bytes: [UInt8]? {
        switch self {
        case .inline(let bytes): bytes
        case .stored(let stored): stored.bytes
        }
    }
}

/// A payload too large for a record, known by the digest of its bytes.
public struct StoredPayload: Hashable, Sendable {
    /// The SHA-256 of the bytes.
    public var digest: Digest
    /// The number of bytes.
    public var size: Int
    /// The bytes, while something still needs them.
    public var bytes: [UInt8]?

    /// Names stored bytes, and keeps them when they are at hand.
    public init(digest: Digest, size: Int, bytes: [UInt8]?) {
        self.digest = digest
        self.size = size
        self.bytes = bytes
    }

    /// Two stored payloads are the same when their digests are; whether the bytes happen to be in
    /// memory says nothing about what they are.
    public static func == (left: StoredPayload, right: StoredPayload) -> Bool {
        left.digest == right.digest && left.size == right.size
    }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(digest)
        hasher.combine(size)
    }
}
