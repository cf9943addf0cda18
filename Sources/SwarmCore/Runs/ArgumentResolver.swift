import SwarmModel

/// Turns templates into bytes by looking inside the payloads they refer to.
///
/// Values come from a cache in the run, because the subtasks of a fan-out read the same source.
struct ArgumentResolver {
    let compiled: CompiledWorkflow

    /// The arguments of one subtask.
    func arguments(of index: Int, in run: inout Run) -> Result<[UInt8], Unresolved> {
        let subtask = run.subtasks[index]
        let definition = Int(subtask.definition)
        if let constant = compiled.constantArguments[definition] { return .success(constant) }
        return Result { () throws(Unresolved) in
            try evaluate(
                compiled.workflow.subtasks[definition].arguments,
                definition: definition,
                item: subtask.item,
                in: &run
            ).encoded()
        }
    }

    /// A template read in the place of a subtask's arguments.
    func bytes(
        of template: Template,
        for index: Int,
        in run: inout Run
    ) -> Result<[UInt8], Unresolved> {
        Result { () throws(Unresolved) in
            try evaluate(
                template,
                definition: Int(run.subtasks[index].definition),
                item: run.subtasks[index].item,
                in: &run
            ).encoded()
        }
    }

    /// What a run returns.
    func output(of run: inout Run) -> Result<[UInt8], Unresolved> {
        guard let template = compiled.workflow.output else { return .success(Array("null".utf8)) }
        return Result { () throws(Unresolved) in
            try evaluate(template, definition: -1, item: -1, in: &run).encoded()
        }
    }

    /// The elements a definition fans out over.
    func items(of definition: Int, in run: inout Run) -> Result<[JSON], Unresolved> {
        if let items = run.values.items[definition] { return .success(items) }
        guard let template = compiled.workflow.subtasks[definition].forEach else {
            preconditionFailure("definition \(definition) does not fan out")
        }
        return Result { () throws(Unresolved) in
            let value = try evaluate(template, definition: definition, item: -1, in: &run)
            guard case .array(let items) = value else {
                throw Unresolved("for_each needs an array, and found \(value.kind.rawValue)")
            }
            run.values.items[definition] = items
            return items
        }
    }

    private func evaluate(
        _ template: Template,
        definition: Int,
        item: Int32,
        in run: inout Run
    ) throws(Unresolved) -> JSON {
        switch template {
        case .constant(let json): return json
        case .reference(let reference):
            return try value(of: reference, definition: definition, item: item, in: &run)
        case .text(let fragments):
            var text = ""
            for fragment in fragments {
                switch fragment {
                case .literal(let literal): text += literal
                case .reference(let reference):
                    let value = try value(
                        of: reference,
                        definition: definition,
                        item: item,
                        in: &run
                    )
                    if case .string(let string) = value {
                        text += string
                    } else {
                        text += value.description
                    }
                }
            }
            return .string(text)
        case .array(let templates):
            var elements: [JSON] = []
            elements.reserveCapacity(templates.count)
            for template in templates {
                elements.append(
                    try evaluate(template, definition: definition, item: item, in: &run)
                )
            }
            return .array(elements)
        case .object(let members):
            var object = JSONObject()
            for member in members {
                let value = try evaluate(
                    member.value,
                    definition: definition,
                    item: item,
                    in: &run
                )
                _ = object.appendIfAbsent(member.key, value)
            }
            return .object(object)
        }
    }

    private func value(
        of reference: Reference,
        definition: Int,
        item: Int32,
        in run: inout Run
    ) throws(Unresolved) -> JSON {
        switch reference.root {
        case .itemIndex:
            return .integer(Int64(item))
        case .item:
            let items = try items(of: definition, in: &run).get()
            guard items.indices.contains(Int(item)) else {
                throw Unresolved("${\(reference)}: there is no element \(item)")
            }
            return try follow(reference.path[...], in: items[Int(item)], of: reference)
        case .input:
            if run.values.input == nil {
                run.values.input = try parse(run.input, of: reference)
            }
            return try follow(reference.path[...], in: run.values.input ?? .null, of: reference)
        case .subtask(let name):
            guard let source = compiled.positions[name] else {
                throw Unresolved("${\(reference)}: no subtask is named \"\(name)\"")
            }
            // What was left out gives null, and so does anything inside it.
            if run.groups[source].isSkipped { return .null }
            if !compiled.fansOut[source] {
                if run.values.results[source] == nil {
                    let index = Int(run.groups[source].base)
                    run.values.results[source] = try parse(
                        run.subtasks[index].result ?? .empty,
                        of: reference
                    )
                }
                return try follow(
                    reference.path[...],
                    in: run.values.results[source] ?? .null,
                    of: reference
                )
            }
            if run.values.arrays[source] == nil {
                let group = run.groups[source]
                var results: [JSON] = []
                results.reserveCapacity(Int(group.count))
                for index in Int(group.base)..<Int(group.base + group.count) {
                    results.append(try parse(run.subtasks[index].result ?? .empty, of: reference))
                }
                run.values.arrays[source] = results
            }
            return try follow(
                reference.path[...],
                in: .array(run.values.arrays[source] ?? []),
                of: reference
            )
        }
    }

    /// Payloads have been admitted by those who took them in, each with a bound of its own; a run
    /// over a million elements has an input of many megabytes.
    private static let limits = JSONLimits(depth: 64, bytes: .max)

    private func parse(_ payload: Payload, of reference: Reference) throws(Unresolved) -> JSON {
        guard let bytes = payload.bytes else {
            preconditionFailure("the payload behind ${\(reference)} was not loaded")
        }
        if bytes.isEmpty { return .null }
        do { return try JSON(parsing: bytes, limits: ArgumentResolver.limits) } catch {
            throw Unresolved("${\(reference)}: what it refers to is not JSON: \(error)")
        }
    }

    private func follow(
        _ path: ArraySlice<Reference.Component>,
        in value: JSON,
        of reference: Reference
    ) throws(Unresolved) -> JSON {
        guard let step = path.first else { return value }
        let rest = path.dropFirst()
        switch step {
        case .key(let key):
            guard case .object(let object) = value else {
                throw Unresolved(
                    "${\(reference)}: .\(key) needs an object, and found \(value.kind.rawValue)"
                )
            }
            guard let member = object[key] else {
                throw Unresolved("${\(reference)}: there is no key \"\(key)\"")
            }
            return try follow(rest, in: member, of: reference)
        case .index(let index):
            guard case .array(let elements) = value else {
                throw Unresolved(
                    "${\(reference)}: [\(index)] needs an array, and found \(value.kind.rawValue)"
                )
            }
            guard elements.indices.contains(index) else {
                throw Unresolved(
                    "${\(reference)}: there is no element \(index) among \(elements.count)"
                )
            }
            return try follow(rest, in: elements[index], of: reference)
        case .every:
            guard case .array(let elements) = value else {
                throw Unresolved(
                    "${\(reference)}: [*] needs an array, and found \(value.kind.rawValue)"
                )
            }
            var results: [JSON] = []
            results.reserveCapacity(elements.count)
            for element in elements {
                results.append(try follow(rest, in: element, of: reference))
            }
            return .array(results)
        }
    }
}

/// A reference that names nothing.
struct Unresolved: Error, Hashable, Sendable {
    let message: String

    init(_ message: String) { self.message = message }
}
