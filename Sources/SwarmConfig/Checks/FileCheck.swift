import SwarmModel

/// What the checks of one file share: the file, and the list of what is wrong with it.
protocol FileCheck {
    var source: SourceFile { get }
    var diagnostics: [Diagnostic] { get set }
}

extension FileCheck {
    /// Reports something about the value at a path or, when it is missing, about what is around it.
    mutating func report(
        _ code: Diagnostic.Code,
        as severity: Diagnostic.Severity = .error,
        at path: JSONPath,
        _ message: String,
        suggestion: String? = nil,
        expected: String? = nil,
        hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                severity,
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

    /// Reports something about the key of a member.
    mutating func report(
        _ code: Diagnostic.Code,
        as severity: Diagnostic.Severity = .error,
        atKey path: JSONPath,
        _ message: String,
        suggestion: String? = nil,
        expected: String? = nil,
        hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                severity,
                code,
                file: source.displayPath,
                position: source.keyPosition(of: path),
                path: path,
                message: message,
                suggestion: suggestion,
                expected: expected,
                hint: hint
            )
        )
    }

    /// Reports a name that is not among those that exist.
    mutating func reportUnknown(
        _ code: Diagnostic.Code,
        at path: JSONPath,
        _ message: String,
        name: String,
        among names: [String],
        isKey: Bool = false,
        none: String
    ) {
        let suggestion = Suggestion.nearest(to: name, among: names)
        let list = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
        let expected = names.isEmpty ? none : "there are: \(list)"
        if isKey {
            report(code, atKey: path, message, suggestion: suggestion, expected: expected)
        } else {
            report(code, at: path, message, suggestion: suggestion, expected: expected)
        }
    }

    /// Reports a first wait that is longer than the longest one.
    mutating func checkBackoff(_ backoff: JSON?, at path: JSONPath) {
        guard let initial = backoff?.duration("initial"), let maximum = backoff?.duration("max"),
            initial > maximum
        else { return }
        report(
            .outOfRange,
            at: path.appending(key: "initial"),
            "\"initial\" is longer than \"max\", \(maximum.configurationText)",
            expected: "expected initial to be no more than max"
        )
    }
}

extension JSON {
    /// The duration a member holds; nil when it is missing or is none.
    func duration(_ key: String) -> Duration? {
        self[key]?.stringValue.flatMap { Duration(configuration: $0) }
    }

    /// The strings among the elements of a member.
    func strings(_ key: String) -> [String] {
        (self[key]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}

extension JSONPath {
    /// Several steps further, into objects.
    func appending(keys: String...) -> JSONPath {
        JSONPath(components + keys.map { .key($0) })
    }
}
