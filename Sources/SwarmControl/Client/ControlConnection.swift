import NIOCore
import NIOHTTP1

/// One connection to the control socket: sends one request and reads its response.
struct ControlConnection {
    typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// The coordinator closed the connection in the middle of a response.
    struct Closed: Error, CustomStringConvertible {
        var description: String { "the connection closed in the middle of a response" }
    }

    var inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    let outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>

    /// Sends the whole request.
    func send(
        _ method: HTTPMethod,
        _ target: RequestTarget,
        body: [UInt8]?,
        accept: String,
        headers: [(String, String)] = []
    ) async throws {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: target.description)
        head.headers.add(name: "host", value: "swarm")
        head.headers.add(name: "accept", value: accept)
        for (name, value) in headers { head.headers.add(name: name, value: value) }
        var parts: [HTTPClientRequestPart] = []
        if let body {
            head.headers.add(name: "content-type", value: "application/json")
            head.headers.add(name: "content-length", value: String(body.count))
            parts = [.head(head), .body(.byteBuffer(ByteBuffer(bytes: body))), .end(nil)]
        } else {
            parts = [.head(head), .end(nil)]
        }
        try await outbound.write(contentsOf: parts)
    }

    /// The status of the response.
    mutating func status() async throws -> Int {
        while let part = try await inbound.next(isolation: #isolation) {
            if case .head(let head) = part, head.status.code >= 200 {
                return Int(head.status.code)
            }
        }
        throw Closed()
    }

    /// The next bytes of the body; nil at its end.
    mutating func chunk() async throws -> ByteBuffer? {
        while let part = try await inbound.next(isolation: #isolation) {
            switch part {
            case .head: continue
            case .body(let buffer): return buffer
            case .end: return nil
            }
        }
        throw Closed()
    }

    /// The status and all of the body.
    mutating func wholeResponse() async throws -> (status: Int, body: [UInt8]) {
        let status = try await status()
        return (status, try await rest())
    }

    /// The rest of the body.
    mutating func rest() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await chunk() { bytes.append(contentsOf: chunk.readableBytesView) }
        return bytes
    }
}
