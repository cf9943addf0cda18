import Foundation
import SwarmConfig
import SwarmModel

/// `docs/openapi.json`, readied for holding the server to it.
struct APIDescription: Sendable {
    let document: JSON

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../docs/openapi.json")
        document = try JSON(parsing: Array(Data(contentsOf: file)))
    }

    /// One operation of the description.
    struct Operation: Hashable, Sendable {
        var method: String
        var path: String
    }

    var operations: [Operation] {
        (document["paths"]?.objectValue ?? [:]).flatMap { path in
            (path.value.objectValue?.keys ?? []).map {
                Operation(method: $0.uppercased(), path: path.key)
            }
        }
    }

    func description(of operation: Operation) -> JSON? {
        document["paths"]?[operation.path]?[operation.method.lowercased()]
    }

    /// What is wrong with a body, if this status may be answered at all; nil when the description
    /// does not know the status.
    func violations(
        _ body: JSON,
        of operation: Operation,
        status: Int
    ) throws -> [SchemaViolation]? {
        let responses = description(of: operation)?["responses"]
        let response = responses?["\(status)"] ?? (status >= 400 ? responses?["default"] : nil)
        guard let schema = response?["content"]?["application/json"]?["schema"] else { return nil }
        return try compiled(schema).validate(body)
    }

    func requestSchema(of operation: Operation) throws -> JSONSchema? {
        try description(of: operation)?["requestBody"]?["content"]?["application/json"]?["schema"]
            .map(compiled)
    }

    func schema(named name: String) throws -> JSONSchema {
        try compiled(["$ref": .string("#/components/schemas/\(name)")])
    }

    /// A schema of the description together with everything it may refer to.
    private func compiled(_ schema: JSON) throws -> JSONSchema {
        try JSONSchema(
            compiling: ["allOf": [schema], "components": document["components"] ?? [:]])
    }
}
