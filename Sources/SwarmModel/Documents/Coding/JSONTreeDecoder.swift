extension JSON {
    /// Reads a document of this type; members the type does not know are an error.
    ///
    /// Numbers inside a `JSON` member keep their text.
    ///
    /// - Throws: ``DocumentError`` naming the first member that is wrong.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws(DocumentError)
        -> Value
    {
        let unknown = UnknownMembers()
        do {
            let value = try JSONTreeDecoder(json: self, codingPath: [], unknown: unknown)
                .decode(type)
            try unknown.check()
            return value
        } catch let error as DecodingError {
            throw DocumentError(error)
        } catch let error as DocumentError {
            throw error
        } catch {
            throw DocumentError(path: "", reason: "\(error)")
        }
    }
}

/// Finds members that no type asked for: a misspelt optional member must not pass in silence.
private final class UnknownMembers {
    private var objects: [(path: [any CodingKey], keys: [String], asked: Asked)] = []

    final class Asked {
        var keys: Set<String> = []
    }

    func watch(_ object: JSONObject, at path: [any CodingKey]) -> Asked {
        let asked = Asked()
        objects.append((path, object.keys, asked))
        return asked
    }

    func check() throws {
        for (path, keys, asked) in objects {
            guard let key = keys.first(where: { !asked.keys.contains($0) }) else { continue }
            let known = asked.keys.sorted().joined(separator: ", ")
            throw DocumentError(
                "unknown member; expected one of \(known)",
                at: path + [DocumentKey(key)]
            )
        }
    }
}

private struct JSONTreeDecoder: Decoder {
    var json: JSON
    var codingPath: [any CodingKey]
    var unknown: UnknownMembers
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = json else { throw mismatch("an object", type) }
        return KeyedDecodingContainer(
            ObjectContainer(
                object: object,
                decoder: self,
                asked: unknown.watch(object, at: codingPath)
            )
        )
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = json else { throw mismatch("an array", [JSON].self) }
        return ArrayContainer(elements: elements, decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        ValueContainer(decoder: self)
    }

    func at(_ key: any CodingKey, _ json: JSON) -> JSONTreeDecoder {
        JSONTreeDecoder(json: json, codingPath: codingPath + [key], unknown: unknown)
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value: Value? =
            switch type {
            case is JSON.Type: json as? Value
            case is String.Type: json.stringValue as? Value
            case is Bool.Type: json.boolValue as? Value
            case is Double.Type: json.doubleValue as? Value
            case is Float.Type: json.doubleValue.map(Float.init) as? Value
            case let type as any FixedWidthInteger.Type: integer(type) as? Value
            default: try decodeComposite(type)
            }
        guard let value else { throw mismatch(Self.expected(type), type) }
        return value
    }

    private func decodeComposite<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard let choice = type as? any (CaseIterable & RawRepresentable).Type else {
            return try Value(from: self)
        }
        do { return try Value(from: self) } catch is DecodingError {
            throw mismatch("one of \(Self.choices(choice).joined(separator: ", "))", type)
        }
    }

    private func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        json.integerValue.flatMap { Number(exactly: $0) }
    }

    private static func choices<Choice: CaseIterable & RawRepresentable>(
        _ type: Choice.Type
    ) -> [String] {
        type.allCases.map { "\($0.rawValue)" }
    }

    private static func expected(_ type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Double.Type, is Float.Type: "a number"
        case is UInt64.Type: "a whole number, not negative"
        default: "a whole number"
        }
    }

    func mismatch(_ expected: String, _ type: Any.Type) -> DecodingError {
        .typeMismatch(
            type,
            .init(
                codingPath: codingPath,
                debugDescription: "expected \(expected), found \(json.kind.rawValue)"
            )
        )
    }
}

private struct ObjectContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    var object: JSONObject
    var decoder: JSONTreeDecoder
    var asked: UnknownMembers.Asked

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] {
        asked.keys.formUnion(object.keys)
        return object.keys.compactMap(Key.init(stringValue:))
    }

    func contains(_ key: Key) -> Bool {
        asked.keys.insert(key.stringValue)
        return object[key.stringValue] != nil
    }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).json.isNull }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try member(key).decode(type)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { decoder }

    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }

    private func member(_ key: Key) throws -> JSONTreeDecoder {
        asked.keys.insert(key.stringValue)
        guard let json = object[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key,
                .init(codingPath: codingPath, debugDescription: "missing")
            )
        }
        return decoder.at(key, json)
    }
}

private struct ArrayContainer: UnkeyedDecodingContainer {
    var elements: [JSON]
    var decoder: JSONTreeDecoder
    var currentIndex = 0

    init(elements: [JSON], decoder: JSONTreeDecoder) {
        self.elements = elements
        self.decoder = decoder
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next().decode(type)
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> JSONTreeDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                JSON.self,
                .init(
                    codingPath: codingPath + [DocumentKey(currentIndex)],
                    debugDescription: "the array ends here"
                )
            )
        }
        defer { currentIndex += 1 }
        return decoder.at(DocumentKey(currentIndex), elements[currentIndex])
    }
}

private struct ValueContainer: SingleValueDecodingContainer {
    var decoder: JSONTreeDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.json.isNull }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
}
