import NIOCore
import NIOHTTP1
public import SwarmModel

extension ControlClient {
    /// Snapshots of a run: one at once, one whenever it changed, and the last when it has ended.
    ///
    /// - Throws: `E_UNREACHABLE` when the coordinator goes away before that.
    public func progress(of run: RunID) -> AsyncThrowingStream<RunDocument, any Error> {
        stream(RequestTarget("v1", "runs", run.description, "events")) { frame in
            try JSON(parsing: Array(frame.data.utf8)).decoded(as: RunDocument.self)
        } isLast: {
            $0.state.isTerminal
        }
    }

    /// Events of the coordinator from now on, or after a position.
    public func events(
        after position: EventPosition? = nil,
        run: RunID? = nil,
        worker: String? = nil
    ) -> AsyncThrowingStream<EventSubscription.Element, any Error> {
        let target = RequestTarget("v1", "events").adding("after", position)
            .adding("run", run).adding("worker", worker)
        return stream(target) { frame in
            let json = try JSON(parsing: Array(frame.data.utf8))
            return frame.event == "gap"
                ? .gap(try json.decoded()) : .event(try json.decoded())
        } isLast: { _ in
            false
        }
    }

    /// Reads an event stream; the buffer keeps the newest, since each element stands for itself.
    private func stream<Element: Sendable>(
        _ target: RequestTarget,
        _ read: @escaping @Sendable (EventFrame) throws -> Element,
        isLast: @escaping @Sendable (Element) -> Bool
    ) -> AsyncThrowingStream<Element, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: Element.self,
            bufferingPolicy: .bufferingNewest(4096)
        )
        let reader = Task {
            do {
                try await withConnection { connection in
                    try await connection.send(
                        .GET,
                        target,
                        body: nil,
                        accept: "text/event-stream"
                    )
                    let status = try await connection.status()
                    guard status == 200 else {
                        throw Self.error(status: status, body: try await connection.rest())
                    }
                    var frames = EventFrames()
                    while let chunk = try await connection.chunk() {
                        for frame in frames.append(chunk.readableBytesView) {
                            let element = try read(frame)
                            continuation.yield(element)
                            if isLast(element) { return }
                        }
                    }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in reader.cancel() }
        return stream
    }
}
