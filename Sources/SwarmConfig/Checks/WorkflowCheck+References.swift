import SwarmModel

extension WorkflowCheck {
    /// Reports references that cannot be resolved; `subtask` is nil for the workflow's output.
    mutating func checkReferences(
        _ scan: TemplateScan,
        in subtask: WorkflowOutline.Subtask?,
        isForEach: Bool = false
    ) {
        reportProblems(of: scan)
        for found in scan.found {
            let reference = found.reference
            switch reference.root {
            case .item, .itemIndex:
                if subtask == nil || isForEach || subtask?.fansOut != true {
                    reportItem(found, in: subtask, isForEach: isForEach)
                } else {
                    checkPath(found, in: subtask)
                }
            case .subtask(let name) where !outline.hasSubtask(named: name):
                let roots = ["input"] + (subtask?.fansOut == true ? ["item", "item_index"] : [])
                let names = outline.names.filter { $0 != subtask?.name } + roots
                reportUnknown(
                    .unknownReference,
                    at: found.path,
                    "no subtask is named \"\(name)\" in ${\(reference)}",
                    name: name,
                    among: names,
                    none: ""
                )
            case .input, .subtask: checkPath(found, in: subtask)
            }
        }
        guard isForEach, let found = scan.found.first, found.isWhole,
            let types = types(of: found.reference, in: subtask), !types.contains("array")
        else { return }
        report(
            .invalidReference,
            at: found.path,
            "\"for_each\" needs an array, and ${\(found.reference)} is of type "
                + types.joined(separator: " or ")
        )
    }

    private mutating func reportItem(
        _ found: TemplateScan.Found,
        in subtask: WorkflowOutline.Subtask?,
        isForEach: Bool
    ) {
        let place =
            subtask == nil
            ? "in the output of the workflow"
            : isForEach ? "in \"for_each\" itself" : "without \"for_each\""
        report(
            .itemOutsideForEach,
            at: found.path,
            "${\(found.reference)} means nothing \(place)",
            hint: subtask == nil || isForEach
                ? "refer to a subtask or to the input"
                : "add \"for_each\" to the subtask, or refer to another value"
        )
    }

    private mutating func checkPath(
        _ found: TemplateScan.Found,
        in subtask: WorkflowOutline.Subtask?
    ) {
        let reference = found.reference
        if case .subtask(let name) = reference.root, let position = outline.positions[name],
            outline.subtasks[position].fansOut, case .key(let key)? = reference.path.first
        {
            report(
                .invalidReference,
                at: found.path,
                "\"\(name)\" returns an array, one result for each item, which has no \"\(key)\"",
                suggestion: "${\(name)[*].\(key)}"
            )
            return
        }
        switch answer(for: reference, in: subtask) {
        case nil, .found?, .unknown?: break
        case .notInside(let types, let component)?:
            let part =
                switch component {
                case .key(let key): "member \"\(key)\""
                case .index(let index): "element \(index)"
                case .every: "elements"
                }
            report(
                .unknownReference,
                at: found.path,
                "${\(reference)} asks for \(part) of a value of type "
                    + types.joined(separator: " or ")
            )
        case .missing(let key, let names, let isClosed)?:
            let isInput = reference.root == .input
            let owner =
                switch reference.root {
                case .input: "the input schema"
                case .item, .itemIndex: "the schema of the items"
                case .subtask(let name): "what \"\(name)\" returns"
                }
            let list = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
            report(
                .unknownReference,
                as: isInput || isClosed ? .error : .warning,
                at: found.path,
                "\(owner) has no \"\(key)\" in ${\(reference)}",
                suggestion: Suggestion.nearest(to: key, among: names),
                expected: names.isEmpty ? nil : "there are: \(list)"
            )
        }
    }

    // MARK: - What is known about a reference

    /// What the schemas say about the place a reference names; nil when there is no schema.
    func answer(
        for reference: Reference,
        in subtask: WorkflowOutline.Subtask?
    ) -> SchemaLookup.Answer? {
        guard let (schema, root, path) = start(of: reference, in: subtask) else { return nil }
        return SchemaLookup(root: root).resolve(path, in: schema)
    }

    /// The JSON types a reference's value may have; nil when nobody says.
    func types(of reference: Reference, in subtask: WorkflowOutline.Subtask?) -> [String]? {
        if reference.root == .itemIndex, reference.path.isEmpty { return ["integer"] }
        guard let (schema, root, path) = start(of: reference, in: subtask) else { return nil }
        let lookup = SchemaLookup(root: root)
        guard case .found(let place) = lookup.resolve(path, in: schema) else { return nil }
        return lookup.types(of: place)
    }

    /// The schema a reference starts in, the root of its `$ref`s, and the path from there.
    private func start(
        of reference: Reference,
        in subtask: WorkflowOutline.Subtask?
    ) -> (schema: JSON, root: JSON, path: [Reference.Component])? {
        switch reference.root {
        case .input: return outline.input.map { ($0, $0, reference.path) }
        case .itemIndex: return (["type": "integer"], ["type": "integer"], reference.path)
        case .item:
            guard let list = subtask?.forEachScan.found.first, list.isWhole,
                list.reference.root != .item,
                let (schema, root, path) = start(of: list.reference, in: nil),
                types(of: list.reference, in: nil)?.contains("array") ?? true
            else { return nil }
            return (schema, root, path + [.index(0)] + reference.path)
        case .subtask(let name):
            guard let position = outline.positions[name] else { return nil }
            let producer = outline.subtasks[position]
            guard let returns = contract(of: producer)?.returns else { return nil }
            guard producer.fansOut else { return (returns, returns, reference.path) }
            return (["type": "array", "items": returns], returns, reference.path)
        }
    }
}
