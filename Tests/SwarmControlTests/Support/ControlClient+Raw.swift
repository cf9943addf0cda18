import NIOCore
import NIOHTTP1
import SwarmModel

@testable import SwarmControl

extension ControlClient {
    /// Sends any request at all and gives the status and the body of the response.
    func send(_ method: String, _ target: String, _ body: [UInt8]) async throws
        -> (status: Int, body: [UInt8])
    {
        try await withConnection { connection in
            try await connection.send(
                HTTPMethod(rawValue: method),
                RequestTarget(verbatim: target),
                body: body,
                accept: "*/*"
            )
            return try await connection.wholeResponse()
        }
    }
}

extension ControlClient {
    /// Reads this many frames of an event stream, then leaves.
    func frames(_ target: String, count: Int) async throws -> [EventFrame] {
        try await withConnection { connection in
            try await connection.send(
                .GET,
                RequestTarget(verbatim: target),
                body: nil,
                accept: "text/event-stream"
            )
            _ = try await connection.status()
            var reader = EventFrames()
            var frames: [EventFrame] = []
            while frames.count < count, let chunk = try await connection.chunk() {
                frames += reader.append(chunk.readableBytesView)
            }
            return frames
        }
    }
}
