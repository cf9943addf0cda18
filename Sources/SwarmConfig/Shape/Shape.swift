import SwarmModel

/// What a value in a configuration file may be.
///
/// One table of shapes drives the check of files, the "did you mean" of unknown keys, the effective
/// view with its built-in defaults, and the published JSON Schemas; so they cannot disagree.
indirect enum Shape: Sendable {
    /// Any text that follows the rule.
    case text(TextRule)
    case boolean
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// A duration with a unit, at least this long and, where there is a limit, no longer.
    case duration(atLeast: Duration, atMost: Duration? = nil)
    /// A size with a unit.
    case size
    /// One of these words.
    case word([String])
    /// Exactly this value.
    case constant(JSON)
    case list(of: Shape, minimum: Int, unique: Bool)
    /// An object whose keys are the user's names.
    case map(keys: TextRule, of: Shape, minimum: Int)
    case object(ObjectShape)
    /// A JSON Schema: an object, or true or false.
    case schema
    /// A value that another check looks at.
    case anything
    /// A value that fits one of the shapes, told apart by its JSON type.
    case either([Shape])

    /// A list of texts.
    static func texts(_ rule: TextRule = .anything, unique: Bool = false) -> Shape {
        .list(of: .text(rule), minimum: 0, unique: unique)
    }

    /// The words of an enumeration of the model.
    static func words<Value: RawRepresentable<String> & CaseIterable>(of type: Value.Type) -> Shape
    {
        .word(type.allCases.map(\.rawValue))
    }

    /// What was expected, for a person.
    var expectation: String {
        switch self {
        case .text(let rule): rule.expectation
        case .boolean: "expected true or false"
        case .integer(let range): "expected an integer \(Shape.describe(range))"
        case .number(let range):
            range.upperBound == .greatestFiniteMagnitude
                ? "expected a number, \(range.lowerBound) or more"
                : "expected a number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let minimum, let maximum?):
            "expected a duration with a unit, from \(minimum.configurationText) to "
                + maximum.configurationText
        case .duration(let minimum, nil):
            minimum > .zero
                ? "expected a duration with a unit, at least \(minimum.configurationText)"
                : "expected a duration with a unit, such as \"500ms\", \"30s\" or \"1h30m\""
        case .size: "expected a size with a unit, such as \"64KiB\" or \"512MiB\""
        case .word(let words): "expected one of: \(words.joined(separator: ", "))"
        case .constant(let value): "expected \(value)"
        case .list(let element, let minimum, _):
            "expected an array\(minimum > 0 ? " that is not empty" : "")"
                + (element.noun.map { " of \($0)" } ?? "")
        case .map: "expected an object with a name for each entry"
        case .object: "expected an object"
        case .schema: "expected a JSON Schema"
        case .anything: "expected a value"
        case .either(let shapes):
            "expected "
                + shapes.map { String($0.expectation.dropFirst("expected ".count)) }
                .joined(separator: ", or ")
        }
    }

    /// The plural of what a list holds.
    private var noun: String? {
        switch self {
        case .text, .word: "strings"
        case .object: "objects"
        default: nil
        }
    }

    private static func describe(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "of \(range.lowerBound) or more"
            : "from \(range.lowerBound) to \(range.upperBound)"
    }
}

/// What a text must look like.
struct TextRule: Sendable {
    /// What was expected, for a person.
    var expectation: String
    /// The rule as an ECMA 262 regular expression; nil accepts every text.
    var pattern: String?
    /// Whether the rule accepts a text.
    var accepts: @Sendable (String) -> Bool
    /// Texts the pattern accepts and the rule does not, such as reserved names.
    var reserved: [String] = []

    /// Any text.
    static let anything = TextRule(expectation: "expected a string", accepts: { _ in true })

    /// Any text but the empty one.
    static let nonEmpty = TextRule(
        expectation: "expected a string that is not empty",
        pattern: "^[\\s\\S]",
        accepts: { !$0.isEmpty }
    )

    /// The name of a swarm, an agent, a capability, a workflow or a semaphore.
    static let name = TextRule(
        expectation: CapabilityName.rule,
        pattern: "^[a-z][a-z0-9_-]{0,63}$",
        accepts: CapabilityName.isValid
    )

    /// The name of a capability, alone or with the version that is wanted.
    static let versionedName = TextRule(
        expectation: "expected the name of a capability, such as post_entry, or with a version, "
            + "such as post_entry@2 or post_entry@2.1",
        pattern: "^[a-z][a-z0-9_-]{0,63}(@(0|[1-9][0-9]{0,8})(\\.(0|[1-9][0-9]{0,8})){0,2})?$",
        accepts: { text in
            let reference = CapabilityReference(text)
            guard CapabilityName.isValid(reference.name) else { return false }
            guard let version = reference.version else { return true }
            let parts = version.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count <= 3
                && parts.allSatisfy { part in
                    (1...9).contains(part.utf8.count) && part.utf8.allSatisfy(\.isDigit)
                        && (part == "0" || part.utf8.first != 0x30)
                }
        }
    )

    /// The name of a subtask.
    static let subtaskName = TextRule(
        expectation:
            "expected a name of up to 128 letters, digits, _ and -, other than input, item "
            + "and item_index",
        pattern: "^[A-Za-z0-9_-]{1,128}$",
        accepts: { text in
            (1...128).contains(text.utf8.count)
                && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == 0x5F || $0 == 0x2D }
                && !["input", "item", "item_index"].contains(text)
        },
        reserved: ["input", "item", "item_index"]
    )

    /// The name of an environment variable.
    static let variable = TextRule(
        expectation: "expected the name of a variable, such as MODEL_URL",
        pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
        accepts: { text in
            guard let first = text.utf8.first, first.isLetter || first == 0x5F else { return false }
            return text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == 0x5F }
        }
    )

    /// A version of three numbers.
    static let version = TextRule(
        expectation: "expected a version such as 1.4.0",
        pattern: "^(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})$",
        accepts: { text in
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 3
                && parts.allSatisfy { part in
                    (1...9).contains(part.utf8.count) && part.utf8.allSatisfy(\.isDigit)
                        && (part == "0" || part.utf8.first != 0x30)
                }
        }
    )

    /// One reference and nothing else.
    static let reference = TextRule(
        expectation: "expected a reference such as \"${list.items}\"",
        pattern: "^\\$\\{[^}]+\\}$",
        accepts: { text in
            text.hasPrefix("${") && text.hasSuffix("}") && text.utf8.count > 3
                && text.utf8.firstIndex(of: 0x7D) == text.utf8.index(before: text.utf8.endIndex)
        }
    )
}

extension UInt8 {
    fileprivate var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}

/// An object with a fixed set of keys.
struct ObjectShape: Sendable {
    /// What the object is called in messages: `restart takes: policy, backoff`.
    var name: String
    /// What the object is for.
    var documentation: String
    /// Its keys, in the order documentation lists them.
    var keys: [Key]
    /// Exactly one of these keys must be there; empty asks for none.
    var oneOf: [String] = []
    /// Whether leaving the object out means that the thing is not there, instead of all defaults.
    var isOffByDefault = false
    /// Whether any other key is fine too; otherwise only those that start with `x_` are.
    var isOpen = false

    /// One key of an object.
    struct Key: Sendable {
        var name: String
        var shape: Shape
        var isRequired: Bool
        /// The value that a missing key stands for; nil when that is nothing, or depends.
        var defaultValue: JSON?
        /// What it means.
        var documentation: String

        /// A key that must be there.
        static func required(_ name: String, _ shape: Shape, _ documentation: String) -> Key {
            Key(
                name: name,
                shape: shape,
                isRequired: true,
                defaultValue: nil,
                documentation: documentation
            )
        }

        /// A key that may be left out.
        static func optional(
            _ name: String,
            _ shape: Shape,
            default value: JSON? = nil,
            _ documentation: String
        ) -> Key {
            Key(
                name: name,
                shape: shape,
                isRequired: false,
                defaultValue: value,
                documentation: documentation
            )
        }
    }

    /// The key with this name.
    func key(named name: String) -> Key? { keys.first { $0.name == name } }

    /// `restart takes: policy, backoff`, without the keys every file may have.
    var summary: String {
        let names = keys.map(\.name).filter { $0 != "$schema" }
        return "\(name) takes: \(names.joined(separator: ", "))"
    }
}
