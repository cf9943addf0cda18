import SwarmModel

/// What the subtasks of a user's workflow are given and return, in a life where nobody works.
///
/// Each subtask returns the same made-up value whenever it runs; the value that the checks keep of
/// it is its element, from which the result follows. Templates are read here a second time, apart
/// from the core, so that the checks can tell what a subtask must be given.
final class MadeUpWorkflow: Sendable {
    let workflow: Workflow
    let positions: [String: Int]
    let input: JSON
    /// For each definition what its subtasks return, by element; one for a definition that does
    /// not fan out.
    let results: [[JSON]]
    /// The elements each definition fans out over; nil when it does not.
    let items: [[JSON]?]
    private let resultBytes: [[[UInt8]]]

    init(
        workflow: Workflow,
        positions: [String: Int],
        input: JSON,
        results: [[JSON]],
        items: [[JSON]?],
        isWhole: Bool = true
    ) {
        self.workflow = workflow
        self.positions = positions
        self.input = input
        self.results = results
        self.items = items
        // While results are being made up, only their values are asked for.
        resultBytes = isWhole ? results.map { $0.map { $0.encoded() } } : []
    }

    func writeArguments(
        of definition: Int,
        item: Int,
        values: (Int) -> [Int64],
        to bytes: inout [UInt8]
    ) {
        let template = workflow.subtasks[definition].arguments
        bytes += value(of: template, definition, item, values)?.encoded() ?? []
    }

    func writeResult(of definition: Int, value: Int64, to bytes: inout [UInt8]) {
        let known = resultBytes[definition]
        let element = Int(max(value, 0))
        bytes += known.indices.contains(element) ? known[element] : Array("null".utf8)
    }

    func writeOutput(values: (Int) -> [Int64], to bytes: inout [UInt8]) {
        guard let template = workflow.output else { return bytes += Array("null".utf8) }
        bytes += value(of: template, -1, -1, values)?.encoded() ?? []
    }

    /// What a template comes to; nil when it refers to what is not there.
    func value(
        of template: Template,
        _ definition: Int,
        _ item: Int,
        _ values: (Int) -> [Int64]
    ) -> JSON? {
        switch template {
        case .constant(let json): return json
        case .reference(let reference): return value(of: reference, definition, item, values)
        case .text(let fragments):
            var text = ""
            for fragment in fragments {
                switch fragment {
                case .literal(let literal): text += literal
                case .reference(let reference):
                    guard let value = value(of: reference, definition, item, values) else {
                        return nil
                    }
                    text += value.stringValue ?? value.description
                }
            }
            return .string(text)
        case .array(let templates):
            var elements: [JSON] = []
            for template in templates {
                guard let value = value(of: template, definition, item, values) else { return nil }
                elements.append(value)
            }
            return .array(elements)
        case .object(let members):
            var object = JSONObject()
            for member in members {
                guard let value = value(of: member.value, definition, item, values) else {
                    return nil
                }
                _ = object.appendIfAbsent(member.key, value)
            }
            return .object(object)
        }
    }

    private func value(
        of reference: Reference,
        _ definition: Int,
        _ item: Int,
        _ values: (Int) -> [Int64]
    ) -> JSON? {
        switch reference.root {
        case .input: return MadeUpWorkflow.follow(reference.path[...], in: input)
        case .itemIndex: return .integer(Int64(item))
        case .item:
            guard let items = items[definition], items.indices.contains(item) else { return nil }
            return MadeUpWorkflow.follow(reference.path[...], in: items[item])
        case .subtask(let name):
            guard let source = positions[name] else { return nil }
            let known = values(source)
            // What was left out is null, and so is everything in it.
            guard known.contains(where: { $0 != ScenarioWorkflow.missing }) || known.isEmpty else {
                return .null
            }
            let results = results[source]
            let found: [JSON] = known.map {
                $0 == ScenarioWorkflow.missing ? .null : results[Int(max($0, 0))]
            }
            let whole: JSON = items[source] == nil ? found.first ?? .null : .array(found)
            return MadeUpWorkflow.follow(reference.path[...], in: whole)
        }
    }

    static func follow(_ path: ArraySlice<Reference.Component>, in value: JSON) -> JSON? {
        guard let step = path.first else { return value }
        let rest = path.dropFirst()
        switch step {
        case .key(let key): return value[key].flatMap { follow(rest, in: $0) }
        case .index(let index):
            guard case .array(let elements) = value, elements.indices.contains(index) else {
                return nil
            }
            return follow(rest, in: elements[index])
        case .every:
            guard case .array(let elements) = value else { return nil }
            var found: [JSON] = []
            for element in elements {
                guard let part = follow(rest, in: element) else { return nil }
                found.append(part)
            }
            return .array(found)
        }
    }
}
