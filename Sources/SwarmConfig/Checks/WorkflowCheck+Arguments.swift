import SwarmModel

extension WorkflowCheck {
    /// Holds the arguments of a subtask, and those of its fallback, against the parameters of the
    /// capability they are for, as far as they are known before the run.
    mutating func checkArguments(_ subtask: WorkflowOutline.Subtask) {
        let path = subtask.path.appending(key: "args")
        let isReadable = subtask.args != nil || source.value[path] == nil
        if let contract = contract(of: subtask), subtask.argumentScan.problems.isEmpty, isReadable {
            check(subtask.args, of: subtask, against: contract, at: path)
        }
        guard let fallback = subtask.fallback, let capability = fallback["capability"]?.stringValue,
            let contract = index?.offers(of: capability, by: fallback["agent"]?.stringValue).lazy
                .compactMap(\.contract).first
        else { return }
        if let args = fallback["args"] {
            guard subtask.fallbackScan.problems.isEmpty else { return }
            let place = subtask.fallbackPath.appending(key: "args")
            check(args, of: subtask, against: contract, at: place)
        } else if subtask.argumentScan.problems.isEmpty, isReadable {
            check(subtask.args, of: subtask, against: contract, at: path)
        }
    }

    private mutating func check(
        _ args: JSON?,
        of subtask: WorkflowOutline.Subtask,
        against contract: CapabilityContract,
        at path: JSONPath
    ) {
        var check = ArgumentCheck(
            workflow: self,
            subtask: subtask,
            contract: contract,
            lookup: SchemaLookup(root: contract.parameters)
        )
        check.check(args ?? .object([:]), against: contract.parameters, at: path)
        diagnostics += check.diagnostics
    }
}

/// Walks arguments and parameter schema side by side.
private struct ArgumentCheck: FileCheck {
    let workflow: WorkflowCheck
    let subtask: WorkflowOutline.Subtask
    let contract: CapabilityContract
    let lookup: SchemaLookup
    var diagnostics: [Diagnostic] = []

    init(
        workflow: WorkflowCheck,
        subtask: WorkflowOutline.Subtask,
        contract: CapabilityContract,
        lookup: SchemaLookup
    ) {
        self.workflow = workflow
        self.subtask = subtask
        self.contract = contract
        self.lookup = lookup
    }

    var source: SourceFile { workflow.source }

    mutating func check(_ value: JSON, against written: JSON, at path: JSONPath) {
        let schema = lookup.dereferenced(written)
        guard schema.kind == .object, let template = try? Template(value) else { return }
        switch template {
        case .constant(let constant): checkConstant(constant, written, path)
        case .reference(let reference): checkReference(reference, schema, path)
        case .text:
            expect(["string"], schema, path, "a text")
        case .array:
            expect(["array"], schema, path, "an array")
            guard let items = schema["items"], schema["prefixItems"] == nil else { return }
            for (index, element) in (value.arrayValue ?? []).enumerated() {
                check(element, against: items, at: path.appending(index: index))
            }
        case .object:
            expect(["object"], schema, path, "an object")
            checkMembers(value.objectValue ?? [:], schema, path)
        }
    }

    /// A value without references is checked whole, except that an object is first checked member
    /// by member, for the better message.
    private mutating func checkConstant(_ constant: JSON, _ schema: JSON, _ path: JSONPath) {
        if let object = constant.objectValue, lookup.dereferenced(schema)["properties"] != nil {
            let before = diagnostics.count
            checkMembers(object, lookup.dereferenced(schema), path)
            guard diagnostics.count == before else { return }
        }
        for problem in SchemaCheck.violations(of: constant, against: schema, in: lookup.root) {
            let place = JSONPath(path.components + problem.path.components)
            report(
                .invalidArguments,
                at: place,
                "\(subject(place)) does not fit capability \"\(contract.name)\": \(problem.message)"
            )
        }
    }

    private mutating func checkMembers(_ object: JSONObject, _ schema: JSON, _ path: JSONPath) {
        let names = schema["properties"]?.objectValue?.keys ?? []
        for member in object {
            let place = path.appending(key: member.key)
            if let property = lookup.member(member.key, of: schema) {
                check(member.value, against: property, at: place)
            } else if schema["additionalProperties"]?.boolValue == false,
                schema["patternProperties"] == nil, !names.contains(member.key)
            {
                let list = names.isEmpty ? "nothing" : names.joined(separator: ", ")
                report(
                    .invalidArguments,
                    atKey: place,
                    "capability \"\(contract.name)\" takes no \"\(member.key)\"",
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
                "capability \"\(contract.name)\" needs \"\(name)\"",
                expected: names.isEmpty ? nil : "it takes: \(names.joined(separator: ", "))"
            )
        }
    }

    private mutating func checkReference(
        _ reference: Reference,
        _ schema: JSON,
        _ path: JSONPath
    ) {
        guard let wanted = lookup.types(of: schema),
            let given = workflow.types(of: reference, in: subtask),
            !SchemaLookup.overlap(given, wanted)
        else { return }
        report(
            .invalidArguments,
            at: path,
            "\(subject(path)) of capability \"\(contract.name)\" is of type "
                + "\(wanted.joined(separator: " or ")), and ${\(reference)} is of type "
                + given.joined(separator: " or ")
        )
    }

    private mutating func expect(
        _ given: [String],
        _ schema: JSON,
        _ path: JSONPath,
        _ noun: String
    ) {
        guard let wanted = lookup.types(of: schema), !SchemaLookup.overlap(given, wanted) else {
            return
        }
        report(
            .invalidArguments,
            at: path,
            "\(subject(path)) of capability \"\(contract.name)\" is of type "
                + "\(wanted.joined(separator: " or ")), and this is \(noun)"
        )
    }

    private func subject(_ path: JSONPath) -> String {
        switch path.components.last {
        case nil: "the arguments"
        case .key("args")?: "\"args\""
        case .key(let key)?: "\"\(key)\""
        case .index(let index)?: "element \(index)"
        }
    }
}
