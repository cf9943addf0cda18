public import SwarmModel

/// The JSON Schemas of the three kinds of files, for editors and for `swarm config schema`.
///
/// They are written from the same table the loader checks with; the files in `schemas/` are these,
/// and a test keeps them so.
public enum ConfigurationSchema: String, Hashable, Sendable, CaseIterable {
    case topology, agent, workflow

    /// The name of the file in `schemas/`.
    public var fileName: String { "\(rawValue)-v1.json" }

    /// The identifier of the schema, which `$schema` of a configuration file may name.
    public var identifier: String { "https://swarm.example/schemas/\(fileName)" }

    /// The schema, JSON Schema 2020-12.
    public var json: JSON {
        var writer = SchemaWriter(interpolates: self == .topology)
        var object: JSONObject = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": .string(identifier), "title": .string(title),
        ]
        for member in writer.schema(of: shape) { object[member.key] = member.value }
        object["$defs"] = .object(writer.definitions)
        return .object(object)
    }

    /// The schema as a file: indented, with a line feed at its end.
    public var text: String { json.pretty() + "\n" }

    /// The table of keys of the file.
    var shape: ObjectShape {
        switch self {
        case .topology: .topology
        case .agent: .manifest
        case .workflow: .workflow
        }
    }

    private var title: String {
        switch self {
        case .topology: "Swarm topology"
        case .agent: "Swarm agent manifest"
        case .workflow: "Swarm workflow"
        }
    }
}

/// Writes shapes as JSON Schema; each object shape becomes a definition of its own.
private struct SchemaWriter {
    /// Whether texts may hold `${VAR}` in place of what they must look like.
    let interpolates: Bool
    private(set) var definitions = JSONObject()

    init(interpolates: Bool) { self.interpolates = interpolates }

    /// An object shape as a schema.
    mutating func schema(of shape: ObjectShape) -> JSONObject {
        var schema: JSONObject = [
            "type": "object", "description": .string(shape.documentation),
        ]
        guard !shape.isOpen else { return schema }
        var properties = JSONObject()
        for key in shape.keys {
            var property = self.schema(of: key.shape)
            property["description"] = .string(key.documentation)
            if let value = key.defaultValue { property["default"] = value }
            properties[key.name] = .object(property)
        }
        schema["properties"] = .object(properties)
        schema["patternProperties"] = ["^x_": true]
        schema["additionalProperties"] = false
        let required = shape.keys.filter(\.isRequired).map { JSON.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        if !shape.oneOf.isEmpty {
            schema["oneOf"] = .array(shape.oneOf.map { ["required": [.string($0)]] })
        }
        return schema
    }

    private mutating func schema(of shape: Shape) -> JSONObject {
        switch shape {
        case .anything: return [:]
        case .boolean: return ["type": "boolean"]
        case .integer(let range): return bounds("integer", range, unbounded: .max)
        case .number(let range):
            var schema: JSONObject = ["type": "number", "minimum": number(range.lowerBound)]
            if range.upperBound < .greatestFiniteMagnitude {
                schema["maximum"] = number(range.upperBound)
            }
            return schema
        case .text(let rule): return text(rule)
        case .duration(let minimum, _):
            return duration(atLeast: minimum)
        case .size: return pattern(ByteCount.pattern)
        case .word(let words): return self.words(words)
        case .constant(let value): return ["const": value]
        case .list(let element, let minimum, let unique):
            var schema: JSONObject = ["type": "array"]
            let items = self.schema(of: element)
            if !items.isEmpty { schema["items"] = .object(items) }
            if minimum > 0 { schema["minItems"] = JSON(minimum) }
            if unique { schema["uniqueItems"] = true }
            return schema
        case .map(let rule, let entry, let minimum):
            var schema: JSONObject = [
                "type": "object", "propertyNames": .object(names(rule)),
                "additionalProperties": .object(self.schema(of: entry)),
            ]
            if minimum > 0 { schema["minProperties"] = JSON(minimum) }
            return schema
        case .object(let object): return reference(to: object)
        case .schema: return ["$ref": "https://json-schema.org/draft/2020-12/schema"]
        case .either(let shapes):
            var alternatives: [JSON] = []
            for shape in shapes { alternatives.append(.object(self.schema(of: shape))) }
            return ["anyOf": .array(alternatives)]
        }
    }

    /// A definition of its own, so that editors show the object's documentation.
    private mutating func reference(to object: ObjectShape) -> JSONObject {
        let name = object.definitionName
        if definitions[name] == nil {
            definitions[name] = .object([:])
            definitions[name] = .object(schema(of: object))
        }
        return ["$ref": .string("#/$defs/\(name)")]
    }

    // MARK: - Texts

    private func text(_ rule: TextRule) -> JSONObject {
        guard let expression = rule.pattern else { return ["type": "string"] }
        var schema = pattern(expression)
        schema["not"] = reserved(rule)
        return schema
    }

    private func names(_ rule: TextRule) -> JSONObject {
        var schema: JSONObject = [:]
        if let expression = rule.pattern { schema["pattern"] = .string(expression) }
        schema["not"] = reserved(rule)
        return schema
    }

    /// What `not` excludes; nil for a rule without exceptions.
    private func reserved(_ rule: TextRule) -> JSON? {
        rule.reserved.isEmpty ? nil : ["enum": .array(rule.reserved.map { .string($0) })]
    }

    private func words(_ words: [String]) -> JSONObject {
        let list: JSON = ["enum": .array(words.map { .string($0) })]
        guard interpolates else { return list.objectValue ?? [:] }
        return ["anyOf": [list, ["type": "string", "pattern": .string(SchemaWriter.variable)]]]
    }

    private func duration(atLeast minimum: Duration) -> JSONObject {
        var schema = pattern(Duration.configurationPattern)
        schema["minLength"] = 2
        guard minimum > .zero else { return schema }
        // No expression can compare lengths of time; it can rule out nothing but zeros.
        schema["not"] = ["pattern": "^(0+(d|h|m|s|ms|us))+$"]
        return schema
    }

    private func pattern(_ expression: String) -> JSONObject {
        let whole = interpolates ? "\(expression)|\(SchemaWriter.variable)" : expression
        return ["type": "string", "pattern": .string(whole)]
    }

    private static let variable = "\\$\\{"

    // MARK: - Numbers

    private func bounds(
        _ type: String,
        _ range: ClosedRange<Int>,
        unbounded: Int
    ) -> JSONObject {
        var schema: JSONObject = ["type": .string(type), "minimum": JSON(range.lowerBound)]
        if range.upperBound < unbounded { schema["maximum"] = JSON(range.upperBound) }
        return schema
    }

    private func number(_ value: Double) -> JSON {
        Int64(exactly: value).map { .integer($0) } ?? JSON(value) ?? .null
    }
}

extension ObjectShape {
    /// The name of the object's definition: its name without the article, in one word.
    fileprivate var definitionName: String {
        var words = name.split(separator: " ")
        if words.first == "a" || words.first == "an" { words.removeFirst() }
        return words.joined(separator: "_")
    }
}
