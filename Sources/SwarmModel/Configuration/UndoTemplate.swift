/// The arguments of a call that undoes another, with parts of that other call in them.
///
/// A text that is `$args` or `$result`, or continues one of them with `.key`, `['any key']` or
/// `[0]`, stands for that part of the undone call's arguments or result, and keeps its type. Any
/// other text is itself; `$$args` writes `$args`, and `$$result` `$result`.
public struct UndoTemplate: Hashable, Sendable {
    /// A part of the undone call.
    public struct Part: Hashable, Sendable, CustomStringConvertible {
        /// Whether it is a part of the result; otherwise of the arguments.
        public var isResult: Bool
        /// The way there.
        public var path: [Reference.Component]
        /// Where in the template it stands.
        public var place: JSONPath

        /// The part as it is written.
        public var description: String {
            "$\(Reference(root: .subtask(isResult ? "result" : "args"), path: path))"
        }
    }

    /// The template as written.
    public let json: JSON

    /// Takes the arguments as a contract writes them.
    public init(_ json: JSON) { self.json = json }

    /// The parts of the undone call that the template refers to, in the order written.
    ///
    /// - Throws: ``TemplateError`` for the first text that begins like a part and is none.
    public func parts() throws(TemplateError) -> [Part] {
        var parts: [Part] = []
        try collect(json, at: .root, into: &parts)
        return parts
    }

    /// The arguments for the undoing of one call.
    ///
    /// - Parameters:
    ///   - arguments: what the undone call was given.
    ///   - result: what it returned; null when nobody knows.
    /// - Returns: the template with every part in its place.
    /// - Throws: ``TemplateError`` for a part that is not there.
    public func bound(arguments: JSON, result: JSON) throws(TemplateError) -> JSON {
        try bind(json, arguments, result)
    }

    private func collect(
        _ value: JSON,
        at place: JSONPath,
        into parts: inout [Part]
    ) throws(TemplateError) {
        switch value {
        case .string(let text):
            guard var part = try UndoTemplate.part(text) else { return }
            part.place = place
            parts.append(part)
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                try collect(element, at: place.appending(index: index), into: &parts)
            }
        case .object(let object):
            for member in object {
                try collect(member.value, at: place.appending(key: member.key), into: &parts)
            }
        case .null, .bool, .integer, .number: break
        }
    }

    private func bind(
        _ value: JSON,
        _ arguments: JSON,
        _ result: JSON
    ) throws(TemplateError) -> JSON {
        switch value {
        case .string(let text):
            guard let part = try UndoTemplate.part(text) else {
                return UndoTemplate.begins(text.dropFirst()) && text.hasPrefix("$$")
                    ? .string(String(text.dropFirst())) : value
            }
            return try UndoTemplate.value(of: part, in: part.isResult ? result : arguments)
        case .array(let elements):
            var bound: [JSON] = []
            for element in elements { bound.append(try bind(element, arguments, result)) }
            return .array(bound)
        case .object(let object):
            var bound = JSONObject()
            for member in object { bound[member.key] = try bind(member.value, arguments, result) }
            return .object(bound)
        case .null, .bool, .integer, .number: return value
        }
    }

    private static func value(of part: Part, in whole: JSON) throws(TemplateError) -> JSON {
        var value = whole
        for component in part.path {
            let next: JSON? =
                switch component {
                case .key(let key): value[key]
                case .index(let index): value[index]
                case .every: nil
                }
            guard let next else {
                throw TemplateError(
                    text: part.description,
                    reason: "there is no such part in the "
                        + "\(part.isResult ? "result" : "arguments") of the call that is undone"
                )
            }
            value = next
        }
        return value
    }

    /// Whether a text is `$args` or `$result`, alone or followed by a step.
    private static func begins(_ text: Substring) -> Bool {
        for root in ["$args", "$result"] where text.hasPrefix(root) {
            let next = text.dropFirst(root.count).first
            if next == nil || next == "." || next == "[" { return true }
        }
        return false
    }

    private static func part(_ text: String) throws(TemplateError) -> Part? {
        guard begins(text[...]) else { return nil }
        let reference: Reference
        do { reference = try Reference(text.dropFirst()) } catch {
            throw TemplateError(text: text, reason: error.reason)
        }
        guard !reference.path.contains(.every) else {
            throw TemplateError(text: text, reason: "\"[*]\" has no meaning here")
        }
        return Part(
            isResult: reference.root == .subtask("result"),
            path: reference.path,
            place: .root
        )
    }
}
