public import SwarmModel

/// One way in which a value breaks its schema.
public struct SchemaViolation: Hashable, Sendable, CustomStringConvertible {
    /// Where in the value.
    public var instancePath: JSONPath
    /// Where in the schema: a JSON Pointer through every keyword and reference that led there.
    public var keywordPath: String
    /// One sentence without a subject, to be read after the instance path.
    public var message: String

    /// A broken rule at a place.
    public init(instancePath: JSONPath, keywordPath: String, message: String) {
        self.instancePath = instancePath
        self.keywordPath = keywordPath
        self.message = message
    }

    /// The place and the sentence: `items[2].price must be at least 0, found -5`.
    public var description: String {
        instancePath.components.isEmpty ? "the value \(message)" : "\(instancePath) \(message)"
    }
}
