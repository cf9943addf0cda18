import SwarmModel

/// Follows a path through a JSON Schema, as far as the schema says what is there.
struct SchemaLookup {
    /// What a schema says about a place.
    enum Answer {
        /// The place exists, or may, and this schema describes it.
        case found(JSON)
        /// The schema does not say.
        case unknown
        /// The schema lists other members; `isClosed` when it allows no more than those.
        case missing(key: String, among: [String], isClosed: Bool)
        /// A member of what is no object, or an element of what is no array.
        case notInside(types: [String], component: Reference.Component)
    }

    /// The schema that `$ref` starts from.
    let root: JSON

    /// What `schema` says about the place at the end of a path.
    func resolve(_ path: some Collection<Reference.Component>, in schema: JSON) -> Answer {
        let schema = dereferenced(schema)
        guard let component = path.first else { return .found(schema) }
        let rest = path.dropFirst()
        switch component {
        case .key(let key):
            if let types = types(of: schema), !types.contains("object") {
                return .notInside(types: types, component: component)
            }
            return member(key, of: schema).map { resolve(rest, in: $0) }
                ?? absence(of: key, in: schema)
        case .index(let index):
            if let types = types(of: schema), !types.contains("array") {
                return .notInside(types: types, component: component)
            }
            if let element = schema["prefixItems"]?[index] { return resolve(rest, in: element) }
            return schema["items"].map { resolve(rest, in: $0) } ?? .unknown
        case .every:
            if let types = types(of: schema), !types.contains("array") {
                return .notInside(types: types, component: component)
            }
            guard let items = schema["items"], schema["prefixItems"] == nil else { return .unknown }
            guard case .found(let element) = resolve(rest, in: items) else {
                return resolve(rest, in: items)
            }
            return .found(["type": "array", "items": element])
        }
    }

    /// The first member on the way along a path that an object may do without; nil when all are
    /// required, or the schema does not say.
    func optionalMember(
        on path: some Collection<Reference.Component>,
        in schema: JSON
    ) -> String? {
        let schema = dereferenced(schema)
        guard let component = path.first else { return nil }
        let rest = path.dropFirst()
        switch component {
        case .key(let key):
            guard let property = member(key, of: schema) else { return nil }
            if !schema.strings("required").contains(key) { return key }
            return optionalMember(on: rest, in: property)
        case .index(let index):
            let element = schema["prefixItems"]?[index] ?? schema["items"]
            return element.flatMap { optionalMember(on: rest, in: $0) }
        case .every:
            return schema["items"].flatMap { optionalMember(on: rest, in: $0) }
        }
    }

    /// The JSON types a schema allows; nil when it does not say.
    func types(of schema: JSON) -> [String]? {
        let schema = dereferenced(schema)
        switch schema["type"] {
        case .string(let type)?: return [type]
        case .array(let types)?: return types.compactMap(\.stringValue)
        default: break
        }
        let values = schema["const"].map { [$0] } ?? schema["enum"]?.arrayValue
        return values.map { values in values.map(SchemaLookup.type) }
    }

    /// The name JSON Schema has for the type of a value.
    static func type(of value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number(let number): number.isInteger ? "integer" : "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// Whether a value of one of the first types can be a value of one of the second.
    static func overlap(_ left: [String], _ right: [String]) -> Bool {
        left.contains { type in
            right.contains(type) || (type == "integer" && right.contains("number"))
                || (type == "number" && right.contains("integer"))
        }
    }

    /// The schema that describes a member, when one does.
    func member(_ key: String, of schema: JSON) -> JSON? {
        if let property = schema["properties"]?[key] { return property }
        if schema["patternProperties"] != nil { return nil }
        guard let additional = schema["additionalProperties"], additional.kind == .object else {
            return nil
        }
        return additional
    }

    private func absence(of key: String, in schema: JSON) -> Answer {
        let vague = [
            "patternProperties", "allOf", "anyOf", "oneOf", "if", "dependentSchemas", "$ref",
            "$dynamicRef",
        ]
        guard let properties = schema["properties"]?.objectValue,
            !vague.contains(where: { schema[$0] != nil })
        else { return .unknown }
        switch schema["additionalProperties"] ?? schema["unevaluatedProperties"] {
        case .bool(true)?: return .unknown
        case .bool(false)?: return .missing(key: key, among: properties.keys, isClosed: true)
        default: return .missing(key: key, among: properties.keys, isClosed: false)
        }
    }

    /// The schema a local `$ref` points to; the schema itself when there is none.
    func dereferenced(_ schema: JSON) -> JSON {
        var schema = schema
        var steps = 0
        while let reference = schema["$ref"]?.stringValue, reference.hasPrefix("#"), steps < 32 {
            guard let target = target(of: reference) else { return schema }
            schema = target
            steps += 1
        }
        return schema
    }

    private func target(of reference: String) -> JSON? {
        var value = root
        for part in reference.dropFirst().split(separator: "/") {
            let key = SchemaLookup.unescaped(part)
            guard let next = Int(key).flatMap({ value[$0] }) ?? value[key] else { return nil }
            value = next
        }
        return value
    }

    /// A step of a JSON Pointer without `~0` and `~1`.
    static func unescaped(_ part: Substring) -> String {
        var text = ""
        var isEscape = false
        for character in part {
            if isEscape {
                text.append(character == "1" ? "/" : "~")
                isEscape = false
            } else if character == "~" {
                isEscape = true
            } else {
                text.append(character)
            }
        }
        return text
    }
}
