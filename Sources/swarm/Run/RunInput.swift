import SwarmModel

/// Makes a run's input of what the command line gives, typed by the workflow's input schema.
struct RunInput {
    /// The schema of the whole input; nil when the workflow declares none.
    let schema: JSON?
    /// Where relative paths start.
    let workingDirectory: String

    /// Merges the arguments in their order: `name=value` sets one member, `@FILE` and `@-` several.
    ///
    /// A value becomes what the schema says. Without a word from the schema it is JSON if it reads
    /// as a number, a boolean, null, an array or an object, and text otherwise. Text that the
    /// schema marks `"format": "path"` is made absolute, since workers run in another folder.
    func assemble(_ arguments: [String]) throws(ErrorDocument) -> JSON {
        var input = JSONObject()
        for argument in arguments {
            if argument.hasPrefix("@") {
                let json = try JSONSource.read(argument, called: "the input")
                guard case .object(let members) = json else {
                    throw ErrorDocument(
                        .badInput,
                        "the input in \(argument.dropFirst()) is not an object",
                        hint: "it needs a member for each input of the workflow"
                    )
                }
                for member in members { input[member.key] = member.value }
            } else {
                let (name, value) = try assignment(argument)
                input[name] = value
            }
        }
        return absolute(.object(input), schema)
    }

    private func assignment(_ argument: String) throws(ErrorDocument) -> (String, JSON) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
            throw ErrorDocument(
                .badInput,
                "--input \(argument): expected name=value, @FILE or @-",
                hint: known.map { "the workflow takes \($0)" }
            )
        }
        let name = String(argument[..<equals])
        let text = String(argument[argument.index(after: equals)...])
        let property = schema?["properties"]?[name]
        if schema?["additionalProperties"] == false, property == nil {
            throw ErrorDocument(
                .badInput,
                "--input \(name): the workflow has no such input",
                hint: known.map { "it takes \($0)" }
            )
        }
        return (name, try value(text, property, name: name))
    }

    private var known: String? {
        guard case .object(let properties)? = schema?["properties"], !properties.isEmpty else {
            return nil
        }
        return properties.keys.joined(separator: ", ")
    }

    private func value(
        _ text: String,
        _ property: JSON?,
        name: String
    ) throws(ErrorDocument) -> JSON {
        let types = Self.types(property)
        let json = try? JSON(parsing: Array(text.utf8))
        guard !types.isEmpty else {
            guard let json, json.kind != .string else { return .string(text) }
            return json
        }
        if let json, json.kind != .string, types.contains(where: { Self.matches(json, $0) }) {
            return json
        }
        if types.contains("string") { return .string(text) }
        let expected = types.joined(separator: " or ")
        let article = "aeio".contains(expected.prefix(1)) ? "an" : "a"
        throw ErrorDocument(
            .badInput,
            "--input \(name)=\(text): expected \(article) \(expected)",
            hint: property?["description"]?.stringValue
        )
    }

    private static func types(_ property: JSON?) -> [String] {
        switch property?["type"] {
        case .string(let type): [type]
        case .array(let types): types.compactMap(\.stringValue)
        default: []
        }
    }

    private static func matches(_ json: JSON, _ type: String) -> Bool {
        switch type {
        case "integer": json.integerValue != nil
        case "boolean": json.kind == .bool
        default: json.kind.rawValue == type
        }
    }

    private func absolute(_ json: JSON, _ schema: JSON?) -> JSON {
        switch json {
        case .string(let path) where schema?["format"] == "path":
            return .string(AbsolutePath.resolve(path, in: workingDirectory))
        case .object(let object):
            return JSON(
                members: object.map { member in
                    (member.key, absolute(member.value, schema?["properties"]?[member.key]))
                }
            )
        case .array(let elements):
            return .array(elements.map { absolute($0, schema?["items"]) })
        default:
            return json
        }
    }
}
