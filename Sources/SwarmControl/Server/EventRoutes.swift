import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SwarmModel

extension ControlRoute {
    /// How often a run's progress is sent at most.
    static let progressInterval = Duration.milliseconds(100)

    /// Every event of the coordinator; `Last-Event-ID` takes up where a broken stream ended.
    static func events(_ exchange: Exchange) throws -> Response {
        let query = try exchange.query("run", "worker", "level", "after")
        let filter = EventFilter(
            run: try query.run("run")?.description,
            worker: query["worker"],
            levels: try query.list("level", of: EventFilter.Level.self).map(\.rawValue)
        )
        let header = HTTPField.Name.lastEventID.flatMap { exchange.request.headers[$0] }
        let text = header ?? query["after"]
        var position: EventPosition?
        if let text {
            guard let parsed = EventPosition(text) else {
                throw ErrorDocument(
                    .badRequest,
                    "\"\(text)\" is not the id of an event; expected one like 1790000000000-42"
                )
            }
            position = parsed
        }
        let subscription = exchange.events.subscribe(after: position)
        let epoch = exchange.events.epoch
        return stream(exchange) { writer in
            for await element in subscription {
                switch element {
                case .event(let event):
                    guard filter.passes(event) else { continue }
                    let position = EventPosition(epoch: epoch, id: event.id)
                    try await writer.write(
                        ServerSentEvent("event", id: position.description, document: event).bytes
                    )
                case .gap(let gap):
                    try await writer.write(ServerSentEvent("gap", document: gap).bytes)
                }
            }
        }
    }

    /// A run as it goes: `progress` whenever it changed, then `ended`, then nothing.
    ///
    /// Snapshots, not a history: a client that reads slowly sees fewer of them, and always the
    /// last.
    static func runEvents(_ exchange: Exchange) async throws -> Response {
        let run = try exchange.run()
        let operations = exchange.operations
        let parts = RunParts(nodes: true)
        // An unknown run is an error of the request, not of a stream that has begun.
        let first = try await operations.run(run, including: parts)
        return stream(exchange) { writer in
            try await writer.write(ServerSentEvent(progressOf: first).bytes)
            guard !first.state.isTerminal else { return }
            let steps = RunSteps(run: run, operations: operations)
            var last = first
            var pause = progressInterval
            while true {
                let step = try await steps.next(within: pause)
                let asked = ContinuousClock.now
                let document = try await operations.run(run, including: parts)
                // Who asks the swarm to end after the last run may be quicker than this stream.
                if step == .ended || step == .shutdown && document.state.isTerminal {
                    try await writer.write(ServerSentEvent(progressOf: document).bytes)
                    return
                }
                guard step != .shutdown else { return }
                // Looking at a large run takes time; it must not take much of the coordinator's.
                pause = max(progressInterval, (ContinuousClock.now - asked) * 20)
                guard document.hasProgressed(since: last) else { continue }
                last = document
                try await writer.write(ServerSentEvent(progressOf: document).bytes)
            }
        }
    }

    /// An event stream that ends when `body` returns or the client goes away.
    private static func stream(
        _ exchange: Exchange,
        _ body: @escaping @Sendable @concurrent (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        let request = exchange.request
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                do {
                    try await request.body.consumeWithCancellationOnInboundClose { _ in
                        // The comment makes the head leave at once, before any event.
                        try await writer.write(ByteBuffer(string: ": swarm\n\n"))
                        try await body(&writer)
                    }
                } catch is CancellationError {
                    // The client went away: there is nobody left to tell.
                }
                try await writer.finish(nil)
            }
        )
    }
}

extension HTTPField.Name {
    /// `Last-Event-ID`, which a reconnecting client sends.
    static let lastEventID = HTTPField.Name(parsed: "last-event-id")
}
