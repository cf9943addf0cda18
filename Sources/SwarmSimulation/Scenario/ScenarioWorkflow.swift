import SwarmModel

/// A workflow of a scenario, with what the simulator itself knows of it.
///
/// The checks compare the coordinator with this, never with what the coordinator worked out.
struct ScenarioWorkflow {
    /// What a subtask says about its failure.
    enum OnFailure {
        case undo, abort, skip, ask
        /// Another capability, by its position, takes its place.
        case fallback(Int)
    }

    /// One definition.
    struct Definition {
        var name: String
        var capability: Int
        var needs: [Int]
        /// Whether its arguments hold the results of what it needs, or only wait for them.
        var readsNeeds: Bool
        var fanOut: FanOut?
        var maximumParallel: Int?
        var priority: Int
        var semaphores: [Int]
        var retry: PartialRetryPolicy?
        var timeout: Duration?
        var agent: Int?
        var onFailure: OnFailure?
        var isPivot = false
        /// Whether it is still done when the budget is used up.
        var isFinally = false
        /// How long the list is that its result carries, when something fans out over it.
        var listLength: Int?
        /// Whether its result is too large to travel in a record.
        var isLarge: Bool
        /// What the workflow itself says about a call nobody knows the outcome of.
        var unknownOutcome: UnknownOutcomePolicy?
    }

    /// Where the elements of a fan-out come from.
    struct FanOut {
        /// The definition whose result holds the list; nil for the run's input.
        var source: Int?
        var count: Int
    }

    var workflow: Workflow
    /// What it may lower of the topology's limits.
    var limits: WorkflowLimits
    var digest: Digest
    var input: [UInt8]
    var definitions: [Definition]
    var positions: [String: Int]
    /// For each definition, those that need it.
    var dependents: [[Int]]
    /// The definitions that are never undone once the pivot has succeeded.
    var confirmed: [Int]
    /// The arguments, results and output of a workflow that was not drawn from a seed.
    var made: MadeUpWorkflow?

    /// The number of subtasks of a run in which everything succeeds.
    var subtaskCount: Int { definitions.reduce(0) { $0 + ($1.fanOut?.count ?? 1) } }

    /// The arguments a subtask must be given, worked out from the values its sources returned.
    ///
    /// - Parameters:
    ///   - definition: Which definition.
    ///   - item: Which element; -1 when it does not fan out.
    ///   - values: The values a definition's subtasks returned, in the order of the elements.
    ///   - bytes: Where the JSON text is appended.
    func writeArguments(
        of definition: Int,
        item: Int,
        values: (Int) -> [Int64],
        to bytes: inout [UInt8]
    ) {
        if let made {
            return made.writeArguments(of: definition, item: item, values: values, to: &bytes)
        }
        let subject = definitions[definition]
        bytes.append(contentsOf: "{\"n\":".utf8)
        append(Int64(definition), to: &bytes)
        if subject.readsNeeds {
            for (position, need) in subject.needs.enumerated() {
                bytes.append(contentsOf: ",\"d".utf8)
                append(Int64(position), to: &bytes)
                bytes.append(contentsOf: "\":".utf8)
                let found = values(need)
                if definitions[need].fanOut == nil || found == [ScenarioWorkflow.missing] {
                    append(found.first ?? ScenarioWorkflow.missing, to: &bytes)
                } else {
                    appendList(found, to: &bytes)
                }
            }
        }
        if subject.fanOut != nil {
            bytes.append(contentsOf: ",\"x\":".utf8)
            append(Int64(item * 7), to: &bytes)
            bytes.append(contentsOf: ",\"i\":".utf8)
            append(Int64(item), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// What a handler returns for a subtask of this definition.
    func writeResult(of definition: Int, value: Int64, to bytes: inout [UInt8]) {
        if let made { return made.writeResult(of: definition, value: value, to: &bytes) }
        bytes.append(contentsOf: "{\"v\":".utf8)
        append(value, to: &bytes)
        if let length = definitions[definition].listLength {
            bytes.append(contentsOf: ",\"list\":".utf8)
            appendList((0..<length).map { Int64($0 * 7) }, to: &bytes)
        }
        if definitions[definition].isLarge {
            bytes.append(contentsOf: ",\"pad\":\"".utf8)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: 300))
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// What a run returns whose subtasks have all succeeded or were left out.
    ///
    /// - Parameters:
    ///   - values: The values a definition's subtasks returned, in the order of the elements.
    ///   - bytes: Where the JSON text is appended.
    func writeOutput(values: (Int) -> [Int64], to bytes: inout [UInt8]) {
        if let made { return made.writeOutput(values: values, to: &bytes) }
        guard let last = definitions.last, last.fanOut == nil else {
            return bytes.append(contentsOf: "null".utf8)
        }
        append(values(definitions.count - 1).first ?? ScenarioWorkflow.missing, to: &bytes)
    }

    private func appendList(_ values: [Int64], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (position, value) in values.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The value of a subtask that was left out, or of which nobody knows what it returned.
    static let missing = Int64.min

    private func append(_ value: Int64, to bytes: inout [UInt8]) {
        guard value != ScenarioWorkflow.missing else {
            return bytes.append(contentsOf: "null".utf8)
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        append(digits: value.magnitude, to: &bytes)
    }

    private func append(digits value: UInt64, to bytes: inout [UInt8]) {
        if value >= 10 { append(digits: value / 10, to: &bytes) }
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
