import SwarmModel

/// Asks the JSON Schema validator on behalf of the checks.
enum SchemaCheck {
    /// Something wrong, at a path below the value that was looked at.
    struct Problem: Hashable {
        var path: JSONPath
        var message: String
    }

    /// What keeps a schema from being one; the validator reports the first mistake.
    static func problems(of schema: JSON) -> [Problem] {
        do throws(SchemaError) {
            _ = try JSONSchema(compiling: schema)
            return []
        } catch {
            let pointer = error.location.firstIndex(of: "#")
                .map { error.location[error.location.index(after: $0)...] }
            return [
                Problem(
                    path: path(of: pointer ?? error.location[...], in: schema),
                    message: "\(error.message); \(error.hint.prefix(1).lowercased())"
                        + error.hint.dropFirst()
                )
            ]
        }
    }

    /// How a value breaks a part of a schema; `root` is what the part's references start from.
    ///
    /// A part that cannot be used on its own says nothing: its mistakes are reported elsewhere.
    static func violations(of value: JSON, against schema: JSON, in root: JSON) -> [Problem] {
        var whole: JSONObject = ["allOf": [schema]]
        for key in ["$defs", "definitions"] { whole[key] = root[key] }
        let compiled = try? JSONSchema(compiling: schema == root ? root : .object(whole))
        return (compiled?.validate(value) ?? []).map { violation in
            Problem(path: violation.instancePath, message: violation.message)
        }
    }

    /// A JSON Pointer as a path; a step that leads nowhere ends it.
    private static func path(of pointer: Substring, in schema: JSON) -> JSONPath {
        var value = schema
        var path = JSONPath.root
        for step in pointer.split(separator: "/") {
            let key = SchemaLookup.unescaped(step)
            if let index = Int(key), let element = value[index] {
                path = path.appending(index: index)
                value = element
            } else if let member = value[key] {
                path = path.appending(key: key)
                value = member
            } else {
                break
            }
        }
        return path
    }
}
