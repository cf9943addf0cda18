import SwarmModel

/// Turns schema documents into a ``SchemaGraph``, checking every keyword on the way.
struct SchemaCompiler {
    private var index: SchemaIndex
    private let assertsFormats: Bool
    private var nodes: [SchemaNode?] = []
    private var compiled: [SchemaLocation: Int] = [:]
    /// Schemas each schema applies to the same value, to find circles.
    private var inPlace: [[Int]] = []
    private var locations: [SchemaLocation] = []
    private var dynamicNames: Set<String> = []
    private var tracksEvaluated = false

    init(assertsFormats: Bool, resolver: @escaping SchemaResolver) {
        self.assertsFormats = assertsFormats
        index = SchemaIndex(resolver: resolver)
    }

    mutating func compile(
        _ schema: JSON,
        address: String
    ) throws(SchemaError) -> SchemaGraph {
        let root = try node(at: try index.add(schema, address: address))
        let dynamicAnchors = try compileDynamicAnchors()
        try refuseCircles()
        return SchemaGraph(
            nodes: nodes.compactMap { $0 },
            root: root,
            dynamicAnchors: dynamicAnchors,
            tracksEvaluated: tracksEvaluated
        )
    }

    /// A dynamic reference may end at any anchor of its name, so all of them are compiled; that
    /// can bring in new documents and names, hence the repetition.
    private mutating func compileDynamicAnchors() throws(SchemaError) -> [String: [Int: Int]] {
        var tables: [String: [Int: Int]] = [:]
        var before = -1
        while before != nodes.count + dynamicNames.count {
            before = nodes.count + dynamicNames.count
            for name in dynamicNames {
                for resource in index.resources.indices {
                    guard let place = index.resources[resource].dynamicAnchors[name] else {
                        continue
                    }
                    tables[name, default: [:]][resource] = try node(at: place)
                }
            }
        }
        return tables
    }

    // MARK: Nodes

    /// The node of the schema at a place, compiled now unless it already is.
    private mutating func node(at location: SchemaLocation) throws(SchemaError) -> Int {
        if let known = compiled[location] { return known }
        let number = nodes.count
        nodes.append(nil)
        inPlace.append([])
        locations.append(location)
        compiled[location] = number

        let owner = try index.owner(of: location)
        var rules: [SchemaRule] = []
        switch index.value(at: location) {
        case .bool(let isAlways): rules = isAlways ? [] : [.never]
        case .object(let schema):
            rules = try self.rules(of: schema, at: location, owner: owner, node: number)
        case let other:
            throw SchemaError(
                .invalidKeyword,
                "a schema is an object, true or false; found \(other?.kind.withArticle ?? "nothing")",
                at: index.text(location),
                hint: "Write {} to allow anything"
            )
        }
        nodes[number] = SchemaNode(resource: owner, rules: rules)
        return number
    }

    private mutating func rules(
        of schema: JSONObject,
        at location: SchemaLocation,
        owner: Int,
        node: Int
    ) throws(SchemaError) -> [SchemaRule] {
        let dialect = index.resources[owner].dialect
        let reader = KeywordReader(schema: schema, location: location, text: index.text(location))
        var rules: [SchemaRule] = []
        if dialect.hasValidation { rules += try reader.assertions() }
        if let name = schema["format"]?.stringValue, assertsFormats || dialect.assertsFormats,
            let format = SchemaFormat(rawValue: name)
        {
            rules.append(.format(format))
        }
        rules += try references(reader, owner: owner, node: node)
        if dialect.hasApplicator {
            rules += try combinations(reader, node: node)
            rules += try parts(reader)
            rules += try contains(reader, hasValidation: dialect.hasValidation)
        }
        if dialect.hasUnevaluated {
            if let place = reader.place("unevaluatedItems") {
                rules.append(.unevaluatedItems(try self.node(at: place)))
                tracksEvaluated = true
            }
            if let place = reader.place("unevaluatedProperties") {
                rules.append(.unevaluatedProperties(try self.node(at: place)))
                tracksEvaluated = true
            }
        }
        return rules
    }

    private mutating func references(
        _ reader: KeywordReader,
        owner: Int,
        node: Int
    ) throws(SchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        if let reference = try reader.string("$ref") {
            let (place, _) = try index.resolve(reference, from: owner, at: reader.text)
            let target = try self.node(at: place)
            inPlace[node].append(target)
            rules.append(.reference(target))
        }
        if let reference = try reader.string("$dynamicRef") {
            let (place, name) = try index.resolve(reference, from: owner, at: reader.text)
            let target = try self.node(at: place)
            if let name {
                dynamicNames.insert(name)
                rules.append(.dynamicReference(target, name: name))
            } else {
                inPlace[node].append(target)
                rules.append(.dynamicReference(target, name: ""))
            }
        }
        return rules
    }

    private mutating func combinations(
        _ reader: KeywordReader,
        node: Int
    ) throws(SchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        func applies(_ targets: [Int]) { inPlace[node] += targets }
        if let places = try reader.places("allOf") { rules.append(.allOf(try nodes(at: places))) }
        if let places = try reader.places("anyOf") { rules.append(.anyOf(try nodes(at: places))) }
        if let places = try reader.places("oneOf") { rules.append(.oneOf(try nodes(at: places))) }
        if let place = reader.place("not") { rules.append(.not(try self.node(at: place))) }
        if let test = reader.place("if") {
            let test = try self.node(at: test)
            var then: Int?
            var otherwise: Int?
            if let place = reader.place("then") { then = try self.node(at: place) }
            if let place = reader.place("else") { otherwise = try self.node(at: place) }
            rules.append(.conditional(test: test, then: then, otherwise: otherwise))
        }
        if let places = try reader.namedPlaces("dependentSchemas") {
            var schemas: [(String, Int)] = []
            for (name, place) in places { schemas.append((name, try self.node(at: place))) }
            rules.append(.dependentSchemas(schemas))
        }
        for rule in rules { applies(rule.inPlaceNodes) }
        return rules
    }

    private mutating func parts(_ reader: KeywordReader) throws(SchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        var members = MemberRules()
        for (name, place) in try reader.namedPlaces("properties") ?? [] {
            members.names[name] = .integer(Int64(members.nodes.count))
            members.nodes.append(try node(at: place))
        }
        for (source, place) in try reader.namedPlaces("patternProperties") ?? [] {
            members.patterns.append((try reader.pattern(source), try node(at: place)))
        }
        if let place = reader.place("additionalProperties") {
            members.additional = try node(at: place)
        }
        if !members.nodes.isEmpty || !members.patterns.isEmpty || members.additional != nil {
            rules.append(.members(members))
        }
        if let place = reader.place("propertyNames") {
            rules.append(.propertyNames(try node(at: place)))
        }
        let prefix = try nodes(at: try reader.places("prefixItems") ?? [])
        var rest: Int?
        if let place = reader.place("items") { rest = try node(at: place) }
        if !prefix.isEmpty || rest != nil {
            rules.append(.elements(prefix: prefix, rest: rest))
        }
        return rules
    }

    private mutating func contains(
        _ reader: KeywordReader,
        hasValidation: Bool
    ) throws(SchemaError) -> [SchemaRule] {
        guard let place = reader.place("contains") else { return [] }
        let minimum = hasValidation ? try reader.count("minContains") : nil
        let maximum = hasValidation ? try reader.count("maxContains") : nil
        return [.contains(try node(at: place), minimum: minimum ?? 1, maximum: maximum)]
    }

    private mutating func nodes(at places: [SchemaLocation]) throws(SchemaError) -> [Int] {
        var numbers: [Int] = []
        for place in places { numbers.append(try node(at: place)) }
        return numbers
    }

    // MARK: Circles

    /// A schema that applies itself to the same value would never be done.
    private func refuseCircles() throws(SchemaError) {
        enum Colour { case white, grey, black }
        var colours = Array(repeating: Colour.white, count: nodes.count)
        for start in nodes.indices where colours[start] == .white {
            var stack = [(node: start, next: 0)]
            colours[start] = .grey
            while let (node, next) = stack.last {
                guard next < inPlace[node].count else {
                    colours[node] = .black
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = inPlace[node][next]
                switch colours[target] {
                case .white:
                    colours[target] = .grey
                    stack.append((target, 0))
                case .grey:
                    throw SchemaError(
                        .endlessReference,
                        "the schema refers back to itself for the same value",
                        at: index.text(locations[target]),
                        hint: "Refer to it from a member or an element"
                    )
                case .black: continue
                }
            }
        }
    }
}

extension SchemaRule {
    /// The schemas this rule applies to the value itself rather than to a part of it.
    fileprivate var inPlaceNodes: [Int] {
        switch self {
        case .allOf(let nodes), .anyOf(let nodes), .oneOf(let nodes): nodes
        case .not(let node): [node]
        case .conditional(let test, let then, let otherwise):
            [test] + [then, otherwise].compactMap { $0 }
        case .dependentSchemas(let schemas): schemas.map(\.1)
        default: []
        }
    }
}
