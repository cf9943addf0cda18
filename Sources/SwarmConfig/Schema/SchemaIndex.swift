import SwarmModel

/// A schema's place: which document, and a JSON Pointer into it.
struct SchemaLocation: Hashable {
    var document: Int
    var pointer: String

    func appending(_ key: String) -> SchemaLocation {
        SchemaLocation(
            document: document,
            pointer: pointer + JSONPath([.key(key)]).pointer
        )
    }

    func appending(_ index: Int) -> SchemaLocation {
        SchemaLocation(document: document, pointer: "\(pointer)/\(index)")
    }
}

/// A schema with an address of its own: a whole document, or a part that has an `$id`.
struct SchemaResource {
    var address: SchemaURI
    var root: SchemaLocation
    var dialect: SchemaDialect
    var anchors: [String: SchemaLocation] = [:]
    var dynamicAnchors: [String: SchemaLocation] = [:]
}

/// Knows every document that was looked at, and by what names its parts are called.
struct SchemaIndex {
    private let resolver: SchemaResolver
    private(set) var documents: [(value: JSON, address: String)] = []
    private(set) var resources: [SchemaResource] = []
    private var byAddress: [String: Int] = [:]
    /// The resource each schema belongs to.
    private var owners: [SchemaLocation: Int] = [:]

    init(resolver: @escaping SchemaResolver) { self.resolver = resolver }

    /// Takes in a document found at that address.
    mutating func add(_ value: JSON, address: String) throws(SchemaError) -> SchemaLocation {
        documents.append((value, address))
        let root = SchemaLocation(document: documents.count - 1, pointer: "")
        resources.append(
            SchemaResource(address: SchemaURI(address), root: root, dialect: SchemaDialect())
        )
        byAddress[SchemaURI(address).document] = resources.count - 1
        try scan(value, at: root, owner: resources.count - 1)
        return root
    }

    /// The value at a place.
    func value(at location: SchemaLocation) -> JSON? {
        var value = documents[location.document].value
        for step in location.pointer.split(separator: "/", omittingEmptySubsequences: false)
            .dropFirst()
        {
            guard let next = Self.step(step, into: value) else { return nil }
            value = next
        }
        return value
    }

    private static func step(_ step: Substring, into value: JSON) -> JSON? {
        switch value {
        case .object(let object): object[unescape(step)]
        case .array: Int(step).flatMap { value[$0] }
        case .null, .bool, .integer, .number, .string: nil
        }
    }

    private static func unescape(_ step: Substring) -> String {
        guard step.contains("~") else { return String(step) }
        var text = String.UnicodeScalarView()
        var isEscape = false
        for scalar in step.unicodeScalars {
            switch (isEscape, scalar) {
            case (false, "~"): isEscape = true
            case (true, "0"):
                text.append("~")
                isEscape = false
            case (true, "1"):
                text.append("/")
                isEscape = false
            default: text.append(scalar)
            }
        }
        return String(text)
    }

    /// The resource a schema belongs to; one that stands where no schema is expected belongs
    /// where what surrounds it does, and is taken in now.
    mutating func owner(of location: SchemaLocation) throws(SchemaError) -> Int {
        if let owner = owners[location] { return owner }
        var outer = location
        while let slash = outer.pointer.lastIndex(of: "/") {
            outer.pointer = String(outer.pointer[..<slash])
            guard let owner = owners[outer] else { continue }
            if let value = value(at: location) { try scan(value, at: location, owner: owner) }
            return owners[location] ?? owner
        }
        return owners[outer] ?? 0
    }

    /// Where a reference leads that stands in this resource.
    mutating func resolve(
        _ reference: String,
        from owner: Int,
        at location: String
    ) throws(SchemaError) -> (SchemaLocation, dynamicName: String?) {
        let target = resources[owner].address.resolving(reference)
        func dead(_ reason: String, _ hint: String) -> SchemaError {
            SchemaError(
                .unresolvedReference,
                "the reference '\(reference)' leads nowhere: \(reason)",
                at: location,
                hint: hint
            )
        }
        if byAddress[target.document] == nil {
            guard let value = resolver(target.document) else {
                throw dead(
                    "there is no schema '\(target.document)'",
                    "Check the address for a typo"
                )
            }
            _ = try add(value, address: target.document)
        }
        guard let resource = byAddress[target.document] else {
            throw dead("there is no schema '\(target.document)'", "Check the address for a typo")
        }
        let root = resources[resource].root
        guard let fragment = target.decodedFragment else {
            throw dead("its fragment is not UTF-8", "Write it in UTF-8, then percent-encoded")
        }
        if fragment.isEmpty { return (root, nil) }
        if fragment.hasPrefix("/") {
            let place = SchemaLocation(
                document: root.document,
                pointer: root.pointer + fragment
            )
            guard value(at: place) != nil else {
                throw dead("the document has no '\(fragment)'", "Check each step of the pointer")
            }
            return (place, nil)
        }
        if let place = resources[resource].dynamicAnchors[fragment] { return (place, fragment) }
        guard let place = resources[resource].anchors[fragment] else {
            throw dead("no $anchor is named '\(fragment)'", "Define it, or point with '#/…'")
        }
        return (place, nil)
    }

    /// A place as a person is told it.
    func text(_ location: SchemaLocation) -> String {
        "\(documents[location.document].address)#\(location.pointer)"
    }
}

// MARK: - Looking for names

extension SchemaIndex {
    static let schemaKeywords = [
        "additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else",
        "unevaluatedItems", "unevaluatedProperties", "contentSchema",
    ]
    static let schemaListKeywords = ["prefixItems", "allOf", "anyOf", "oneOf"]
    static let schemaMapKeywords = [
        "$defs", "definitions", "properties", "patternProperties", "dependentSchemas",
    ]

    private mutating func scan(
        _ value: JSON,
        at location: SchemaLocation,
        owner: Int
    ) throws(SchemaError) {
        var owner = owner
        guard case .object(let schema) = value else {
            owners[location] = owner
            return
        }
        if let id = schema["$id"] {
            guard let id = id.stringValue else { throw notText("$id", location) }
            let address = resources[owner].address.resolving(id)
            if address.fragment?.isEmpty == false {
                throw SchemaError(
                    .invalidKeyword,
                    "$id may have no fragment, found '\(id)'",
                    at: text(location),
                    hint: "Name a part by $anchor"
                )
            }
            var plain = address
            plain.fragment = nil
            resources.append(
                SchemaResource(address: plain, root: location, dialect: resources[owner].dialect)
            )
            owner = resources.count - 1
            byAddress[plain.document] = owner
        }
        if let dialect = schema["$schema"] {
            guard let dialect = dialect.stringValue else { throw notText("$schema", location) }
            resources[owner].dialect = try SchemaDialect(
                address: dialect,
                location: text(location),
                resolver: resolver
            )
        }
        owners[location] = owner
        for keyword in ["$anchor", "$dynamicAnchor"] {
            guard let name = schema[keyword] else { continue }
            guard let name = name.stringValue else { throw notText(keyword, location) }
            resources[owner].anchors[name] = location
            if keyword == "$dynamicAnchor" { resources[owner].dynamicAnchors[name] = location }
        }
        try scanParts(of: schema, at: location, owner: owner)
    }

    private mutating func scanParts(
        of schema: JSONObject,
        at location: SchemaLocation,
        owner: Int
    ) throws(SchemaError) {
        for keyword in Self.schemaKeywords {
            guard let part = schema[keyword] else { continue }
            try scan(part, at: location.appending(keyword), owner: owner)
        }
        for keyword in Self.schemaListKeywords {
            let place = location.appending(keyword)
            for (index, part) in (schema[keyword]?.arrayValue ?? []).enumerated() {
                try scan(part, at: place.appending(index), owner: owner)
            }
        }
        for keyword in Self.schemaMapKeywords {
            let place = location.appending(keyword)
            for member in schema[keyword]?.objectValue ?? JSONObject() {
                try scan(member.value, at: place.appending(member.key), owner: owner)
            }
        }
    }

    private func notText(_ keyword: String, _ location: SchemaLocation) -> SchemaError {
        SchemaError(
            .invalidKeyword,
            "\(keyword) must be a string",
            at: text(location),
            hint: "Put it in double quotes"
        )
    }
}
