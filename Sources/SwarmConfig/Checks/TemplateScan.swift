import SwarmModel

/// The references in a JSON value, each with the place it was written.
struct TemplateScan {
    /// One reference.
    struct Found {
        var reference: Reference
        /// The string it stands in.
        var path: JSONPath
        /// Whether the string is this reference and nothing else.
        var isWhole: Bool
    }

    /// The references, in the order written.
    private(set) var found: [Found] = []
    /// The strings whose references do not parse.
    private(set) var problems: [(path: JSONPath, error: TemplateError)] = []

    /// Scans a value that stands at a path of the file.
    init(_ value: JSON, at path: JSONPath) { scan(value, path) }

    private mutating func scan(_ value: JSON, _ path: JSONPath) {
        switch value {
        case .string:
            do throws(TemplateError) {
                let template = try Template(value)
                let isWhole = if case .reference = template { true } else { false }
                for reference in template.references {
                    found.append(Found(reference: reference, path: path, isWhole: isWhole))
                }
            } catch {
                problems.append((path, error))
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                scan(element, path.appending(index: index))
            }
        case .object(let object):
            for member in object { scan(member.value, path.appending(key: member.key)) }
        case .null, .bool, .integer, .number: break
        }
    }
}
