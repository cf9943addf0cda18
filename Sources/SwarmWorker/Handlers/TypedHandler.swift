import FoundationEssentials
import SwarmModel

/// Makes a handler of bytes out of one of Swift types, by way of JSON.
enum TypedHandler {
    static func make<Arguments: Decodable & SendableMetatype, Value: Encodable & SendableMetatype>(
        _ body: @escaping @Sendable (Arguments, WorkerContext) async throws -> Value
    ) -> Handler {
        { bytes, context in
            let arguments: Arguments = try decode(bytes)
            let value = try await body(arguments, context)
            return try encode(value, "the result")
        }
    }

    /// Reads arguments; no bytes at all are the same as `{}`.
    private static func decode<Arguments: Decodable>(_ bytes: [UInt8]) throws -> Arguments {
        let data = bytes.isEmpty ? Data("{}".utf8) : Data(bytes)
        do {
            return try JSONDecoder().decode(Arguments.self, from: data)
        } catch let error as DecodingError {
            throw WorkerFailure(.validation, sentence(for: error), retryable: false)
        }
    }

    /// Reads what a delegated call has returned.
    static func result<Value: Decodable>(_ bytes: [UInt8], of capability: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw WorkerFailure(
                .internal,
                "the result of \(capability) is no \(Value.self): \(sentence(for: error, in: "it"))",
                retryable: false
            )
        }
    }

    /// Writes a value; `what` names it in case it cannot be written.
    static func encode(_ value: some Encodable, _ what: String) throws -> [UInt8] {
        let encoder = JSONEncoder()
        // Equal values are equal bytes, which the journal stores once.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch let error as EncodingError {
            throw WorkerFailure(
                .internal,
                "\(what) cannot be written as JSON: \(error)",
                retryable: false
            )
        }
    }

    /// Where the mistake is, and what was expected.
    private static func sentence(
        for error: DecodingError,
        in whole: String = "the arguments"
    ) -> String {
        func place(_ path: [any CodingKey]) -> String { Self.place(path, in: whole) }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(place(context.codingPath + [key])): is missing"
        case .valueNotFound(let type, let context):
            return "\(place(context.codingPath)): expected \(type), found null"
        case .typeMismatch(let type, let context):
            return "\(place(context.codingPath)): expected \(type)"
        case .dataCorrupted(let context):
            return "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            return "\(whole) cannot be read: \(error)"
        }
    }

    /// The coding path as one writes it: `items[2].sku`.
    private static func place(_ path: [any CodingKey], in whole: String) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return text.isEmpty ? whole : text
    }
}
