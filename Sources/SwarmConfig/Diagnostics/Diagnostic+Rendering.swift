public import SwarmModel

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column`, as editors and terminals make it a link.
    public var location: String {
        guard let position else { return file }
        return "\(file):\(position.line):\(position.column)"
    }

    /// One line for what and where, and a second one, indented, for what to do.
    ///
    /// ```
    /// error: unknown key "retires" in topology.json:31:9  (agents.ledger.restart)
    ///   did you mean "retries"? restart takes: policy, backoff
    /// ```
    public var description: String {
        var text = "\(severity.rawValue): \(message)"
        if position != nil { text += " in \(location)" }
        if path != .root { text += "  (\(path))" }
        if let advice { text += "\n  \(advice)" }
        return text
    }

    /// The suggestion, the expectation and the hint as one line; nil when there is none of them.
    public var advice: String? {
        var parts: [String] = []
        if let suggestion { parts.append("did you mean \"\(suggestion)\"?") }
        if let expected { parts.append(expected) }
        var line = parts.joined(separator: " ")
        if let hint {
            line += line.isEmpty ? hint : (suggestion == nil || expected != nil ? "; " : " ") + hint
        }
        return line.isEmpty ? nil : line
    }

    /// The diagnostic as an element of `swarm config check --json`.
    public var json: JSON {
        var object: JSONObject = [
            "severity": .string(severity.rawValue), "code": .string(code.rawValue),
            "file": .string(file),
        ]
        if let position {
            object["line"] = JSON(position.line)
            object["column"] = JSON(position.column)
        }
        object["path"] = .string(path.description)
        object["message"] = .string(message)
        if let suggestion { object["suggestion"] = .string(suggestion) }
        if let expected { object["expected"] = .string(expected) }
        if let hint { object["hint"] = .string(hint) }
        return .object(object)
    }
}
