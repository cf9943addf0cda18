import SwarmModel

/// Reads the keywords of one schema object, refusing values they cannot have.
struct KeywordReader {
    let schema: JSONObject
    let location: SchemaLocation
    /// The location as a person is told it.
    let text: String

    private func invalid(_ keyword: String, _ expected: String, _ hint: String? = nil)
        -> SchemaError
    {
        let found = schema[keyword]?.kind.withArticle ?? "nothing"
        return SchemaError(
            .invalidKeyword,
            "\(keyword) must be \(expected), found \(found)",
            at: text,
            hint: hint ?? "Correct the value, or leave the keyword out"
        )
    }

    // MARK: Places of schemas

    /// Where the schema of a keyword stands.
    func place(_ keyword: String) -> SchemaLocation? {
        schema[keyword] == nil ? nil : location.appending(keyword)
    }

    /// Where the schemas of a keyword stand that takes a list of them.
    func places(_ keyword: String) throws(SchemaError) -> [SchemaLocation]? {
        guard let value = schema[keyword] else { return nil }
        guard let elements = value.arrayValue, !elements.isEmpty else {
            throw invalid(keyword, "an array of one or more schemas")
        }
        let place = location.appending(keyword)
        return elements.indices.map { place.appending($0) }
    }

    /// Where the schemas of a keyword stand that maps names to them.
    func namedPlaces(_ keyword: String) throws(SchemaError) -> [(String, SchemaLocation)]? {
        guard let value = schema[keyword] else { return nil }
        guard let object = value.objectValue else {
            throw invalid(keyword, "an object of schemas")
        }
        let place = location.appending(keyword)
        return object.members.map { ($0.key, place.appending($0.key)) }
    }

    // MARK: Plain values

    func string(_ keyword: String) throws(SchemaError) -> String? {
        guard let value = schema[keyword] else { return nil }
        guard let string = value.stringValue else { throw invalid(keyword, "a string") }
        return string
    }

    /// An integer from 0.
    func count(_ keyword: String) throws(SchemaError) -> Int? {
        guard let value = schema[keyword] else { return nil }
        guard let integer = value.integerValue, let count = Int(exactly: integer), count >= 0 else {
            throw invalid(keyword, "an integer from 0")
        }
        return count
    }

    func pattern(_ source: String) throws(SchemaError) -> Pattern {
        do {
            return try Pattern(source)
        } catch {
            throw SchemaError(
                .invalidPattern,
                "the pattern '\(source)' fails at character \(error.offset + 1): \(error.message)",
                at: text,
                hint: "Write an ECMAScript regular expression"
            )
        }
    }

    private func strings(_ keyword: String, _ value: JSON?) throws(SchemaError) -> [String]? {
        guard let value else { return nil }
        guard let elements = value.arrayValue else { throw invalid(keyword, "an array of strings") }
        var strings: [String] = []
        for element in elements {
            guard let string = element.stringValue else {
                throw invalid(keyword, "an array of strings")
            }
            strings.append(string)
        }
        return strings
    }

    // MARK: Assertions

    /// The rules that need no other schema, the cheapest first.
    func assertions() throws(SchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        if let types = try types() { rules.append(.type(types)) }
        if let value = schema["const"] { rules.append(.constant(value)) }
        if let value = schema["enum"] {
            guard let values = value.arrayValue else { throw invalid("enum", "an array") }
            rules.append(.enumeration(values))
        }
        rules += try numberRules()
        if let count = try count("minLength") { rules.append(.minLength(count)) }
        if let count = try count("maxLength") { rules.append(.maxLength(count)) }
        if let source = try string("pattern") { rules.append(.pattern(try pattern(source))) }
        if let count = try count("minItems") { rules.append(.minItems(count)) }
        if let count = try count("maxItems") { rules.append(.maxItems(count)) }
        if let unique = schema["uniqueItems"] {
            guard let unique = unique.boolValue else {
                throw invalid("uniqueItems", "true or false")
            }
            if unique { rules.append(.uniqueItems) }
        }
        if let count = try count("minProperties") { rules.append(.minProperties(count)) }
        if let count = try count("maxProperties") { rules.append(.maxProperties(count)) }
        if let names = try strings("required", schema["required"]), !names.isEmpty {
            rules.append(.required(names))
        }
        if let value = schema["dependentRequired"] {
            guard let object = value.objectValue else {
                throw invalid("dependentRequired", "an object of arrays of strings")
            }
            var dependencies: [(String, [String])] = []
            for member in object {
                dependencies.append(
                    (member.key, try strings("dependentRequired", member.value) ?? [])
                )
            }
            rules.append(.dependentRequired(dependencies))
        }
        return rules
    }

    private func types() throws(SchemaError) -> SchemaTypes? {
        guard let value = schema["type"] else { return nil }
        let names = value.stringValue.map { [$0] } ?? (try? strings("type", value)) ?? []
        var types: SchemaTypes = []
        for name in names {
            guard let type = SchemaTypes(name: name) else {
                throw SchemaError(
                    .invalidKeyword,
                    "there is no type '\(name)'",
                    at: text,
                    hint: "Use one of \(SchemaTypes.names.map(\.0).joined(separator: ", "))"
                )
            }
            types.insert(type)
        }
        guard !types.isEmpty else { throw invalid("type", "the name of a type, or several") }
        return types
    }

    private func numberRules() throws(SchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        let sides: [NumberBound.Side] = [
            .minimum, .exclusiveMinimum, .maximum, .exclusiveMaximum,
        ]
        for side in sides {
            guard let value = schema[side.rawValue] else { continue }
            guard let decimal = DecimalValue(value) else {
                throw invalid(side.rawValue, "a number")
            }
            rules.append(
                .bound(
                    NumberBound(
                        side: side,
                        value: decimal,
                        integer: decimal.integer,
                        text: value.description
                    )
                )
            )
        }
        if let value = schema["multipleOf"] {
            guard let decimal = DecimalValue(value), decimal > DecimalValue(0) else {
                throw invalid("multipleOf", "a number above 0")
            }
            guard decimal.tail.isEmpty else {
                throw invalid("multipleOf", "a number of at most 19 digits")
            }
            rules.append(.multiple(of: decimal, text: value.description))
        }
        return rules
    }
}
