import NIOCore
import NIOHTTP1
import NIOPosix
import SwarmModel

/// Talks to a coordinator over its control socket: the same operations, as if it were in process.
///
/// Each request has a connection of its own, which on a unix socket costs next to nothing and
/// leaves no state between requests to go wrong. Errors of the coordinator are thrown as the
/// `ErrorDocument` it sent; when nobody answers, that is `E_UNREACHABLE`.
public struct ControlClient: Sendable {
    /// The socket of the coordinator.
    public let socket: ControlSocket

    /// A client of the coordinator behind `socket`; connects with the first request.
    public init(socket: ControlSocket) { self.socket = socket }

    func get<Document: Decodable & Sendable>(_ target: RequestTarget) async throws -> Document {
        try await exchange(.GET, target, body: nil)
    }

    func post<Document: Decodable & Sendable>(
        _ target: RequestTarget,
        _ body: some Encodable
    ) async throws -> Document {
        try await exchange(.POST, target, body: try JSON(encoding: body).encoded())
    }

    private func exchange<Document: Decodable & Sendable>(
        _ method: HTTPMethod,
        _ target: RequestTarget,
        body: [UInt8]?
    ) async throws -> Document {
        try await withConnection { connection in
            try await connection.send(method, target, body: body, accept: "application/json")
            let (status, bytes) = try await connection.wholeResponse()
            guard (200..<300).contains(status) else {
                throw Self.error(status: status, body: bytes)
            }
            do {
                return try JSON(parsing: bytes).decoded(as: Document.self)
            } catch {
                throw ErrorDocument(
                    .internal,
                    "the coordinator answered \(target) with something else: \(error)",
                    hint: "the coordinator may be of another version; `swarm down` and `swarm up` "
                        + "restart it"
                )
            }
        }
    }

    /// What the body of a response that is no success says.
    static func error(status: Int, body: [UInt8]) -> ErrorDocument {
        if let json = try? JSON(parsing: body),
            let response = try? json.decoded(as: ErrorResponse.self)
        {
            return response.error
        }
        return ErrorDocument(.internal, "the coordinator answered with status \(status)")
    }

    /// Connects, runs `body`, and closes.
    func withConnection<Result: Sendable>(
        _ body: (inout ControlConnection) async throws -> Result
    ) async throws -> Result {
        let channel: ControlConnection.Channel
        do {
            channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: socket.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try ControlConnection.Channel(
                            wrappingChannelSynchronously: channel
                        )
                    }
                }
        } catch {
            throw ErrorDocument(
                .unreachable,
                "no coordinator answers on \(socket.path)",
                hint: "start one with `swarm up -d`, or name its state directory with --state-dir"
            )
        }
        do {
            return try await channel.executeThenClose { inbound, outbound in
                var connection = ControlConnection(
                    inbound: inbound.makeAsyncIterator(),
                    outbound: outbound
                )
                return try await body(&connection)
            }
        } catch let error as any Error & IOFailure {
            throw ErrorDocument(
                .unreachable,
                "the coordinator on \(socket.path) went away: \(error)",
                hint: "`swarm ps` tells whether it is back"
            )
        }
    }
}

/// Failures of the connection itself, as against those that the coordinator reports.
protocol IOFailure {}
extension IOError: IOFailure {}
extension ChannelError: IOFailure {}
extension HTTPParserError: IOFailure {}
extension ControlConnection.Closed: IOFailure {}
