import SwarmModel

/// Checks of the calls that the coordinator makes by itself: verification and undo.
extension ContractCheck {
    // MARK: - Verification

    /// Holds a verifying capability against the way it is called.
    mutating func checkVerification(
        by capability: String,
        at path: JSONPath,
        purpose: String
    ) {
        guard let contract = index.offers(of: capability).lazy.compactMap(\.contract).first,
            contract.sideEffect.isHarmless
        else { return }
        let takes =
            "it is called with \"key\", the idempotency key of the call in doubt, and "
            + "\"arguments\", what that was given"
        let parameters = SchemaLookup(root: contract.parameters)
        for key in ["key", "arguments"] {
            guard
                case .missing(_, _, isClosed: true) = parameters.resolve(
                    [.key(key)],
                    in: contract.parameters
                )
            else { continue }
            report(
                .unverifiable,
                at: path,
                "\"\(capability)\" (\(purpose)) takes no \"\(key)\"",
                hint: takes
            )
        }
        let required = parameters.dereferenced(contract.parameters).strings("required")
        for key in required where key != "key" && key != "arguments" {
            report(
                .unverifiable,
                at: path,
                "\"\(capability)\" (\(purpose)) needs \"\(key)\"",
                hint: takes
            )
        }
        guard let returns = contract.returns,
            case .missing = SchemaLookup(root: returns).resolve([.key("happened")], in: returns)
        else { return }
        report(
            .unverifiable,
            at: path,
            "\"\(capability)\" (\(purpose)) does not return \"happened\"",
            hint: "it returns \"happened\", true or false, and \"result\", what the call in doubt "
                + "would have returned"
        )
    }

    // MARK: - Undo

    /// Holds the undo of a capability against that capability's schemas and its own.
    mutating func checkUndo(
        by undo: String,
        of capability: JSON,
        named name: String,
        at path: JSONPath
    ) {
        let purpose = "compensation of \(agent).\(name)"
        if let word = capability["operational"]?["side_effect"]?.stringValue,
            SideEffect(rawValue: word)?.isHarmless ?? false
        {
            report(
                .noEffect,
                as: .warning,
                at: path,
                "\"compensation\" does nothing: a call that is \(word) leaves nothing to undo"
            )
        }
        let contract = index.offers(of: undo).lazy.compactMap(\.contract).first
        if let contract, !contract.isSafeToRepeat, contract.verifyWith == nil {
            report(
                .unsafeUndo,
                as: .warning,
                at: path.appending(key: "capability"),
                "\"\(undo)\" (\(purpose)) is not safe to repeat and names nothing to verify with",
                hint: "make it idempotent: else a person decides whenever nobody knows if an undo "
                    + "happened"
            )
        }
        let operational = capability["operational"]
        let args = operational?["compensation"]?["args"] ?? .object([:])
        if operational?["idempotent"]?.boolValue != true, operational?["verify_with"] == nil,
            operational?["side_effect"]?.stringValue.flatMap(SideEffect.init)?.isHarmless != true,
            (try? UndoTemplate(args).parts())?.contains(where: \.isResult) == true
        {
            report(
                .unverifiable,
                as: .warning,
                at: path.appending(key: "args"),
                "the undo of \(agent).\(name) needs its result, which nobody knows when a worker "
                    + "dies in the call",
                hint: "add \"verify_with\", which says it, or undo by what $args has"
            )
        }
        var check = UndoCheck(source: source, undone: capability, name: name, contract: contract)
        check.check(args, at: path.appending(key: "args"))
        diagnostics += check.diagnostics
    }
}

/// Walks the arguments of an undo and the schemas they are filled from and held against.
private struct UndoCheck: FileCheck {
    let source: SourceFile
    /// The capability that is undone, as the manifest has it.
    let undone: JSON
    let name: String
    /// What undoes it; nil when that is not known.
    let contract: CapabilityContract?
    var diagnostics: [Diagnostic] = []

    init(source: SourceFile, undone: JSON, name: String, contract: CapabilityContract?) {
        self.source = source
        self.undone = undone
        self.name = name
        self.contract = contract
    }

    mutating func check(_ args: JSON, at path: JSONPath) {
        checkParts(args, at: path)
        guard diagnostics.isEmpty, let contract else { return }
        check(args, against: contract.parameters, at: path)
    }

    // MARK: - The parts of the undone call

    private mutating func checkParts(_ value: JSON, at path: JSONPath) {
        switch value {
        case .string:
            do throws(TemplateError) {
                for part in try UndoTemplate(value).parts() { checkPart(part, at: path) }
            } catch {
                report(
                    .invalidReference,
                    at: path,
                    "\(JSON.string(error.text).summary) is not a part of the undone call: "
                        + error.reason,
                    hint: "write $$ for a text that begins so"
                )
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                checkParts(element, at: path.appending(index: index))
            }
        case .object(let object):
            for member in object {
                checkParts(member.value, at: path.appending(key: member.key))
            }
        case .null, .bool, .integer, .number: break
        }
    }

    private mutating func checkPart(_ part: UndoTemplate.Part, at path: JSONPath) {
        guard let schema = schema(of: part) else { return }
        let owner = part.isResult ? "what \"\(name)\" returns" : "what \"\(name)\" takes"
        let lookup = SchemaLookup(root: schema)
        switch lookup.resolve(part.path, in: schema) {
        case .unknown: break
        case .found:
            guard let key = lookup.optionalMember(on: part.path, in: schema) else { return }
            report(
                .unsafeUndo,
                as: .warning,
                at: path,
                "\"\(key)\" need not be in \(owner), and without it there is no \(part)",
                hint: "list it under \"required\": an undo without its arguments fails"
            )
        case .missing(let key, let names, _):
            report(
                .unknownReference,
                at: path,
                "\(owner) has no \"\(key)\" in \(part)",
                suggestion: Suggestion.nearest(to: key, among: names),
                expected: names.isEmpty ? nil : "there are: \(names.joined(separator: ", "))"
            )
        case .notInside(let types, _):
            report(
                .unknownReference,
                at: path,
                "\(part) asks for a part of a value of type \(types.joined(separator: " or "))"
            )
        }
    }

    private func schema(of part: UndoTemplate.Part) -> JSON? {
        part.isResult ? undone["returns"] : undone["function"]?["parameters"]
    }

    // MARK: - The parameters of the undo

    private mutating func check(_ value: JSON, against written: JSON, at path: JSONPath) {
        guard let contract else { return }
        let lookup = SchemaLookup(root: contract.parameters)
        let schema = lookup.dereferenced(written)
        guard let parts = try? UndoTemplate(value).parts(), schema.kind == .object else { return }
        if parts.isEmpty, value.kind != .object {
            for problem in SchemaCheck.violations(of: value, against: schema, in: lookup.root) {
                report(
                    .invalidArguments,
                    at: JSONPath(path.components + problem.path.components),
                    "the argument does not fit capability \"\(contract.name)\": \(problem.message)"
                )
            }
        } else if let part = parts.first, value.kind == .string {
            checkType(of: part, against: schema, lookup, at: path)
        } else if let object = value.objectValue {
            checkMembers(object, schema, lookup, at: path)
        } else if let items = schema["items"], schema["prefixItems"] == nil {
            for (index, element) in (value.arrayValue ?? []).enumerated() {
                check(element, against: items, at: path.appending(index: index))
            }
        }
    }

    private mutating func checkType(
        of part: UndoTemplate.Part,
        against wanted: JSON,
        _ lookup: SchemaLookup,
        at path: JSONPath
    ) {
        guard let schema = schema(of: part), let contract,
            case .found(let place) = SchemaLookup(root: schema).resolve(part.path, in: schema),
            let given = SchemaLookup(root: schema).types(of: place),
            let types = lookup.types(of: wanted), !SchemaLookup.overlap(given, types)
        else { return }
        report(
            .invalidArguments,
            at: path,
            "capability \"\(contract.name)\" takes type \(types.joined(separator: " or ")) here, "
                + "and \(part) is of type \(given.joined(separator: " or "))"
        )
    }

    private mutating func checkMembers(
        _ object: JSONObject,
        _ schema: JSON,
        _ lookup: SchemaLookup,
        at path: JSONPath
    ) {
        let names = schema["properties"]?.objectValue?.keys ?? []
        let list = names.isEmpty ? "nothing" : names.joined(separator: ", ")
        let capability = contract?.name ?? ""
        for member in object {
            let place = path.appending(key: member.key)
            if let property = lookup.member(member.key, of: schema) {
                check(member.value, against: property, at: place)
            } else if schema["additionalProperties"]?.boolValue == false,
                schema["patternProperties"] == nil
            {
                report(
                    .invalidArguments,
                    atKey: place,
                    "capability \"\(capability)\" takes no \"\(member.key)\"",
                    suggestion: Suggestion.nearest(
                        to: member.key,
                        among: names.filter { object[$0] == nil }
                    ),
                    expected: "it takes: \(list)"
                )
            }
        }
        for name in schema.strings("required") where object[name] == nil {
            report(
                .invalidArguments,
                at: path,
                "capability \"\(capability)\" needs \"\(name)\"",
                expected: names.isEmpty ? nil : "it takes: \(list)"
            )
        }
    }
}
