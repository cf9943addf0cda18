public import SwarmModel

/// A swarm and a workflow as their owner wrote them, to be lived in virtual time.
///
/// Nothing of it is started: calls take a made-up time and return made-up values that satisfy
/// their contracts. What is decided about them, and when, is decided by the real core from the
/// real policies.
public struct UserSwarm: Sendable {
    /// The plan a coordinator would run.
    public var plan: SwarmPlan
    /// The workflow, already checked against the plan.
    public var workflow: Workflow
    /// The input of every run, complete.
    public var input: JSON
    /// How long calls take about, by capability; others take what their contract estimates.
    public var durations: [String: Duration]
    /// How many elements made-up lists have, as far as their schema allows.
    public var elements: Int
    /// What else the figures rest on, in sentences without a full stop.
    public var notes: [String] = []

    /// A swarm to be lived.
    public init(
        plan: SwarmPlan,
        workflow: Workflow,
        input: JSON,
        durations: [String: Duration] = [:],
        elements: Int = 8
    ) {
        self.plan = plan
        self.workflow = workflow
        self.input = input
        self.durations = durations
        self.elements = elements
    }

    /// Fills in what a workflow's input schema requires and nobody gave.
    ///
    /// - Parameters:
    ///   - input: What was given.
    ///   - schema: The schema; nil requires nothing.
    ///   - elements: How many elements made-up lists have.
    /// - Returns: The input, and the names of what was made up.
    public static func completing(
        _ input: JSON,
        by schema: JSON?,
        elements: Int = 8
    ) -> (input: JSON, madeUp: [String]) {
        guard let schema, case .array(let required)? = schema["required"],
            case .object(var members) = input,
            case .object(let values) = MadeUpValue(root: schema, elements: elements)
                .value(named: "input", number: 0)
        else { return (input, []) }
        var names: [String] = []
        for name in required.compactMap(\.stringValue) where members[name] == nil {
            guard schema["properties"]?[name]?["default"] == nil, let value = values[name] else {
                continue
            }
            members[name] = value
            names.append(name)
        }
        return (.object(members), names)
    }

    /// One made-up result for each subtask, so that whoever knows the schemas can look at it.
    ///
    /// - Throws: ``UserSwarmProblem`` when the workflow refers to what cannot be made up.
    public func madeUpResults() throws(UserSwarmProblem) -> [(subtask: String, result: JSON)] {
        let model = try UserSwarmModel(self)
        return zip(workflow.subtasks, model.made.results).compactMap { subtask, results in
            results.first.map { (subtask.name, $0) }
        }
    }
}

/// Why a swarm cannot be lived.
public struct UserSwarmProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in one sentence without a full stop.
    public var message: String
    /// What to do about it.
    public var hint: String

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    /// What is wrong and what to do about it.
    public var description: String { "\(message); \(hint)" }
}
