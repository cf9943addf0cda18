import SwarmModel

extension SchemaEvaluation {
    /// Applies one rule; whether it holds.
    mutating func apply(
        _ rule: SchemaRule,
        to value: JSON,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        switch rule {
        case .never: return fail("is not allowed here")
        case .type(let types):
            return require(types.contains(typeOf: value), "type", types.mismatch(value))
        case .constant(let constant):
            return require(
                value == constant,
                "const",
                "must be \(constant.excerpt), found \(value.excerpt)"
            )
        case .enumeration(let values):
            return require(
                values.contains(value),
                "enum",
                "must be one of \(values.map(\.excerpt).joined(separator: ", ")), found \(value.excerpt)"
            )
        case .bound(let bound):
            return require(
                bound.allows(value),
                bound.side.rawValue,
                "must be \(bound.sentence), found \(value.excerpt)"
            )
        case .multiple(let divisor, let text):
            return require(
                DecimalValue(value)?.isMultiple(of: divisor) ?? true,
                "multipleOf",
                "must be a multiple of \(text), found \(value.excerpt)"
            )
        case .minLength, .maxLength, .pattern, .format: return applyText(rule, to: value)
        case .minItems, .maxItems, .uniqueItems, .elements, .contains, .unevaluatedItems:
            guard case .array(let elements) = value else { return true }
            return applyArray(rule, to: elements, &evaluated)
        case .minProperties, .maxProperties, .required, .dependentRequired, .members,
            .propertyNames, .dependentSchemas, .unevaluatedProperties:
            guard case .object(let object) = value else { return true }
            return applyObject(rule, to: object, value, &evaluated)
        case .reference(let node):
            return under("$ref") { $0.evaluate(node, on: value, &evaluated) }
        case .dynamicReference(let node, let name):
            let target = dynamicTarget(name, initially: node)
            return under("$dynamicRef") { $0.evaluate(target, on: value, &evaluated) }
        case .allOf, .anyOf, .oneOf, .not, .conditional:
            return applyCombination(rule, to: value, &evaluated)
        }
    }

    private mutating func applyText(_ rule: SchemaRule, to value: JSON) -> Bool {
        guard case .string(let text) = value else { return true }
        switch rule {
        case .minLength(let count):
            // So many bytes hold at least a quarter as many characters.
            return require(
                text.utf8.count >= 4 * count || text.unicodeScalars.count >= count,
                "minLength",
                "must have at least \(count.of("character")), found \(value.excerpt)"
            )
        case .maxLength(let count):
            return require(
                text.utf8.count <= count || text.unicodeScalars.count <= count,
                "maxLength",
                "must have at most \(count.of("character")), found \(text.unicodeScalars.count)"
            )
        case .pattern(let pattern):
            let outcome = pattern.search(text)
            return require(
                outcome == .found,
                "pattern",
                outcome == .gaveUp
                    ? "takes too long to match against the pattern \(pattern.source)"
                    : "must match the pattern \(pattern.source), found \(value.excerpt)"
            )
        case .format(let format):
            return require(
                format.matches(text),
                "format",
                "must be \(format.sentence), found \(value.excerpt)"
            )
        default: return true
        }
    }

    private mutating func applyCombination(
        _ rule: SchemaRule,
        to value: JSON,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        switch rule {
        case .allOf(let nodes):
            var isValid = true
            for (index, node) in nodes.enumerated() {
                let holds = under("allOf") {
                    $0.under(.index(index)) { $0.evaluate(node, on: value, &evaluated) }
                }
                guard !holds else { continue }
                isValid = false
                if !collects { return false }
            }
            return isValid
        case .anyOf(let nodes):
            return under("anyOf") { $0.applyAnyOf(nodes, to: value, &evaluated) }
        case .oneOf(let nodes):
            return under("oneOf") { $0.applyOneOf(nodes, to: value, &evaluated) }
        case .not(let node):
            let (holds, _, _) = attempt(node, on: value)
            return require(!holds, "not", "has a form that is ruled out: \(value.excerpt)")
        case .conditional(let test, let then, let otherwise):
            let (holds, tested, _) = attempt(test, on: value)
            if holds { evaluated.formUnion(tested) }
            guard let node = holds ? then : otherwise else { return true }
            return under(holds ? "then" : "else") { $0.evaluate(node, on: value, &evaluated) }
        default: return true
        }
    }

    private mutating func applyAnyOf(
        _ nodes: [Int],
        to value: JSON,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        var isValid = false
        var reasons: [[SchemaViolation]] = []
        for (index, node) in nodes.enumerated() {
            let (holds, looked, found) = under(.index(index)) { $0.attempt(node, on: value) }
            reasons.append(found)
            guard holds else { continue }
            isValid = true
            evaluated.formUnion(looked)
            // The others matter only for what they look at.
            if !graph.tracksEvaluated { return true }
        }
        return isValid || failAlternatives(reasons)
    }

    private mutating func applyOneOf(
        _ nodes: [Int],
        to value: JSON,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        var fitting: [Int] = []
        var reasons: [[SchemaViolation]] = []
        for (index, node) in nodes.enumerated() {
            let (holds, looked, found) = under(.index(index)) { $0.attempt(node, on: value) }
            reasons.append(found)
            guard holds else { continue }
            fitting.append(index + 1)
            if !collects, fitting.count > 1 { return false }
            evaluated.formUnion(looked)
        }
        switch fitting.count {
        case 1: return true
        case 0: return failAlternatives(reasons)
        default:
            let numbers = fitting.map { "\($0)" }.joined(separator: " and ")
            return fail(
                "must fit exactly one of \(nodes.count) forms, and fits the forms \(numbers)"
            )
        }
    }

    /// One violation for all alternatives, unless there is only one, which speaks for itself.
    private mutating func failAlternatives(_ reasons: [[SchemaViolation]]) -> Bool {
        guard collects else { return false }
        if reasons.count == 1, let only = reasons.first, !only.isEmpty {
            report(only)
            return false
        }
        let told = reasons.prefix(4).enumerated().map { index, found in
            "form \(index + 1): \(found.first?.description ?? "not allowed")"
        }
        let more = reasons.count > told.count ? "; and so on" : ""
        return fail(
            "fits none of the \(reasons.count) allowed forms (\(told.joined(separator: "; "))\(more))"
        )
    }
}

extension SchemaTypes {
    fileprivate func mismatch(_ value: JSON) -> String {
        let isFraction = contains(.integer) && value.kind == .number
        return "must be \(sentence), found \(isFraction ? value.excerpt : value.kind.withArticle)"
    }
}

extension NumberBound {
    fileprivate var sentence: String {
        switch side {
        case .minimum: "at least \(text)"
        case .maximum: "at most \(text)"
        case .exclusiveMinimum: "above \(text)"
        case .exclusiveMaximum: "below \(text)"
        }
    }
}

extension Int {
    /// The number with the right form of the noun.
    func of(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
