import SwarmModel

/// Holds a document against a shape, reports every difference, and keeps what is right.
struct ShapeChecker {
    let source: SourceFile
    /// The kind of file, for the advice to look at its schema.
    let kind: ConfigurationSchema
    private(set) var diagnostics: [Diagnostic] = []

    init(_ source: SourceFile, as kind: ConfigurationSchema) {
        self.source = source
        self.kind = kind
    }

    /// Checks the whole document.
    ///
    /// What comes back is the document without its mistakes, so that checks between files go on
    /// after a typing error; nil when nothing of it can be used.
    mutating func check() -> JSON? {
        for duplicate in source.document.duplicateKeys {
            guard case .key(let key)? = duplicate.path.components.last else { continue }
            diagnostics.append(
                Diagnostic(
                    .error,
                    .duplicateKey,
                    file: source.displayPath,
                    position: duplicate.second,
                    path: duplicate.path.parent ?? .root,
                    message: "duplicate key \"\(key)\"",
                    hint: "the first one is on line \(duplicate.first.line); keep one of them"
                )
            )
        }
        return check(source.value, .object(kind.shape), at: .root)
    }

    private mutating func check(_ value: JSON, _ shape: Shape, at path: JSONPath) -> JSON? {
        switch shape {
        case .anything: return value
        case .boolean: return accept(value, value.boolValue != nil, shape, path)
        case .text(let rule):
            guard let text = value.stringValue else { return wrongType(value, shape, path) }
            guard rule.accepts(text) else {
                report(.invalidValue, path, "\(subject(path)) is \(describe(value))", shape)
                return nil
            }
            return value
        case .integer(let range):
            guard let number = value.integerValue else { return wrongType(value, shape, path) }
            guard let number = Int(exactly: number), range.contains(number) else {
                return outOfRange(value, shape, path)
            }
            return value
        case .number(let range):
            guard let number = value.doubleValue else { return wrongType(value, shape, path) }
            return range.contains(number) ? value : outOfRange(value, shape, path)
        case .duration(let minimum, let maximum):
            return checkDuration(value, minimum, maximum, shape, path)
        case .size: return checkSize(value, shape, path)
        case .word(let words): return checkWord(value, words, shape, path)
        case .constant(let constant): return accept(value, value == constant, shape, path)
        case .list(let element, let minimum, let unique):
            return checkList(value, element, minimum, unique, shape, path)
        case .map(let rule, let entry, let minimum):
            return checkMap(value, rule, entry, minimum, shape, path)
        case .object(let object): return checkObject(value, object, shape, path)
        case .schema: return checkSchema(value, shape, path)
        case .either(let shapes):
            let fitting = shapes.first { $0.admitsType(of: value) }
            guard let fitting else { return wrongType(value, shape, path) }
            return check(value, fitting, at: path)
        }
    }

    // MARK: - Scalars

    private mutating func checkDuration(
        _ value: JSON,
        _ minimum: Duration,
        _ maximum: Duration?,
        _ shape: Shape,
        _ path: JSONPath
    ) -> JSON? {
        guard let text = value.stringValue else {
            guard value.kind == .number else { return wrongType(value, shape, path) }
            let seconds = value.integerValue.flatMap { $0 >= 0 && $0 < 1_000_000_000 ? $0 : nil }
            report(
                .missingUnit,
                path,
                "\(subject(path)) is the bare number \(value)",
                shape,
                suggestion: seconds.map { "\($0)s" }
            )
            return nil
        }
        guard let duration = Duration(configuration: text) else {
            let isBareNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            report(
                isBareNumber ? .missingUnit : .invalidValue,
                path,
                "\(subject(path)) is \(describe(value))",
                shape,
                suggestion: isBareNumber ? "\(text)s" : nil
            )
            return nil
        }
        guard duration >= minimum, maximum.map({ duration <= $0 }) ?? true else {
            return outOfRange(value, shape, path)
        }
        return value
    }

    private mutating func checkSize(_ value: JSON, _ shape: Shape, _ path: JSONPath) -> JSON? {
        guard let text = value.stringValue else {
            guard value.kind == .number else { return wrongType(value, shape, path) }
            report(.missingUnit, path, "\(subject(path)) is the bare number \(value)", shape)
            return nil
        }
        guard ByteCount(text) != nil else {
            report(.invalidValue, path, "\(subject(path)) is \(describe(value))", shape)
            return nil
        }
        return value
    }

    private mutating func checkWord(
        _ value: JSON,
        _ words: [String],
        _ shape: Shape,
        _ path: JSONPath
    ) -> JSON? {
        guard let text = value.stringValue else { return wrongType(value, shape, path) }
        guard words.contains(text) else {
            report(
                .unknownWord,
                path,
                "\(subject(path)) is \(describe(value))",
                shape,
                suggestion: Suggestion.nearest(to: text, among: words)
            )
            return nil
        }
        return value
    }

    private mutating func checkSchema(_ value: JSON, _ shape: Shape, _ path: JSONPath) -> JSON? {
        guard value.kind == .object || value.kind == .bool else {
            return wrongType(value, shape, path)
        }
        let problems = SchemaCheck.problems(of: value)
        for problem in problems {
            let place = JSONPath(path.components + problem.path.components)
            add(
                Diagnostic(
                    .error,
                    .invalidSchema,
                    file: source.displayPath,
                    position: source.document.nearestPosition(of: place),
                    path: place,
                    message: "\(subject(path)) is not a valid JSON Schema: \(problem.message)"
                )
            )
        }
        return problems.isEmpty ? value : nil
    }

    // MARK: - Containers

    private mutating func checkList(
        _ value: JSON,
        _ element: Shape,
        _ minimum: Int,
        _ unique: Bool,
        _ shape: Shape,
        _ path: JSONPath
    ) -> JSON? {
        guard let elements = value.arrayValue else { return wrongType(value, shape, path) }
        guard elements.count >= minimum else {
            report(.outOfRange, path, "\(subject(path)) is empty", shape)
            return nil
        }
        var kept: [JSON] = []
        var seen: Set<JSON> = []
        var isWhole = true
        for (index, item) in elements.enumerated() {
            let place = path.appending(index: index)
            if unique, !seen.insert(item).inserted {
                report(
                    .duplicateName,
                    place,
                    "\(describe(item)) is listed twice in \(subject(path))"
                )
            } else if let good = check(item, element, at: place) {
                kept.append(good)
            } else {
                isWhole = false
            }
        }
        // A list of scalars with a wrong one in it means something else than what is left of it.
        if case .object = element { return .array(kept) }
        return isWhole ? .array(kept) : nil
    }

    private mutating func checkMap(
        _ value: JSON,
        _ rule: TextRule,
        _ entry: Shape,
        _ minimum: Int,
        _ shape: Shape,
        _ path: JSONPath
    ) -> JSON? {
        guard let object = value.objectValue else { return wrongType(value, shape, path) }
        if object.count < minimum { report(.outOfRange, path, "\(subject(path)) is empty", shape) }
        var kept = JSONObject()
        for member in object {
            let place = path.appending(key: member.key)
            if !rule.accepts(member.key) {
                add(
                    Diagnostic(
                        .error,
                        .invalidValue,
                        file: source.displayPath,
                        position: source.document.keyPosition(of: place),
                        path: path,
                        message: "\"\(member.key)\" is not a valid name",
                        expected: rule.expectation
                    )
                )
            }
            let good = check(member.value, entry, at: place)
            if rule.accepts(member.key) { kept[member.key] = good }
        }
        return .object(kept)
    }

    private mutating func checkObject(
        _ value: JSON,
        _ object: ObjectShape,
        _ shape: Shape,
        _ path: JSONPath
    ) -> JSON? {
        guard let members = value.objectValue else { return wrongType(value, shape, path) }
        if object.isOpen { return value }
        var kept = JSONObject()
        for member in members {
            let place = path.appending(key: member.key)
            if let key = object.key(named: member.key) {
                if let good = check(member.value, key.shape, at: place) { kept[member.key] = good }
            } else if !member.key.hasPrefix("x_") {
                let absent = object.keys.map(\.name).filter { members[$0] == nil }
                add(
                    Diagnostic(
                        .error,
                        .unknownKey,
                        file: source.displayPath,
                        position: source.document.keyPosition(of: place),
                        path: path,
                        message: "unknown key \"\(member.key)\"",
                        suggestion: Suggestion.nearest(to: member.key, among: absent),
                        expected: object.summary,
                        hint: "see: swarm config schema \(kind.rawValue)"
                    )
                )
            }
        }
        for key in object.keys where key.isRequired && members[key.name] == nil {
            report(
                .missingKey,
                path,
                "missing key \"\(key.name)\"",
                expected: "\(key.shape.expectation): \(key.documentation)"
            )
        }
        let chosen = object.oneOf.filter { members[$0] != nil }
        if !object.oneOf.isEmpty, chosen.count != 1 {
            let names = object.oneOf.joined(separator: ", ")
            report(
                chosen.isEmpty ? .missingKey : .invalidValue,
                path,
                chosen.isEmpty
                    ? "\(subject(path)) says nothing"
                    : "\(subject(path)) has both \(chosen.joined(separator: " and "))",
                expected: "expected exactly one of: \(names)"
            )
            return nil
        }
        return .object(kept)
    }

    // MARK: - Reporting

    private mutating func accept(
        _ value: JSON,
        _ fits: Bool,
        _ shape: Shape,
        _ path: JSONPath
    ) -> JSON? {
        fits ? value : wrongType(value, shape, path)
    }

    private mutating func wrongType(_ value: JSON, _ shape: Shape, _ path: JSONPath) -> JSON? {
        report(.wrongType, path, "\(subject(path)) is \(describe(value))", shape)
        return nil
    }

    private mutating func outOfRange(_ value: JSON, _ shape: Shape, _ path: JSONPath) -> JSON? {
        report(.outOfRange, path, "\(subject(path)) is \(describe(value))", shape)
        return nil
    }

    private mutating func report(
        _ code: Diagnostic.Code,
        _ path: JSONPath,
        _ message: String,
        _ shape: Shape? = nil,
        suggestion: String? = nil,
        expected: String? = nil
    ) {
        add(
            Diagnostic(
                .error,
                code,
                file: source.displayPath,
                position: source.document.nearestPosition(of: path),
                path: path,
                message: message,
                suggestion: suggestion,
                expected: expected ?? shape?.expectation
            )
        )
    }

    private mutating func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

    /// The value in a sentence: its key, or its place in a list.
    private func subject(_ path: JSONPath) -> String {
        switch path.components.last {
        case nil: "the file"
        case .key(let key)?: "\"\(key)\""
        case .index(let index)?:
            path.parent.map { "element \(index) of \(subject($0))" } ?? "element \(index)"
        }
    }

    private func describe(_ value: JSON) -> String { value.summary }
}

extension JSON {
    /// The value as a message names it, in at most some 60 characters.
    var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer, .number: "\(self)"
        case .string(let text):
            text.count > 50 ? "\(JSON.string(String(text.prefix(50))))…" : "\(self)"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension Shape {
    /// Whether a value of this JSON type could fit at all.
    fileprivate func admitsType(of value: JSON) -> Bool {
        switch self {
        case .text, .duration, .size, .word: value.kind == .string
        case .boolean: value.kind == .bool
        case .integer, .number: value.kind == .number
        case .constant(let constant): value.kind == constant.kind
        case .list: value.kind == .array
        case .map, .object: value.kind == .object
        case .schema: value.kind == .object || value.kind == .bool
        case .anything: true
        case .either(let shapes): shapes.contains { $0.admitsType(of: value) }
        }
    }
}
