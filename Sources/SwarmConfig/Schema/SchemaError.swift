/// Why a schema cannot be used.
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of the mistake.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A keyword has a value it cannot have.
        case invalidKeyword = "invalid_keyword"
        /// A pattern is not an ECMAScript regular expression, or uses a rare part of them.
        case invalidPattern = "invalid_pattern"
        /// A reference leads nowhere.
        case unresolvedReference = "unresolved_reference"
        /// Schemas refer to each other in a circle without ever stepping into the value.
        case endlessReference = "endless_reference"
        /// The schema is written for another version of JSON Schema.
        case unsupportedDialect = "unsupported_dialect"
    }

    /// The class of the mistake.
    public var code: Code
    /// One sentence: what is wrong.
    public var message: String
    /// The address of the document, empty for the schema itself, and a JSON Pointer into it.
    public var location: String
    /// What to do about it.
    public var hint: String

    /// A mistake at a place.
    public init(_ code: Code, _ message: String, at location: String, hint: String) {
        self.code = code
        self.message = message
        self.location = location
        self.hint = hint
    }

    /// Place, cause and remedy in one line.
    public var description: String { "\(location): \(message). \(hint)." }
}
