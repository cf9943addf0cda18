import SwarmModel

// Arrays and objects, and what is in them.
extension SchemaEvaluation {
    mutating func applyArray(
        _ rule: SchemaRule,
        to elements: [JSON],
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        switch rule {
        case .minItems(let count):
            return require(
                elements.count >= count,
                "minItems",
                "must have at least \(count.of("element")), found \(elements.count)"
            )
        case .maxItems(let count):
            return require(
                elements.count <= count,
                "maxItems",
                "must have at most \(count.of("element")), found \(elements.count)"
            )
        case .uniqueItems:
            let repeated = elements.firstRepeated
            return require(
                repeated == nil,
                "uniqueItems",
                "must not repeat an element, found \((repeated ?? .null).excerpt) twice"
            )
        case .elements(let prefix, let rest):
            return applyElements(prefix: prefix, rest: rest, to: elements, &evaluated)
        case .contains(let node, let minimum, let maximum):
            return applyContains(node, minimum, maximum, to: elements, &evaluated)
        case .unevaluatedItems(let node):
            var isValid = true
            for (index, element) in elements.enumerated() where !evaluated.contains(index) {
                let holds = under("unevaluatedItems") {
                    $0.evaluate(node, on: element, at: .index(index))
                }
                guard !holds else { continue }
                isValid = false
                if !collects { return false }
            }
            if isValid { evaluated.insert(below: elements.count) }
            return isValid
        default: return true
        }
    }

    private mutating func applyElements(
        prefix: [Int],
        rest: Int?,
        to elements: [JSON],
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        var isValid = true
        for (index, element) in elements.enumerated() {
            let holds: Bool
            if index < prefix.count {
                holds = under("prefixItems") {
                    $0.under(.index(index)) {
                        $0.evaluate(prefix[index], on: element, at: .index(index))
                    }
                }
            } else if let rest {
                holds = under("items") { $0.evaluate(rest, on: element, at: .index(index)) }
            } else {
                break
            }
            guard !holds else { continue }
            isValid = false
            if !collects { return false }
        }
        if graph.tracksEvaluated {
            evaluated.insert(
                below: rest == nil ? min(prefix.count, elements.count) : elements.count
            )
        }
        return isValid
    }

    private mutating func applyContains(
        _ node: Int,
        _ minimum: Int,
        _ maximum: Int?,
        to elements: [JSON],
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        var count = 0
        for (index, element) in elements.enumerated()
        where attempt(node, on: element).isValid {
            count += 1
            if graph.tracksEvaluated { evaluated.insert(index) }
        }
        let hasEnough = require(
            count >= minimum,
            minimum == 1 ? "contains" : "minContains",
            "must have at least \(minimum.of("element")) of the required form, found \(count)"
        )
        guard let maximum else { return hasEnough }
        return require(
            count <= maximum,
            "maxContains",
            "must have at most \(maximum.of("element")) of the form, found \(count)"
        ) && hasEnough
    }

    mutating func applyObject(
        _ rule: SchemaRule,
        to object: JSONObject,
        _ value: JSON,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        switch rule {
        case .minProperties(let count):
            return require(
                object.count >= count,
                "minProperties",
                "must have at least \(count.of("member")), found \(object.count)"
            )
        case .maxProperties(let count):
            return require(
                object.count <= count,
                "maxProperties",
                "must have at most \(count.of("member")), found \(object.count)"
            )
        case .required(let names):
            var isValid = true
            for name in names where object.position(of: name) == nil {
                isValid = require(
                    false,
                    "required",
                    "must have the member \(JSON.string(name))"
                )
                if !collects { return false }
            }
            return isValid
        case .dependentRequired(let dependencies):
            var isValid = true
            for (cause, names) in dependencies where object.position(of: cause) != nil {
                for name in names where object.position(of: name) == nil {
                    isValid = require(
                        false,
                        "dependentRequired",
                        "must have the member \(JSON.string(name)), because it has \(JSON.string(cause))"
                    )
                    if !collects { return false }
                }
            }
            return isValid
        case .members(let rules): return applyMembers(rules, to: object, &evaluated)
        case .propertyNames(let node):
            var isValid = true
            for member in object.members {
                let holds = under("propertyNames") {
                    $0.evaluate(node, on: .string(member.key), at: .key(member.key))
                }
                guard !holds else { continue }
                isValid = false
                if !collects { return false }
            }
            return isValid
        case .dependentSchemas(let schemas):
            var isValid = true
            for (cause, node) in schemas where object.position(of: cause) != nil {
                let holds = under("dependentSchemas") {
                    $0.under(.key(cause)) { $0.evaluate(node, on: value, &evaluated) }
                }
                guard !holds else { continue }
                isValid = false
                if !collects { return false }
            }
            return isValid
        case .unevaluatedProperties(let node):
            return applyUnevaluated(node, to: object, &evaluated)
        default: return true
        }
    }

    private mutating func applyMembers(
        _ rules: MemberRules,
        to object: JSONObject,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        var isValid = true
        for (position, member) in object.members.enumerated() {
            var isKnown = false
            var holds = true
            if let index = rules.names.position(of: member.key) {
                isKnown = true
                let node = rules.nodes[index]
                holds = under("properties") {
                    $0.under(.key(member.key)) {
                        $0.evaluate(node, on: member.value, at: .key(member.key))
                    }
                }
            }
            for (pattern, node) in rules.patterns where pattern.search(member.key) == .found {
                isKnown = true
                let fits = under("patternProperties") {
                    $0.under(.key(pattern.source)) {
                        $0.evaluate(node, on: member.value, at: .key(member.key))
                    }
                }
                holds = holds && fits
            }
            if !isKnown, let additional = rules.additional {
                isKnown = true
                holds = under("additionalProperties") {
                    $0.applyAdditional(additional, to: member, rules)
                }
            }
            if isKnown, graph.tracksEvaluated { evaluated.insert(position) }
            guard !holds else { continue }
            isValid = false
            if !collects { return false }
        }
        return isValid
    }

    private mutating func applyAdditional(
        _ node: Int,
        to member: JSONObject.Member,
        _ rules: MemberRules
    ) -> Bool {
        guard graph.nodes[node].isNever, !rules.names.isEmpty, rules.patterns.isEmpty else {
            return evaluate(node, on: member.value, at: .key(member.key))
        }
        let names = rules.names.members.map { JSON.string($0.key).description }
        return at(.key(member.key)) {
            $0.fail("is not a known member; known are \(names.joined(separator: ", "))")
        }
    }

    private mutating func applyUnevaluated(
        _ node: Int,
        to object: JSONObject,
        _ evaluated: inout EvaluatedParts
    ) -> Bool {
        var isValid = true
        for (position, member) in object.members.enumerated()
        where !evaluated.contains(position) {
            let holds = under("unevaluatedProperties") {
                $0.evaluate(node, on: member.value, at: .key(member.key))
            }
            guard !holds else { continue }
            isValid = false
            if !collects { return false }
        }
        if isValid { evaluated.insert(below: object.count) }
        return isValid
    }
}

extension [JSON] {
    /// The first element that equals one before it.
    fileprivate var firstRepeated: JSON? {
        guard count > 8 else {
            for (index, element) in enumerated() where self[..<index].contains(element) {
                return element
            }
            return nil
        }
        var seen = Set<JSON>(minimumCapacity: count)
        return first { element in !seen.insert(element).inserted }
    }
}
