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
