public import SwarmModel

/// A call in the one form that all its spellings share, so that repetitions can be found.
///
/// It keeps two things apart. The **identity** is what the call is about: numbers, identifiers,
/// short strings, titles, paths. Calls with different identities are about different things and are
/// never repetitions of each other. The **wording** is the prose, strings of three words and
/// more, of which only the set of words is kept; two wordings are compared by how many words
/// they share.
///
/// Spelling does not count: the order of members, the form of numbers (`1`, `1.0`, `1e0`), letter
/// case, white space, members without a value, and members that differ with every call, such as
/// `request_id` and `timestamp` at any depth. Arguments of more than ``byteLimit`` bytes, or which
/// are no JSON, are compared byte by byte, so that the work is bounded.
public struct CanonicalCall: Hashable, Sendable {
    /// Arguments longer than this are not looked into, in bytes.
    public static let byteLimit = 256 << 10

    /// What is called.
    public let capability: String
    /// What a call does to the world.
    public let effect: SideEffect
    /// Whether the contract calls it idempotent.
    public let isIdempotent: Bool
    /// A hash of all that is not prose.
    let identity: UInt64
    /// The words of the prose.
    let wording: Wording

    /// Brings a call into its canonical form.
    ///
    /// - Parameters:
    ///   - capability: What is called.
    ///   - effect: What its contract says it does to the world.
    ///   - isIdempotent: Whether its contract calls it idempotent.
    ///   - arguments: The arguments as JSON; anything else is taken byte by byte.
    public init(
        capability: String,
        effect: SideEffect,
        isIdempotent: Bool = false,
        arguments: [UInt8]
    ) {
        self.capability = capability
        self.effect = effect
        self.isIdempotent = isIdempotent
        let limits = JSONLimits(bytes: CanonicalCall.byteLimit)
        guard let json = try? JSON(parsing: arguments, limits: limits) else {
            identity = StableHash.of(arguments)
            wording = Wording()
            return
        }
        var reader = ArgumentReader(capability: capability, effect: effect)
        var found = reader.read(json)
        if found == nil, reader.wording.isEmpty, reader.hasDroppedReference {
            // Nothing but a reference: then that is what the call is about.
            reader = ArgumentReader(capability: capability, effect: effect, keepsReferences: true)
            found = reader.read(json)
        }
        reader.wording.seal()
        identity = found ?? 0
        wording = reader.wording
    }

    /// A number that calls with the same capability and arguments share; tells callers apart.
    public var fingerprint: UInt64 {
        var hash = StableHash()
        hash.feed(capability.utf8)
        hash.feed(identity)
        for word in wording.words { hash.feed(word) }
        for designation in wording.designations { hash.feed(designation) }
        return hash.value
    }

    /// How alike two calls of one capability are, 0 to 1.
    ///
    /// 0 when they are about different things, 1 when nothing but spelling differs.
    public func similarity(to other: CanonicalCall) -> Double {
        guard capability == other.capability else { return 0 }
        return likeness(to: other)
    }

    /// As ``similarity(to:)``, whatever the two capabilities are.
    func likeness(to other: CanonicalCall) -> Double {
        guard identity == other.identity else { return 0 }
        if wording == other.wording { return 1 }
        // "Pay invoice 17" and "pay invoice 18" are about two things.
        guard wording.designations == other.wording.designations else { return 0 }
        return wording.similarity(to: other.wording)
    }

    /// Whether this call, made while the other is under way, would only make it again.
    ///
    /// - Parameters:
    ///   - other: A call that has not ended.
    ///   - similarity: From what similarity on two wordings count as the same.
    /// - Returns: Whether it repeats the other; of something destructive words are no difference.
    public func repeats(_ other: CanonicalCall, similarity: Double) -> Bool {
        guard capability == other.capability, identity == other.identity else { return false }
        return effect == .destructive || likeness(to: other) >= similarity
    }
}

/// Walks over arguments once and collects identity and wording.
private struct ArgumentReader {
    let capability: String
    let effect: SideEffect
    var keepsReferences = false
    var wording = Wording()
    var hasDroppedReference = false
    /// Names of further members are not looked at, so that hostile arguments cost little.
    private var namesLeft = MemberRole.nameLimit

    init(capability: String, effect: SideEffect, keepsReferences: Bool = false) {
        self.capability = capability
        self.effect = effect
        self.keepsReferences = keepsReferences
    }

    mutating func read(_ json: JSON) -> UInt64? { read(json, .plain) }

    /// The hash of what in this value belongs to the identity; nil when nothing does.
    private mutating func read(_ value: JSON, _ role: MemberRole) -> UInt64? {
        switch value {
        case .null: return nil
        case .bool, .integer, .number: return CanonicalScalar.hash(of: value)
        case .string(let text): return read(text, role)
        case .array(let elements):
            var hash = StableHash()
            hash.feed(UInt8(ascii: "["))
            for element in elements {
                guard let element = read(element, role) else { continue }
                hash.feed(element)
            }
            return hash.value
        case .object(let object): return read(object)
        }
    }

    private mutating func read(_ object: JSONObject) -> UInt64? {
        var parts: [(key: String, hash: UInt64)] = []
        for member in object.members {
            namesLeft -= 1
            let role: MemberRole =
                namesLeft < 0 ? .plain : MemberRole(of: member.key, in: capability, effect)
            switch role {
            case .volatile: continue
            case .moment where CanonicalScalar.isStamp(member.value): continue
            case .reference where !keepsReferences:
                hasDroppedReference = true
                continue
            case .moment, .reference, .designation, .wording, .plain:
                guard let hash = read(member.value, role) else { continue }
                parts.append((member.key, hash))
            }
        }
        guard !parts.isEmpty else { return nil }
        parts.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        var hash = StableHash()
        hash.feed(UInt8(ascii: "{"))
        for part in parts {
            hash.feed(part.key.utf8)
            hash.feed(0xff as UInt8)
            hash.feed(part.hash)
        }
        return hash.value
    }

    private mutating func read(_ text: String, _ role: MemberRole) -> UInt64? {
        let folded = FoldedText(text)
        let isProse: Bool =
            switch role {
            case .wording: true
            case .designation: false
            case .volatile, .moment, .reference, .plain: folded.wordCount >= 3
            }
        guard isProse else { return CanonicalScalar.hash(of: folded) }
        wording.add(folded)
        return nil
    }
}

/// Hashes of values that count as a whole, the same for all spellings.
enum CanonicalScalar {
    static func hash(of value: JSON) -> UInt64? {
        switch value {
        case .null: return nil
        case .bool(let isTrue): return StableHash.of(isTrue ? "t".utf8 : "f".utf8)
        case .integer(let integer): return hash(of: DecimalValue(integer))
        case .number(let number):
            guard let decimal = DecimalValue(number.literal) else {
                return StableHash.of(number.literal.utf8)
            }
            return hash(of: decimal)
        case .string(let text): return hash(of: FoldedText(text))
        case .array, .object: return nil
        }
    }

    static func hash(of text: FoldedText) -> UInt64 {
        // Models write 17 and "17" for the same thing.
        if let integer = integer(text.bytes) { return hash(of: DecimalValue(integer)) }
        var hash = StableHash()
        hash.feed(UInt8(ascii: "\""))
        hash.feed(text.bytes)
        return hash.value
    }

    /// Whether a value tells when the call was made.
    static func isStamp(_ value: JSON) -> Bool {
        switch value {
        case .integer(let integer): return integer >= 1_000_000_000
        case .number(let number): return number.double >= 1e9
        case .string(let text): return VolatileText.isStampedMoment(Array(text.utf8)[...])
        case .null, .bool, .array, .object: return false
        }
    }

    private static func hash(of decimal: DecimalValue) -> UInt64 {
        var hash = StableHash()
        hash.feed(decimal.isNegative ? UInt8(ascii: "-") : UInt8(ascii: "#"))
        hash.feed(decimal.significand)
        hash.feed(UInt64(bitPattern: Int64(decimal.exponent)))
        hash.feed(decimal.tail)
        return hash.value
    }

    private static func integer(_ bytes: [UInt8]) -> Int64? {
        guard (1...18).contains(bytes.count), bytes.allSatisfy(VolatileText.isDigit),
            bytes.count == 1 || bytes[0] != UInt8(ascii: "0")
        else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
