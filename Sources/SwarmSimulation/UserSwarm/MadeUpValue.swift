import SwarmModel

/// Makes values up that satisfy a JSON Schema.
///
/// Everything a schema names is there, whether required or not, so that whatever refers to it
/// finds it. What it cannot satisfy (`not`, `if`, some patterns) comes out as near as it gets:
/// whoever must be sure holds the value against the schema.
struct MadeUpValue {
    /// The whole schema, which `$ref` points into.
    let root: JSON
    /// How many elements arrays have, as far as their schema allows.
    let elements: Int

    private static let depthLimit = 12

    /// A value for the whole schema; `name` is what texts in it are called, and `number` tells it
    /// apart from others of the same schema.
    func value(named name: String, number: Int) -> JSON {
        value(of: root, named: name, number: number, depth: 0)
    }

    private func value(of written: JSON, named name: String, number: Int, depth: Int) -> JSON {
        let schema = resolved(written)
        if let constant = schema["const"] { return constant }
        if case .array(let choices)? = schema["enum"] {
            let choices = choices.filter { !$0.isNull }
            return choices.isEmpty ? .null : choices[number % choices.count]
        }
        if case .array(let examples)? = schema["examples"], !examples.isEmpty {
            return examples[number % examples.count]
        }
        for key in ["oneOf", "anyOf"] {
            guard case .array(let choices)? = schema[key], schema["properties"] == nil else {
                continue
            }
            let choice = choices.first { type(of: resolved($0)) != "null" }
            return choice.map { value(of: $0, named: name, number: number, depth: depth + 1) }
                ?? .null
        }
        switch type(of: schema) {
        case "object": return object(schema, name, number, depth)
        case "array": return array(schema, name, number, depth)
        case "integer": return .integer(self.number(schema, number))
        case "number": return .integer(self.number(schema, number))
        case "boolean": return .bool(true)
        case "null": return .null
        default: return .string(MadeUpText.text(schema, named: name, number: number))
        }
    }

    /// Follows references and joins what must hold together.
    private func resolved(_ written: JSON) -> JSON {
        var schema = written
        for _ in 0..<MadeUpValue.depthLimit {
            guard let target = schema["$ref"]?.stringValue, target.hasPrefix("#") else { break }
            schema = follow(target.dropFirst())
        }
        guard case .array(let parts)? = schema["allOf"], case .object(var joined) = schema else {
            return schema
        }
        var properties = schema["properties"]?.objectValue ?? [:]
        for part in parts {
            guard case .object(let members) = resolved(part) else { continue }
            for property in members["properties"]?.objectValue ?? [:] {
                _ = properties.appendIfAbsent(property.key, property.value)
            }
            for member in members where member.key != "properties" {
                _ = joined.appendIfAbsent(member.key, member.value)
            }
        }
        if !properties.isEmpty { joined["properties"] = .object(properties) }
        joined["allOf"] = nil
        return .object(joined)
    }

    private func follow(_ pointer: Substring) -> JSON {
        var place = root
        for part in pointer.split(separator: "/") {
            switch place {
            case .array(let elements):
                guard let index = Int(part), elements.indices.contains(index) else { return true }
                place = elements[index]
            default:
                guard let member = place[String(part)] else { return true }
                place = member
            }
        }
        return place
    }

    private func type(of schema: JSON) -> String {
        switch schema["type"] {
        case .string(let type)?: return type
        case .array(let types)?:
            return types.compactMap(\.stringValue).first { $0 != "null" } ?? "null"
        default: break
        }
        if schema["properties"] != nil || schema["required"] != nil { return "object" }
        if schema["items"] != nil || schema["prefixItems"] != nil { return "array" }
        if schema["minimum"] != nil || schema["maximum"] != nil { return "number" }
        return "string"
    }

    private func object(_ schema: JSON, _ name: String, _ number: Int, _ depth: Int) -> JSON {
        var object = JSONObject()
        let required = required(schema)
        for property in schema["properties"]?.objectValue ?? [:] {
            // A schema that contains itself must end somewhere.
            guard depth < MadeUpValue.depthLimit / 2 || required.contains(property.key) else {
                continue
            }
            guard depth < MadeUpValue.depthLimit else { break }
            object[property.key] = value(
                of: property.value,
                named: property.key,
                number: number,
                depth: depth + 1
            )
        }
        for key in required where object[key] == nil {
            object[key] = .string("\(key)-\(number + 1)")
        }
        if object.isEmpty, let other = schema["additionalProperties"], other != false {
            let least = schema["minProperties"]?.integerValue ?? 0
            for position in 0..<Int(min(least, 100)) {
                let key = "\(name)-\(position + 1)"
                object[key] = value(of: other, named: key, number: position, depth: depth + 1)
            }
        }
        return .object(object)
    }

    private func required(_ schema: JSON) -> [String] {
        guard case .array(let names)? = schema["required"] else { return [] }
        return names.compactMap(\.stringValue)
    }

    private func array(_ schema: JSON, _ name: String, _ number: Int, _ depth: Int) -> JSON {
        var values: [JSON] = []
        if case .array(let first)? = schema["prefixItems"] {
            for (position, schema) in first.enumerated() {
                values.append(value(of: schema, named: name, number: position, depth: depth + 1))
            }
        }
        let least = Int(clamping: schema["minItems"]?.integerValue ?? 0)
        let most = Int(clamping: schema["maxItems"]?.integerValue ?? .max)
        // Lists within lists stay short, or they would grow with the power of their depth.
        let wished =
            depth > MadeUpValue.depthLimit / 2 ? 0 : depth < 2 ? elements : min(elements, 2)
        let count = max(min(wished, most), min(least, 10_000))
        let items: JSON = schema["items"] ?? (values.isEmpty ? [:] : false)
        guard items != false else { return .array(values) }
        while values.count < count {
            values.append(
                value(
                    of: items,
                    named: name.hasSuffix("s") ? String(name.dropLast()) : name,
                    number: number * elements + values.count,
                    depth: depth + 1
                )
            )
        }
        return .array(values)
    }

    private func number(_ schema: JSON, _ number: Int) -> Int64 {
        func bound(_ key: String) -> Double? { schema[key]?.doubleValue }
        var low = bound("minimum").map { Int64(clamping: $0.rounded(.up)) }
        if let above = bound("exclusiveMinimum") {
            low = max(low ?? .min, Int64(clamping: above.rounded(.down)) &+ 1)
        }
        var high = bound("maximum").map { Int64(clamping: $0.rounded(.down)) }
        if let below = bound("exclusiveMaximum") {
            high = min(high ?? .max, Int64(clamping: below.rounded(.up)) &- 1)
        }
        let step = max(schema["multipleOf"]?.integerValue ?? 1, 1)
        var base = low ?? (high.map { min($0, 1) } ?? 1)
        let rest = base % step
        if rest != 0 { base += rest > 0 ? step - rest : -rest }
        let wished = base.addingReportingOverflow(step * Int64(number % 1000))
        if wished.overflow { return base }
        guard let high, wished.partialValue > high else { return wished.partialValue }
        return base
    }
}

extension Int64 {
    /// The nearest value there is; 0 for what is no number.
    fileprivate init(clamping value: Double) {
        self = value.isNaN ? 0 : Int64(exactly: value) ?? (value < 0 ? .min / 2 : .max / 2)
    }
}
