import HTTPTypes
import Hummingbird
import SwarmModel

/// Finds the route of a request and turns whatever it throws into an error document.
struct ControlRouter: Sendable {
    let operations: any SwarmOperations
    let events: EventHub

    /// The responder for the HTTP server.
    func responder() -> CallbackResponder<BasicRequestContext> {
        CallbackResponder { request, _ in
            do {
                return try await respond(to: request)
            } catch let error as ErrorDocument {
                return try Response(document: ErrorResponse(error), status: error.code.httpStatus)
            } catch is CancellationError {
                let document = ErrorDocument(
                    .stopping,
                    "the coordinator is shutting down",
                    hint: "the run is in the journal and goes on after `swarm up`"
                )
                return try Response(
                    document: ErrorResponse(document),
                    status: document.code.httpStatus
                )
            } catch {
                let document = ErrorDocument(
                    .internal,
                    "the coordinator failed at \(request.uri.path): \(error)",
                    hint: "`swarm logs --level error` shows what happened around it"
                )
                return try Response(document: ErrorResponse(document), status: 500)
            }
        }
    }

    private func respond(to request: Request) async throws -> Response {
        let segments = request.uri.path.split(separator: "/", omittingEmptySubsequences: true).map(
            String.init
        )
        var allowed: [String] = []
        for route in ControlRoute.all {
            guard let parameters = route.match(segments) else { continue }
            guard route.method == request.method else {
                allowed.append(route.method.rawValue)
                continue
            }
            let exchange = Exchange(
                request: request,
                parameters: parameters,
                operations: operations,
                events: events
            )
            return try await route.respond(exchange)
        }
        guard !allowed.isEmpty else {
            throw ErrorDocument(
                .notFound,
                "no such path: \(request.uri.path)",
                hint: "docs/openapi.json lists the paths"
            )
        }
        throw ErrorDocument(
            .methodNotAllowed,
            "\(request.uri.path) does not take \(request.method.rawValue); it takes "
                + allowed.joined(separator: ", ")
        )
    }
}

/// One operation of the API: a method, a path, and what answers it.
struct ControlRoute: Sendable {
    let method: HTTPRequest.Method
    /// The path as OpenAPI writes it, such as `/v1/runs/{run}`.
    let path: String
    let respond: @Sendable (Exchange) async throws -> Response
    private let pattern: [Substring]

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ respond: @escaping @Sendable (Exchange) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.respond = respond
        pattern = path.split(separator: "/")
    }

    /// The values of the path's parameters; nil when the path is another.
    func match(_ segments: [String]) -> [String: String]? {
        guard segments.count == pattern.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(pattern, segments) {
            if part.hasPrefix("{") {
                parameters[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return parameters
    }
}
