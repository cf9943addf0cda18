import SwarmModel

/// One run of a value against a graph of schemas.
///
/// It stops at the first broken rule unless it collects violations; only then does it keep track
/// of where it is.
struct SchemaEvaluation {
    let graph: SchemaGraph
    let collects: Bool
    private(set) var violations: [SchemaViolation] = []
    private var instancePath: [JSONPath.Component] = []
    private var keywordPath: [JSONPath.Component] = []
    /// The resources entered and not left, the outermost first.
    private var scope: [Int] = []
    private var depth = 0

    /// Deeper only gets a schema whose dynamic references go in a circle.
    static let depthLimit = 1500

    init(graph: SchemaGraph, collects: Bool) {
        self.graph = graph
        self.collects = collects
    }

    mutating func run(on value: JSON) -> Bool {
        var evaluated = EvaluatedParts()
        return evaluate(graph.root, on: value, &evaluated)
    }

    // MARK: Nodes

    /// Applies a schema to a value; adds what was looked at if the value is valid.
    mutating func evaluate(
        _ number: Int,
        on value: JSON,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        let node = graph.nodes[number]
        guard !node.rules.isEmpty else { return true }
        guard depth < Self.depthLimit else {
            return fail("cannot be checked: the schema's dynamic references go in a circle")
        }
        depth += 1
        let entersResource = scope.last != node.resource
        if entersResource { scope.append(node.resource) }
        defer {
            depth -= 1
            if entersResource { scope.removeLast() }
        }
        var own = EvaluatedParts()
        var isValid = true
        for rule in node.rules where !apply(rule, to: value, &own) {
            isValid = false
            if !collects { return false }
        }
        if isValid, graph.tracksEvaluated { evaluated.formUnion(own) }
        return isValid
    }

    /// Applies a schema to a member or an element.
    mutating func evaluate(
        _ number: Int,
        on part: JSON,
        at component: @autoclosure () -> JSONPath.Component
    ) -> Bool {
        var evaluated = EvaluatedParts()
        return at(component()) { $0.evaluate(number, on: part, &evaluated) }
    }

    /// Runs the body with one more step on the way through the value.
    mutating func at<Result>(
        _ component: @autoclosure () -> JSONPath.Component,
        _ body: (inout SchemaEvaluation) -> Result
    ) -> Result {
        guard collects else { return body(&self) }
        instancePath.append(component())
        defer { instancePath.removeLast() }
        return body(&self)
    }

    /// Whether a schema fits, without a word if it does not; and what it looked at.
    mutating func attempt(
        _ number: Int,
        on value: JSON
    ) -> (isValid: Bool, evaluated: EvaluatedParts, violations: [SchemaViolation]) {
        let before = violations
        violations = []
        defer { violations = before }
        var evaluated = EvaluatedParts()
        let isValid = evaluate(number, on: value, &evaluated)
        return (isValid, evaluated, violations)
    }

    /// The node a dynamic reference means now: the outermost in scope of that name.
    func dynamicTarget(_ name: String, initially target: Int) -> Int {
        guard !name.isEmpty, let anchors = graph.dynamicAnchors[name] else { return target }
        for resource in scope {
            if let node = anchors[resource] { return node }
        }
        return target
    }

    // MARK: Violations

    /// Reports a broken rule; always false.
    mutating func fail(_ message: @autoclosure () -> String) -> Bool {
        guard collects else { return false }
        violations.append(
            SchemaViolation(
                instancePath: JSONPath(instancePath),
                keywordPath: JSONPath(keywordPath).pointer,
                message: message()
            )
        )
        return false
    }

    /// Takes over what an alternative that counts had to say.
    mutating func report(_ others: [SchemaViolation]) { violations += others }

    /// Runs the body with one more step on the way through the schema.
    mutating func under<Result>(
        _ component: @autoclosure () -> JSONPath.Component,
        _ body: (inout SchemaEvaluation) -> Result
    ) -> Result {
        guard collects else { return body(&self) }
        keywordPath.append(component())
        defer { keywordPath.removeLast() }
        return body(&self)
    }

    /// Requires a condition of a keyword.
    mutating func require(
        _ condition: Bool,
        _ keyword: @autoclosure () -> String,
        _ message: @autoclosure () -> String
    ) -> Bool {
        guard !condition, collects else { return condition }
        keywordPath.append(.key(keyword()))
        defer { keywordPath.removeLast() }
        return fail(message())
    }
}

extension JSON {
    /// The value in a message, shortened.
    var excerpt: String {
        let text = description
        guard text.unicodeScalars.count > 60 else { return text }
        return String(text.unicodeScalars.prefix(57)) + "..."
    }
}
