import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SwarmModel

/// One request on its way to an answer: its parts, read strictly, and what it may use.
struct Exchange: Sendable {
    let request: Request
    let parameters: [String: String]
    let operations: any SwarmOperations
    let events: EventHub

    /// The run named in the path.
    func run() throws(ErrorDocument) -> RunID {
        let text = parameters["run"] ?? ""
        guard let run = RunID(text) else {
            throw ErrorDocument(
                .badRequest,
                "\"\(text)\" is not the id of a run; expected one like r_17",
                hint: "`swarm runs` lists them"
            )
        }
        return run
    }

    /// The worker named in the path.
    func worker() throws(ErrorDocument) -> WorkerID {
        let text = parameters["worker"] ?? ""
        guard let worker = WorkerID(text) else {
            throw ErrorDocument(
                .badRequest,
                "\"\(text)\" is not the name of a worker; expected one like pricing-2",
                hint: "`swarm ps` lists them"
            )
        }
        return worker
    }

    /// The query of the request, all of whose names must be among `known`.
    func query(_ known: String...) throws(ErrorDocument) -> QueryParameters {
        try QueryParameters(request.uri.queryParameters, known: known)
    }

    /// The body as a document; an empty body reads as `{}`.
    func body<Document: Decodable>(_ type: Document.Type) async throws -> Document {
        try await Self.document(type, in: request.body)
    }

    /// Runs `operation` with the body, cancelled as soon as the client goes away
    /// or the server shuts down.
    ///
    /// For answers that may take long; the connection closes after them.
    func untilClientLeaves<Document: Decodable & Sendable, Answer: Sendable>(
        _ type: Document.Type,
        _ operation: @escaping @Sendable (Document) async throws -> Answer
    ) async throws -> Answer {
        try await request.body.consumeWithCancellationOnInboundClose { body in
            let document = try await Self.document(type, in: body)
            return try await cancelWhenGracefulShutdown { try await operation(document) }
        }
    }

    private static func document<Document: Decodable>(
        _ type: Document.Type,
        in body: RequestBody
    ) async throws -> Document {
        var bytes: [UInt8] = []
        for try await chunk in body {
            guard bytes.count + chunk.readableBytes <= ControlServer.bodyLimit else {
                throw ErrorDocument(
                    .tooLarge,
                    "the request body is over \(ControlServer.bodyLimit) bytes",
                    hint: "put large values into files and pass their paths"
                )
            }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        let json: JSON
        do { json = bytes.isEmpty ? [:] : try JSON(parsing: bytes) } catch {
            throw ErrorDocument(.badRequest, "the request body is not JSON: \(error)")
        }
        do { return try json.decoded(as: type) } catch {
            throw ErrorDocument(.badRequest, "the request body is wrong at \(error)")
        }
    }
}

extension Response {
    /// A document as `application/json`.
    init(document: some Encodable, status: Int = 200) throws {
        let bytes = try JSON(encoding: document).encoded()
        self.init(
            status: HTTPResponse.Status(code: status),
            headers: [
                .contentType: "application/json", .contentLength: String(bytes.count),
                .cacheControl: "no-store",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
