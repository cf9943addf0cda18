public import SwarmModel

/// What a call led to, in a form in which only a change of the world makes a difference.
///
/// Times, durations, UUIDs and the members a call itself would drop are left out, so that the same
/// state described twice gives the same outcome. Numbers stay: a percentage that grows is progress.
public struct CanonicalOutcome: Hashable, Sendable {
    let fingerprint: UInt64
    /// Whether the call failed.
    public let isFailure: Bool
    /// Whether it says so much that two calls with this outcome have probably asked for the same;
    /// "true" and an empty list are the answers to many questions.
    let isTelling: Bool

    /// An answer says much from so many words and values on.
    private static let tellingSize = 8

    /// A call that returned.
    public init(result: [UInt8]) {
        isFailure = false
        let limits = JSONLimits(bytes: CanonicalCall.byteLimit)
        guard let json = try? JSON(parsing: result, limits: limits) else {
            fingerprint = StableHash.of(result)
            isTelling = result.count > 64
            return
        }
        var reader = AnswerReader()
        fingerprint = reader.hash(json)
        isTelling = reader.size >= CanonicalOutcome.tellingSize
    }

    /// A call that failed; of the message nothing counts that has a digit in it.
    public init(failure: Failure) {
        isFailure = true
        isTelling = true
        var hash = StableHash()
        hash.feed(failure.kind.rawValue.utf8)
        for chunk in FoldedText(failure.message).chunks
        where !chunk.contains(where: VolatileText.isDigit) && !VolatileText.isVolatile(chunk) {
            hash.feed(UInt8(ascii: " "))
            hash.feed(chunk)
        }
        fingerprint = hash.value
    }
}

/// Walks over an answer once.
private struct AnswerReader {
    /// How many words and values it has seen.
    var size = 0
    private var namesLeft = MemberRole.nameLimit

    mutating func hash(_ value: JSON) -> UInt64 {
        switch value {
        case .null: return 1
        case .bool, .integer, .number:
            size += 1
            return CanonicalScalar.hash(of: value) ?? 0
        case .string(let text):
            let folded = FoldedText(text)
            var hash = StableHash()
            hash.feed(UInt8(ascii: "\""))
            let isProse = folded.wordCount >= 3
            for chunk in folded.chunks where !(isProse && VolatileText.isVolatile(chunk)) {
                size += 1
                hash.feed(UInt8(ascii: " "))
                hash.feed(chunk)
            }
            return hash.value
        case .array(let elements):
            var hash = StableHash()
            hash.feed(UInt8(ascii: "["))
            for element in elements { hash.feed(self.hash(element)) }
            return hash.value
        case .object(let object):
            var hash = StableHash()
            hash.feed(UInt8(ascii: "{"))
            namesLeft -= object.count
            let members = object.members.sorted {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }
            for member in members
            where namesLeft < 0 || !MemberRole.isVolatileAnswer(member.key) {
                hash.feed(member.key.utf8)
                hash.feed(0xff as UInt8)
                hash.feed(self.hash(member.value))
            }
            return hash.value
        }
    }
}
