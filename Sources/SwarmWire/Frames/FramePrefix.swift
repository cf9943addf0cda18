/// The first frame of every message: eight bytes, checked before anything is parsed.
///
/// `"SWP"`, the major version, the verb, flags and a reserved 16-bit word that are both zero.
public struct FramePrefix: Hashable, Sendable {
    /// The length of the frame.
    public static let byteCount = 8
    /// The major version this library speaks.
    public static let major: UInt8 = 1

    /// What the message says.
    public var verb: Verb

    /// The prefix of a message with this verb.
    public init(_ verb: Verb) { self.verb = verb }

    /// Reads the frame `bytes`, which came from the side `sender`.
    ///
    /// The verb is looked at only when magic and major are right, for another major may number
    /// its verbs otherwise.
    public init(_ bytes: UnsafeRawBufferPointer, from sender: Side) throws(WireViolation) {
        guard bytes.count == Self.byteCount else {
            throw WireViolation(
                .prefixSize,
                "the first frame has \(Self.byteCount) bytes, not \(bytes.count)"
            )
        }
        let word = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        guard word >> 40 == Self.magic else {
            throw WireViolation(.badMagic, "the first frame does not begin with \"SWP\"")
        }
        let major = UInt8(truncatingIfNeeded: word >> 32)
        guard major == Self.major else {
            throw WireViolation(
                .unsupportedMajor,
                "major version \(major) is not spoken here, only \(Self.major)"
            )
        }
        let byte = UInt8(truncatingIfNeeded: word >> 24)
        guard let verb = Verb(rawValue: byte) else {
            throw WireViolation(.unknownVerb, "there is no verb \(byte)")
        }
        guard word & 0x00FF_FFFF == 0 else {
            throw WireViolation(.reservedBits, "flags and reserved bytes must be zero")
        }
        guard verb.sender == sender else {
            throw WireViolation(
                .wrongSide,
                "\(verb.name) (verb \(byte)) is sent by the \(verb.sender.rawValue) only"
            )
        }
        self.verb = verb
    }

    /// The frame as bytes; shared storage, so asking for it allocates nothing.
    public var bytes: [UInt8] { Self.table[Int(verb.rawValue)] }

    /// The frame as one number whose bytes, most significant first, are the frame's.
    public var bigEndianWord: UInt64 {
        Self.magic << 40 | UInt64(Self.major) << 32 | UInt64(verb.rawValue) << 24
    }

    /// "SWP" as a number.
    private static let magic: UInt64 = 0x53_57_50

    private static let table: [[UInt8]] = (0...UInt8.max).map { byte in
        guard Verb(rawValue: byte) != nil else { return [] }
        return [0x53, 0x57, 0x50, Self.major, byte, 0, 0, 0]
    }
}

extension Verb {
    /// The first frame of a message with this verb.
    public var prefix: [UInt8] { FramePrefix(self).bytes }
}
