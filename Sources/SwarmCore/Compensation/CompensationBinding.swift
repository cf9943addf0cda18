import SwarmModel

/// Puts parts of a call in the places that the arguments of its compensation leave for them.
///
/// A string that is `$args` or `$result`, or begins so and goes on with `.name` and `[0]`, stands
/// for that part; everything else stands for itself.
struct CompensationBinding {
    let arguments: JSON?
    let result: JSON?

    func bound(_ template: JSON) throws(Unresolved) -> JSON {
        switch template {
        case .string(let text): return try value(of: text) ?? template
        case .array(let elements):
            var bound: [JSON] = []
            for element in elements { bound.append(try self.bound(element)) }
            return .array(bound)
        case .object(let members):
            var bound = JSONObject()
            for member in members {
                _ = bound.appendIfAbsent(member.key, try self.bound(member.value))
            }
            return .object(bound)
        default: return template
        }
    }

    /// Whether a template needs what the call returned.
    static func needsResult(_ template: JSON) -> Bool { mentions("$result", in: template) }

    /// Whether a template needs what the call was given.
    static func needsArguments(_ template: JSON) -> Bool { mentions("$args", in: template) }

    private static func mentions(_ root: String, in template: JSON) -> Bool {
        switch template {
        case .string(let text): return split(text)?.root == root
        case .array(let elements): return elements.contains { mentions(root, in: $0) }
        case .object(let members): return members.contains { mentions(root, in: $0.value) }
        default: return false
        }
    }

    private static func split(_ text: String) -> (root: String, path: Substring)? {
        for root in ["$args", "$result"] where text.hasPrefix(root) {
            let path = text.dropFirst(root.count)
            if path.isEmpty || path.first == "." || path.first == "[" { return (root, path) }
        }
        return nil
    }

    private func value(of text: String) throws(Unresolved) -> JSON? {
        guard let (root, path) = CompensationBinding.split(text) else { return nil }
        guard var value = root == "$args" ? arguments : result else {
            throw Unresolved(
                "\(text): nobody knows what the call \(root == "$args" ? "got" : "returned")"
            )
        }
        for step in CompensationBinding.steps(of: path) {
            switch value {
            case .object(let members):
                guard let member = members[step] else {
                    throw Unresolved("\(text): there is no key \"\(step)\"")
                }
                value = member
            case .array(let elements):
                guard let index = Int(step), elements.indices.contains(index) else {
                    throw Unresolved("\(text): there is no element \(step)")
                }
                value = elements[index]
            default: throw Unresolved("\(text): nothing is inside \(value.kind.rawValue)")
            }
        }
        return value
    }

    /// `.entry.lines[0]` as its steps.
    private static func steps(of path: Substring) -> [String] {
        path.split { $0 == "." || $0 == "[" || $0 == "]" }.map(String.init)
    }
}
