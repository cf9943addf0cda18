import SwarmModel

/// Replaces `${VAR}` and `${VAR:-default}` in the strings of a topology; `$${` writes `${`.
///
/// A variable that is unset or empty has no value: the default counts, and without one it is an
/// error, because a path or an address with a hole in it does harm far from here.
struct Interpolation {
    let source: SourceFile
    let environment: [String: String]
    private(set) var diagnostics: [Diagnostic] = []

    init(_ source: SourceFile, environment: [String: String]) {
        self.source = source
        self.environment = environment
    }

    /// The document's value with every variable replaced.
    mutating func value() -> JSON { replace(source.document.value, at: .root) }

    private mutating func replace(_ value: JSON, at path: JSONPath) -> JSON {
        switch value {
        case .string(let text): return .string(replace(text, at: path))
        case .array(let elements):
            var replaced: [JSON] = []
            for (index, element) in elements.enumerated() {
                replaced.append(replace(element, at: path.appending(index: index)))
            }
            return .array(replaced)
        case .object(let object):
            var replaced = JSONObject()
            for member in object {
                replaced[member.key] =
                    member.key.hasPrefix("x_")
                    ? member.value : replace(member.value, at: path.appending(key: member.key))
            }
            return .object(replaced)
        case .null, .bool, .integer, .number: return value
        }
    }

    private mutating func replace(_ text: String, at path: JSONPath) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let close = rest.firstIndex(of: "}") else {
                    report(
                        .invalidValue,
                        path,
                        "\"${\" has no closing \"}\"",
                        hint: "write $${ for the characters themselves"
                    )
                    return result
                }
                result += variable(rest[rest.index(rest.startIndex, offsetBy: 2)..<close], at: path)
                rest = rest[rest.index(after: close)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    /// The value of what stands between the braces.
    private mutating func variable(_ inner: Substring, at path: JSONPath) -> String {
        var name = String(inner)
        var fallback: String?
        if let colon = inner.firstIndex(of: ":") {
            name = String(inner[..<colon])
            let rest = inner[inner.index(after: colon)...]
            guard rest.hasPrefix("-") else {
                report(
                    .invalidValue,
                    path,
                    "\"${\(inner)}\" is not a variable",
                    expected: "expected ${NAME} or ${NAME:-default}"
                )
                return ""
            }
            fallback = String(rest.dropFirst())
        }
        guard TextRule.variable.accepts(name) else {
            report(
                .invalidValue,
                path,
                "\"${\(inner)}\" is not a variable",
                expected: "expected ${NAME} or ${NAME:-default}"
            )
            return ""
        }
        if let value = environment[name], !value.isEmpty { return value }
        if let fallback { return fallback }
        report(
            .undefinedVariable,
            path,
            "the variable \(name) has no value",
            suggestion: Suggestion.nearest(to: name, among: environment.keys.sorted()),
            hint: "set it, or write ${\(name):-default}"
        )
        return ""
    }

    private mutating func report(
        _ code: Diagnostic.Code,
        _ path: JSONPath,
        _ message: String,
        suggestion: String? = nil,
        expected: String? = nil,
        hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                .error,
                code,
                file: source.displayPath,
                position: source.position(of: path),
                path: path,
                message: message,
                suggestion: suggestion,
                expected: expected,
                hint: hint
            )
        )
    }
}
