/// Why a message is not one of the protocol's; the message is dropped, whoever sent it.
///
/// A value and never a trap: the bytes come from another process.
public struct WireViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a word that counters and tests can key on.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Not three frames.
        case frameCount = "frame_count"
        /// The first frame is not eight bytes.
        case prefixSize = "prefix_size"
        /// The first frame does not begin with `SWP`.
        case badMagic = "bad_magic"
        /// Another major version.
        case unsupportedMajor = "unsupported_major"
        /// No such verb.
        case unknownVerb = "unknown_verb"
        /// Flags or reserved bytes are not zero.
        case reservedBits = "reserved_bits"
        /// A verb of the other side.
        case wrongSide = "wrong_side"
        /// A header frame over the limit.
        case headerTooLarge = "header_too_large"
        /// A payload frame over the limit.
        case payloadTooLarge = "payload_too_large"
        /// Bytes in the payload frame of a verb that has none.
        case payloadNotAllowed = "payload_not_allowed"
        /// A text that is not UTF-8, or has an escape that stands for no character.
        case invalidText = "invalid_text"
        /// The header is not one JSON object.
        case malformedJSON = "malformed_json"
        /// Objects and arrays nested too deep.
        case tooDeep = "too_deep"
        /// A list with too many elements, or an object with too many keys nobody knows.
        case tooMany = "too_many"
        /// A key twice in one object.
        case duplicateKey = "duplicate_key"
        /// A key starting with `!`, which says that it must be understood.
        case criticalExtension = "critical_extension"
        /// A required key is absent.
        case missingKey = "missing_key"
        /// A value of another JSON type.
        case wrongType = "wrong_type"
        /// A number or a text's length beyond its limits.
        case outOfRange = "out_of_range"
        /// A text that is not of the required form, or not one of the allowed words.
        case badValue = "bad_value"
        /// Keys that exclude each other.
        case contradiction = "contradiction"
    }

    /// What is wrong.
    public var code: Code
    /// One sentence for a person: what, where, and what was expected.
    public var message: String

    /// A violation with its explanation.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and sentence, for a log.
    public var description: String { "\(code.rawValue): \(message)" }

    /// A message of the wrong number of frames.
    public static func frameCount(_ count: Int) -> WireViolation {
        WireViolation(
            .frameCount,
            "a message has \(WireLimits.frameCount) frames (prefix, header, payload), not \(count)"
        )
    }
}
