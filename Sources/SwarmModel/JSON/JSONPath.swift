/// The way from the root of a JSON text to a value in it.
///
/// Written `agents.ledger.restart` and `steps[2].input`; a key that would be mistaken for
/// something else is quoted, as in `env["a.b"]`. The root is the empty text.
public struct JSONPath: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// One step down.
    public enum Component: Hashable, Sendable, ExpressibleByStringLiteral,
        ExpressibleByIntegerLiteral
    {
        /// Into an object.
        case key(String)
        /// Into an array, from 0.
        case index(Int)

        /// Writes a key as a string.
        public init(stringLiteral value: String) { self = .key(value) }
        /// Writes a position as an integer.
        public init(integerLiteral value: Int) { self = .index(value) }
    }

    /// The steps from the root.
    public var components: [Component]

    /// The path of these steps.
    public init(_ components: [Component] = []) { self.components = components }

    /// Writes a path as its steps: `["steps", 2]`.
    public init(arrayLiteral elements: Component...) { components = elements }

    /// The whole text.
    public static let root = JSONPath()

    /// The value this one is directly in; nil for the root.
    public var parent: JSONPath? {
        components.isEmpty ? nil : JSONPath(Array(components.dropLast()))
    }

    /// One step further, into an object.
    public func appending(key: String) -> JSONPath { JSONPath(components + [.key(key)]) }

    /// One step further, into an array.
    public func appending(index: Int) -> JSONPath { JSONPath(components + [.index(index)]) }

    /// The path as a diagnostic writes it.
    public var description: String {
        var text = ""
        for component in components {
            switch component {
            case .index(let index): text += "[\(index)]"
            case .key(let key) where Self.isPlain(key): text += text.isEmpty ? key : ".\(key)"
            case .key(let key): text += "[\(JSON.string(key))]"
            }
        }
        return text
    }

    /// The same path as an RFC 6901 JSON Pointer: `/agents/ledger/restart`.
    public var pointer: String {
        var text = ""
        for component in components {
            text += "/"
            switch component {
            case .index(let index): text += "\(index)"
            case .key(let key):
                for character in key.unicodeScalars {
                    switch character {
                    case "~": text += "~0"
                    case "/": text += "~1"
                    default: text.unicodeScalars.append(character)
                    }
                }
            }
        }
        return text
    }

    private static func isPlain(_ key: String) -> Bool {
        !key.isEmpty
            && key.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case ".", "[", "]", "\"", "\\": false
                default: scalar.value > 0x20 && scalar.value != 0x7f
                }
            }
    }
}
