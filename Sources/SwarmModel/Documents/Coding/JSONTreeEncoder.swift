extension JSON {
    /// The document as JSON: members in the order the type encodes them, absent optionals left out,
    /// and any `JSON` inside taken over verbatim, numbers included.
    ///
    /// - Throws: `EncodingError` when a number has no JSON form (infinite or not a number).
    public init(encoding value: some Encodable) throws {
        if let json = value as? JSON {
            self = json
            return
        }
        let node = EncodedNode()
        try value.encode(to: JSONTreeEncoder(node: node, codingPath: []))
        self = node.json
    }
}

/// A place in the tree under construction; containers fill it in as their type encodes itself.
private final class EncodedNode {
    enum Content {
        case value(JSON)
        case array([EncodedNode])
        case object([(key: String, node: EncodedNode)])
    }

    var content = Content.value(.object(JSONObject()))

    func set(_ json: JSON) { content = .value(json) }

    func becomeObject() {
        if case .object = content { return }
        content = .object([])
    }

    func becomeArray() {
        if case .array = content { return }
        content = .array([])
    }

    func member(_ key: String) -> EncodedNode {
        let node = EncodedNode()
        if case .object(var members) = content {
            content = .value(.null)
            members.append((key, node))
            content = .object(members)
        }
        return node
    }

    func element() -> EncodedNode {
        let node = EncodedNode()
        if case .array(var elements) = content {
            content = .value(.null)
            elements.append(node)
            content = .array(elements)
        }
        return node
    }

    var json: JSON {
        switch content {
        case .value(let json): json
        case .array(let elements): .array(elements.map(\.json))
        case .object(let members): JSON(members: members.map { ($0.key, $0.node.json) })
        }
    }
}

private struct JSONTreeEncoder: Encoder {
    var node: EncodedNode
    var codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.becomeObject()
        return KeyedEncodingContainer(ObjectContainer(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.becomeArray()
        return ArrayContainer(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        ValueContainer(node: node, codingPath: codingPath)
    }

    static func encode<Value: Encodable>(
        _ value: Value,
        into node: EncodedNode,
        at codingPath: [any CodingKey]
    ) throws {
        switch value {
        case let value as JSON: node.set(value)
        case let value as String: node.set(.string(value))
        case let value as Bool: node.set(.bool(value))
        case let value as any BinaryInteger: node.set(JSON(value))
        case let value as Double:
            guard let json = JSON(value) else {
                throw EncodingError.invalidValue(
                    value,
                    .init(codingPath: codingPath, debugDescription: "JSON has no number \(value)")
                )
            }
            node.set(json)
        case let value as Float:
            try encode(Double(value), into: node, at: codingPath)
        default:
            try value.encode(to: JSONTreeEncoder(node: node, codingPath: codingPath))
        }
    }
}

private struct ObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    var node: EncodedNode
    var codingPath: [any CodingKey]

    mutating func encodeNil(forKey key: Key) { node.member(key.stringValue).set(.null) }

    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try JSONTreeEncoder.encode(
            value,
            into: node.member(key.stringValue),
            at: codingPath + [key]
        )
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        encoder(key).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder(key).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { encoder(DocumentKey("super")) }

    mutating func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

    private func encoder(_ key: any CodingKey) -> JSONTreeEncoder {
        JSONTreeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
    }
}

private struct ArrayContainer: UnkeyedEncodingContainer {
    var node: EncodedNode
    var codingPath: [any CodingKey]
    var count = 0

    init(node: EncodedNode, codingPath: [any CodingKey]) {
        self.node = node
        self.codingPath = codingPath
    }

    mutating func encodeNil() { next().node.set(.null) }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        let encoder = next()
        try JSONTreeEncoder.encode(value, into: encoder.node, at: encoder.codingPath)
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        next().container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        next().unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { next() }

    private mutating func next() -> JSONTreeEncoder {
        defer { count += 1 }
        return JSONTreeEncoder(node: node.element(), codingPath: codingPath + [DocumentKey(count)])
    }
}

private struct ValueContainer: SingleValueEncodingContainer {
    var node: EncodedNode
    var codingPath: [any CodingKey]

    mutating func encodeNil() { node.set(.null) }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        try JSONTreeEncoder.encode(value, into: node, at: codingPath)
    }
}
