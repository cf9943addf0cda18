/// Lets `JSON` be a member of any `Codable` type.
///
/// The coders of this module take the value over verbatim. Through any other coder, numbers are
/// those of Swift: whole ones as `Int64`, the rest as `Double`.
extension JSON: Codable {
    /// Reads whatever kind of value is there.
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: DocumentKey.self) {
            self = JSON(
                members: try container.allKeys.map { key in
                    (key.stringValue, try container.decode(JSON.self, forKey: key))
                }
            )
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [JSON] = []
            while !container.isAtEnd { elements.append(try container.decode(JSON.self)) }
            self = .array(elements)
        } else {
            self = try Self.scalar(try decoder.singleValueContainer())
        }
    }

    /// Writes the value as the kind it is.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let object):
            var container = encoder.container(keyedBy: DocumentKey.self)
            for member in object {
                try container.encode(member.value, forKey: DocumentKey(member.key))
            }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .integer(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let number):
            var container = encoder.singleValueContainer()
            try container.encode(number.double)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) throws -> JSON {
        if container.decodeNil() { return .null }
        if let value = try? container.decode(Bool.self) { return .bool(value) }
        if let value = try? container.decode(Int64.self) { return .integer(value) }
        if let value = try? container.decode(String.self) { return .string(value) }
        let double = try container.decode(Double.self)
        guard let json = JSON(double) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "JSON has no number \(double)"
            )
        }
        return json
    }
}
