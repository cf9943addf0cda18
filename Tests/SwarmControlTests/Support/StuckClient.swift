import Foundation

/// A client that sends one request and never reads a byte of the answer.
enum StuckClient {
    static func with(
        _ path: String,
        requesting target: String,
        _ body: () async throws -> Void
    ) async throws {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        let request = Array("GET \(target) HTTP/1.1\r\nhost: swarm\r\n\r\n".utf8)
        guard connected == 0, write(descriptor, request, request.count) == request.count else {
            throw POSIXError(.ECONNREFUSED)
        }
        try await body()
    }
}
