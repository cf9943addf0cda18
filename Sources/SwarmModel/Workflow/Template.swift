/// A JSON value with references in it, as a workflow file writes arguments and outputs.
///
/// A string that is one reference and nothing else, `"${check.size}"`, keeps the type of what it
/// refers to; inside a longer string a reference becomes text. `$${` writes a literal `${`.
public indirect enum Template: Hashable, Sendable {
    /// A value without references.
    case constant(JSON)
    /// A value that is exactly one reference.
    case reference(Reference)
    /// A string with references inside it.
    case text([Fragment])
    /// An array, at least one element of which holds a reference.
    case array([Template])
    /// An object, at least one member of which holds a reference; members keep their order.
    case object([Member])

    /// A piece of a string template.
    public enum Fragment: Hashable, Sendable {
        /// Text as it is.
        case literal(String)
        /// A reference whose value is written as text.
        case reference(Reference)
    }

    /// One member of an object template.
    public struct Member: Hashable, Sendable {
        /// The key, never a template.
        public var key: String
        /// The value.
        public var value: Template
    }

    /// Parses the references in a JSON value.
    ///
    /// - Throws: ``TemplateError`` for the first reference that does not parse.
    public init(_ json: JSON) throws(TemplateError) {
        switch json {
        case .string(let text):
            self = try Template(text: text)
        case .array(let elements):
            var templates: [Template] = []
            var hasReference = false
            for element in elements {
                let template = try Template(element)
                if !template.isConstant { hasReference = true }
                templates.append(template)
            }
            self = hasReference ? .array(templates) : .constant(Template.unescape(json))
        case .object(let object):
            var members: [Member] = []
            var hasReference = false
            for member in object {
                let template = try Template(member.value)
                if !template.isConstant { hasReference = true }
                members.append(Member(key: member.key, value: template))
            }
            self = hasReference ? .object(members) : .constant(Template.unescape(json))
        case .null, .bool, .integer, .number:
            self = .constant(json)
        }
    }

    /// Whether the template holds no reference.
    public var isConstant: Bool {
        if case .constant = self { return true }
        return false
    }

    /// Every reference in the template, in the order written.
    public var references: [Reference] {
        switch self {
        case .constant: []
        case .reference(let reference): [reference]
        case .text(let fragments):
            fragments.compactMap { fragment in
                if case .reference(let reference) = fragment { reference } else { nil }
            }
        case .array(let elements): elements.flatMap(\.references)
        case .object(let members): members.flatMap(\.value.references)
        }
    }

    /// The template as a file writes it; parses back as the same.
    public var json: JSON {
        switch self {
        case .constant(let value): Template.escaping(value)
        case .reference(let reference): .string("${\(reference)}")
        case .text(let fragments):
            .string(
                fragments.map { fragment in
                    switch fragment {
                    case .literal(let text): Template.escaping(text)
                    case .reference(let reference): "${\(reference)}"
                    }
                }.joined()
            )
        case .array(let elements): .array(elements.map(\.json))
        case .object(let members): JSON(members: members.map { ($0.key, $0.value.json) })
        }
    }

    /// A value as a template that gives back exactly that value, whatever its strings hold.
    public static func escaping(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): .string(escaping(text))
        case .array(let elements): .array(elements.map(escaping))
        case .object(let object):
            JSON(members: object.map { ($0.key, escaping($0.value)) })
        case .null, .bool, .integer, .number: json
        }
    }

    private static func escaping(_ text: String) -> String {
        text.split(separator: "${", omittingEmptySubsequences: false).joined(separator: "$${")
    }

    private init(text: String) throws(TemplateError) {
        var fragments: [Fragment] = []
        var literal = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            literal += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                literal += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let close = rest.firstIndex(of: "}") else {
                    throw TemplateError(text: text, reason: "\"${\" has no closing \"}\"")
                }
                let inner = rest[rest.index(rest.startIndex, offsetBy: 2)..<close]
                if !literal.isEmpty { fragments.append(.literal(literal)) }
                literal = ""
                fragments.append(.reference(try Reference(inner)))
                rest = rest[rest.index(after: close)...]
            } else {
                literal += "$"
                rest = rest.dropFirst()
            }
        }
        literal += rest
        if fragments.isEmpty {
            self = .constant(.string(literal))
        } else if fragments.count == 1, literal.isEmpty, case .reference(let only) = fragments[0] {
            self = .reference(only)
        } else {
            if !literal.isEmpty { fragments.append(.literal(literal)) }
            self = .text(fragments)
        }
    }

    /// Undoes `$${` in every string of a value that is known to hold no reference.
    private static func unescape(_ json: JSON) -> JSON {
        switch json {
        case .string(let text):
            if case .constant(let value)? = try? Template(text: text) { value } else { json }
        case .array(let elements): .array(elements.map(unescape))
        case .object(let object):
            JSON(members: object.map { ($0.key, unescape($0.value)) })
        case .null, .bool, .integer, .number: json
        }
    }
}

/// A place in the data of a run: `input.left`, `check.files[0].path`, `item`, `check[*].size`.
public struct Reference: Hashable, Sendable, CustomStringConvertible {
    /// Where a path begins.
    public enum Root: Hashable, Sendable {
        /// The input of the run.
        case input
        /// The element of `for_each` this subtask was made for.
        case item
        /// The position of that element, from 0.
        case itemIndex
        /// What another subtask returned; an array of results, in item order, when it fans out.
        case subtask(String)
    }

    /// One step of a path.
    public enum Component: Hashable, Sendable {
        /// A member of an object.
        case key(String)
        /// An element of an array, from 0.
        case index(Int)
        /// Every element of an array; what follows is applied to each.
        case every
    }

    /// Where the path begins.
    public var root: Root
    /// The steps from there.
    public var path: [Component]

    /// Names a place from its parts.
    public init(root: Root, path: [Component]) {
        self.root = root
        self.path = path
    }

    /// Parses what stands between `${` and `}`.
    ///
    /// - Throws: ``TemplateError`` naming what was expected.
    public init(_ text: some StringProtocol) throws(TemplateError) {
        var rest = Substring(text)
        func fail(_ reason: String) -> TemplateError {
            TemplateError(text: "${\(text)}", reason: reason)
        }
        func name() -> String? {
            let end = rest.firstIndex { !Reference.isNameCharacter($0) } ?? rest.endIndex
            guard end > rest.startIndex else { return nil }
            let name = String(rest[..<end])
            rest = rest[end...]
            return name
        }
        guard let first = name() else {
            throw fail("expected a name such as input, item or a subtask")
        }
        root =
            switch first {
            case "input": .input
            case "item": .item
            case "item_index": .itemIndex
            default: .subtask(first)
            }
        path = []
        while let character = rest.first {
            rest = rest.dropFirst()
            switch character {
            case ".":
                guard let key = name() else { throw fail("expected a key after \".\"") }
                path.append(.key(key))
            case "[":
                guard let close = rest.firstIndex(of: "]") else {
                    throw fail("\"[\" has no closing \"]\"")
                }
                let inside = rest[..<close]
                rest = rest[rest.index(after: close)...]
                if inside == "*" {
                    path.append(.every)
                } else if let index = Int(inside), index >= 0 {
                    path.append(.index(index))
                } else if inside.count >= 2, inside.hasPrefix("'"), inside.hasSuffix("'") {
                    path.append(.key(String(inside.dropFirst().dropLast())))
                } else {
                    throw fail("expected a position, '*' or a quoted key between \"[\" and \"]\"")
                }
            default:
                throw fail("unexpected \"\(character)\"; paths are written name.key[0].key")
            }
        }
    }

    /// The reference as it stands between `${` and `}`.
    public var description: String {
        var text =
            switch root {
            case .input: "input"
            case .item: "item"
            case .itemIndex: "item_index"
            case .subtask(let name): name
            }
        for component in path {
            switch component {
            case .key(let key) where key.allSatisfy(Reference.isNameCharacter): text += ".\(key)"
            case .key(let key): text += "['\(key)']"
            case .index(let index): text += "[\(index)]"
            case .every: text += "[*]"
            }
        }
        return text
    }

    static func isNameCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }
}

/// A reference that does not parse.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text with the reference in it.
    public var text: String
    /// What was expected.
    public var reason: String

    /// A text that is no reference, and what was expected.
    public init(text: String, reason: String) {
        self.text = text
        self.reason = reason
    }

    /// The text and what was expected.
    public var description: String { "\(text): \(reason)" }
}
