/// A JSON value, kept without loss: member order, big integers and decimals survive a round trip.
///
/// Two values are equal when they mean the same: objects regardless of member order, numbers by
/// their exact decimal value (`1`, `1.0` and `10e-1` are equal), strings code point by code point.
/// Unlike `String`, differently normalised spellings of one character are different here, as
/// RFC 8259 asks.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    /// An integer literal that fits; every other number is a ``number(_:)``.
    case integer(Int64)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// The six types of RFC 8259, as a diagnostic names them.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case null, bool, number, string, array, object
    }

    /// Which of the six types this value has.
    public var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .bool
        case .integer, .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
}

// MARK: - Reaching in

extension JSON {
    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The truth value; nil for another type.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The value as an integer, also of `1.0` and `1e3`; nil when it has a fraction, does not fit
    /// in 64 bits or is no number.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let number): number.integer
        default: nil
        }
    }

    /// The nearest binary floating-point value; infinite when out of range, nil for another type.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let number): number.double
        default: nil
        }
    }

    /// The text; nil for another type.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements; nil for another type.
    public var arrayValue: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members; nil for another type.
    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of this name; nil when there is none or this is no object.
    public subscript(key: String) -> JSON? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element at this position from 0; nil outside the array or when this is no array.
    public subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value at the end of the path; nil as soon as a step leads nowhere.
    public subscript(path: JSONPath) -> JSON? {
        var value = self
        for component in path.components {
            let next: JSON? =
                switch component {
                case .key(let key): value[key]
                case .index(let index): value[index]
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}

// MARK: - Making values

extension JSON {
    /// An integer of any width; one beyond 64 signed bits keeps all its digits.
    public init(_ value: some BinaryInteger) {
        if let small = Int64(exactly: value) {
            self = .integer(small)
        } else {
            self = .number(JSONNumber(uncheckedLiteral: value.description))
        }
    }

    /// A floating-point number in the shortest text that reads back as the same; nil when it is
    /// infinite or not a number, which JSON cannot say.
    public init?(_ value: Double) {
        guard let number = JSONNumber(value) else { return nil }
        self = .number(number)
    }

    /// An object of these members in this order; of two with one name the later wins.
    public init(members: [(String, JSON)]) {
        var object = JSONObject()
        object.reserveCapacity(members.count)
        for (key, value) in members { object[key] = value }
        self = .object(object)
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Writes `null` as `nil`.
    public init(nilLiteral: ()) { self = .null }
    /// Writes `true` and `false` as themselves.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Writes an integer as itself.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Writes a string as itself.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Writes an array as itself.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// Writes a decimal as itself; it passes through binary floating point.
    public init(floatLiteral value: Double) {
        guard let number = JSONNumber(value) else {
            preconditionFailure("a floating-point literal out of range is no JSON number")
        }
        self = .number(number)
    }

    /// Writes an object as a dictionary in order.
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(members: elements) }
}

// MARK: - Meaning

extension JSON: Hashable {
    /// Whether both mean the same.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.integer(let left), .number(let right)): right == left
        case (.number(let left), .integer(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameCodePoints(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, _), (.bool, _), (.integer, _), (.number, _), (.string, _), (.array, _),
            (.object, _):
            false
        }
    }

    /// Agrees with `==`: spelling and member order do not count.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value ? 1 : 2)
        case .integer(let value): DecimalValue(value).hash(into: &hasher)
        case .number(let number): number.hash(into: &hasher)
        case .string(let text): text.hashCodePoints(into: &hasher)
        case .array(let elements): hasher.combine(elements)
        case .object(let object): object.hash(into: &hasher)
        }
    }
}

extension String {
    /// Whether both hold the same code points; `==` on its own would also accept another
    /// normalisation of the same characters.
    func hasSameCodePoints(as other: String) -> Bool {
        self == other && utf8.elementsEqual(other.utf8)
    }

    /// Feeds the code points, so that it agrees with ``hasSameCodePoints(as:)``.
    func hashCodePoints(into hasher: inout Hasher) {
        let fed: Void? = utf8.withContiguousStorageIfAvailable { bytes in
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if fed == nil {
            for byte in utf8 { hasher.combine(byte) }
        }
        hasher.combine(0xff as UInt8)
    }
}
