/// The members of a JSON object, in the order they were written.
///
/// A small object is searched from the front, which is faster than hashing for a handful of
/// members and costs no memory; a large one keeps an index. Equality and hash do not depend on
/// the order.
public struct JSONObject: Sendable {
    /// One name and its value.
    public struct Member: Sendable {
        /// The name; unique within its object.
        public let key: String
        /// The value.
        public var value: JSON

        /// Pairs a name with a value.
        public init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// Up to here a search from the front beats an index.
    static let indexingThreshold = 16

    /// Every member, in order.
    public private(set) var members: [Member] = []

    /// Where each key is; empty up to the threshold.
    private var index: [ExactKey: Int] = [:]

    /// An object without members.
    public init() {}

    /// Takes over members whose keys the caller knows to be distinct.
    init(distinct members: [Member]) {
        self.members = members
        if members.count > Self.indexingThreshold { rebuildIndex() }
    }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The names, in order.
    public var keys: [String] { members.map(\.key) }

    /// Prepares for this many members.
    public mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// The value of this name; setting nil removes the member, setting a new name appends it.
    public subscript(key: String) -> JSON? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (nil, let value?): append(key, value)
            case (let position?, nil): remove(at: position)
            case (nil, nil): break
            }
        }
    }

    /// Where this name is among the members; nil when it is not there.
    public func position(of key: String) -> Int? {
        if members.count > Self.indexingThreshold { return index[ExactKey(text: key)] }
        for position in members.indices where members[position].key.hasSameCodePoints(as: key) {
            return position
        }
        return nil
    }

    /// Adds a member; false, and nothing happens, when there is one of this name.
    @discardableResult
    public mutating func appendIfAbsent(_ key: String, _ value: JSON) -> Bool {
        guard position(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    private mutating func append(_ key: String, _ value: JSON) {
        members.append(Member(key: key, value: value))
        if members.count > Self.indexingThreshold + 1 {
            index[ExactKey(text: key)] = members.count - 1
        } else if members.count > Self.indexingThreshold {
            rebuildIndex()
        }
    }

    private mutating func remove(at position: Int) {
        members.remove(at: position)
        rebuildIndex()
    }

    private mutating func rebuildIndex() {
        index.removeAll()
        guard members.count > Self.indexingThreshold else { return }
        index.reserveCapacity(members.count)
        for (position, member) in members.enumerated() {
            index[ExactKey(text: member.key)] = position
        }
    }
}

/// A key compared code point by code point.
private struct ExactKey: Hashable {
    var text: String

    static func == (left: Self, right: Self) -> Bool {
        left.text.hasSameCodePoints(as: right.text)
    }

    func hash(into hasher: inout Hasher) { text.hashCodePoints(into: &hasher) }
}

extension JSONObject: Hashable {
    /// Whether both have the same members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        for (position, member) in left.members.enumerated() {
            // The same order is the common case and needs no search.
            let twin = right.members[position]
            if twin.key.hasSameCodePoints(as: member.key) {
                if twin.value != member.value { return false }
            } else if right[member.key] != member.value {
                return false
            }
        }
        return true
    }

    /// Agrees with `==`: the order does not count.
    public func hash(into hasher: inout Hasher) {
        var sum: UInt = 0
        for member in members {
            var own = Hasher()
            member.key.hashCodePoints(into: &own)
            member.value.hash(into: &own)
            sum &+= UInt(bitPattern: own.finalize())
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}

extension JSONObject: Sequence, ExpressibleByDictionaryLiteral {
    /// Writes the members in order; of two with one name the later wins.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements { self[key] = value }
    }

    /// Goes through the members in order.
    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}
