import SwarmModel

/// All schemas that can be reached from one, as a graph: references may go in circles.
struct SchemaGraph: Sendable {
    let nodes: [SchemaNode]
    let root: Int
    /// For each name of a `$dynamicAnchor`: the node it marks in each resource.
    let dynamicAnchors: [String: [Int: Int]]
    /// Whether any keyword asks what others have not looked at.
    let tracksEvaluated: Bool
}

/// One schema.
struct SchemaNode: Sendable {
    /// Which resource it belongs to, for dynamic references.
    let resource: Int
    /// What it demands, in the order of evaluation.
    let rules: [SchemaRule]

    /// Whether nothing is valid here.
    var isNever: Bool {
        if rules.count == 1, case .never = rules[0] { true } else { false }
    }
}

/// One keyword, or several that work together, with what they need to be evaluated.
///
/// Integers named `Int` in a payload are indices of nodes unless they limit something.
enum SchemaRule: Sendable {
    case never
    case type(SchemaTypes)
    case constant(JSON)
    case enumeration([JSON])
    indirect case bound(NumberBound)
    indirect case multiple(of: DecimalValue, text: String)
    case minLength(Int), maxLength(Int)
    indirect case pattern(Pattern)
    case format(SchemaFormat)
    case minItems(Int), maxItems(Int)
    case uniqueItems
    case minProperties(Int), maxProperties(Int)
    case required([String])
    case dependentRequired([(String, [String])])
    indirect case members(MemberRules)
    case propertyNames(Int)
    case elements(prefix: [Int], rest: Int?)
    case contains(Int, minimum: Int, maximum: Int?)
    case reference(Int)
    case dynamicReference(Int, name: String)
    case allOf([Int]), anyOf([Int]), oneOf([Int])
    case not(Int)
    case conditional(test: Int, then: Int?, otherwise: Int?)
    case dependentSchemas([(String, Int)])
    case unevaluatedItems(Int), unevaluatedProperties(Int)
}

/// `properties`, `patternProperties` and `additionalProperties`, which divide members among them.
struct MemberRules: Sendable {
    /// Maps each name of `properties` to its index in ``nodes``.
    var names = JSONObject()
    var nodes: [Int] = []
    var patterns: [(Pattern, Int)] = []
    var additional: Int?
}

/// `minimum`, `maximum` and their exclusive forms.
struct NumberBound: Sendable {
    enum Side: String, Sendable {
        case minimum, maximum, exclusiveMinimum, exclusiveMaximum
    }

    var side: Side
    var value: DecimalValue
    /// The bound again when it is a small integer, which compares faster.
    var integer: Int64?
    var text: String

    private func allows<Value: Comparable>(_ value: Value, _ bound: Value) -> Bool {
        switch side {
        case .minimum: value >= bound
        case .maximum: value <= bound
        case .exclusiveMinimum: value > bound
        case .exclusiveMaximum: value < bound
        }
    }

    func allows(_ json: JSON) -> Bool {
        if case .integer(let value) = json, let integer { return allows(value, integer) }
        guard let value = DecimalValue(json) else { return true }
        return allows(value, self.value)
    }
}

extension DecimalValue {
    /// The exact value of a number; nil for another type, or an exponent beyond all reason.
    init?(_ json: JSON) {
        switch json {
        case .integer(let value): self.init(value)
        case .number(let number): self.init(number.literal)
        case .null, .bool, .string, .array, .object: return nil
        }
    }
}

/// The types a value may have.
struct SchemaTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = SchemaTypes(rawValue: 1)
    static let boolean = SchemaTypes(rawValue: 2)
    static let integer = SchemaTypes(rawValue: 4)
    static let number = SchemaTypes(rawValue: 8)
    static let string = SchemaTypes(rawValue: 16)
    static let array = SchemaTypes(rawValue: 32)
    static let object = SchemaTypes(rawValue: 64)

    static let names: [(String, SchemaTypes, String)] = [
        ("string", .string, "a string"), ("number", .number, "a number"),
        ("integer", .integer, "an integer"), ("boolean", .boolean, "true or false"),
        ("array", .array, "an array"), ("object", .object, "an object"), ("null", .null, "null"),
    ]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init?(name: String) {
        guard let entry = Self.names.first(where: { $0.0 == name }) else { return nil }
        self = entry.1
    }

    func contains(typeOf json: JSON) -> Bool {
        switch json {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .integer: !isDisjoint(with: [.integer, .number])
        case .number(let number):
            contains(.number) || (contains(.integer) && number.isInteger)
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        }
    }

    /// The types in a sentence.
    var sentence: String {
        let names = Self.names.filter { contains($0.1) }.map(\.2)
        guard let last = names.last, names.count > 1 else { return names.first ?? "nothing" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
