public import SwarmModel

/// The input of a workflow: fills in defaults, then holds what was given against the schema.
public struct WorkflowInput: Sendable {
    private let schema: JSON
    private let validator: JSONSchema

    /// Readies a workflow's input schema; nil accepts any object.
    ///
    /// - Throws: `SchemaError` for the first mistake in the schema.
    public init(schema: JSON?) throws(SchemaError) {
        self.schema = schema ?? ["type": "object"]
        validator = try JSONSchema(compiling: self.schema, assertsFormats: true)
    }

    /// Completes an input with the defaults of the schema and checks it.
    ///
    /// - Returns: the completed input, or everything that is wrong with it.
    public func prepare(_ input: JSON) -> Result<JSON, InvalidInput> {
        let completed = complete(input, schema, depth: 0)
        let violations = validator.validate(completed)
        return violations.isEmpty
            ? .success(completed) : .failure(InvalidInput(violations: violations, given: input))
    }

    /// Fills in what is missing, from the outside in, so that a default object gets its own
    /// defaults.
    private func complete(_ value: JSON, _ written: JSON, depth: Int) -> JSON {
        let lookup = SchemaLookup(root: schema)
        let schema = lookup.dereferenced(written)
        guard depth < 32 else { return value }
        switch value {
        case .object(var object):
            for property in schema["properties"]?.objectValue ?? [:] {
                let inner = lookup.dereferenced(property.value)
                if object[property.key] == nil {
                    object[property.key] = property.value["default"] ?? inner["default"]
                }
                if let member = object[property.key] {
                    object[property.key] = complete(member, inner, depth: depth + 1)
                }
            }
            return .object(object)
        case .array(let elements):
            guard let items = schema["items"], schema["prefixItems"] == nil else { return value }
            return .array(elements.map { complete($0, items, depth: depth + 1) })
        case .null, .bool, .integer, .number, .string: return value
        }
    }
}

/// Why an input was refused.
public struct InvalidInput: Error, Hashable, Sendable, CustomStringConvertible {
    /// Every broken rule.
    public var violations: [SchemaViolation]
    /// The input as it was given.
    public var given: JSON

    /// A refused input.
    public init(violations: [SchemaViolation], given: JSON) {
        self.violations = violations
        self.given = given
    }

    /// One line for each broken rule.
    public var description: String {
        violations.map(\.description).joined(separator: "\n")
    }
}
