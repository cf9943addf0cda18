import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Where workers connect")
    struct EndpointTests {
        /// A port that nobody listens on just now.
        private func freePort() throws -> UInt16 {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard socket >= 0 else { throw SystemError("make a socket") }
            defer { close(socket) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(socket, address, length) == 0
                        ? getsockname(socket, address, &length) : -1
                }
            }
            guard status == 0 else { throw SystemError("find a free port") }
            return UInt16(bigEndian: address.sin_port)
        }

        @Test("Workers connect over tcp on loopback when the topology says so")
        func loopback() async throws {
            try await SwarmFolder.with { folder in
                let endpoint = "tcp://127.0.0.1:\(try freePort())"
                try folder.writeTopology(
                    agents: LifecycleTests.echo,
                    coordinator: ["listen": [.string(endpoint)], "orphan_timeout": "2s"]
                )
                try await folder.up()
                let bus = try await folder.data("ps")["coordinator"]?["endpoints"]?["bus"]
                #expect(bus == .string(endpoint))
                let call = try await folder.data("call", "echo.echo", #"{"over":"tcp"}"#)
                #expect(call["result"] == ["over": "tcp"])
            }
        }

        @Test(
            "An address that others can reach is refused before anything starts",
            arguments: ["tcp://0.0.0.0:7000", "tcp://*:7000", "tcp://192.0.2.1:7000"]
        )
        func reachable(address: String) async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(
                    agents: LifecycleTests.echo,
                    coordinator: ["listen": [.string(address)]]
                )
                let refused = try await folder.swarm("up")
                #expect(refused.status == 78)
                #expect(refused.errors.contains("loopback"), "\(refused)")
                #expect(refused.errors.contains("topology.json:1:"), "\(refused)")
                #expect(!File.exists("\(folder.state)/journal.db"))
            }
        }
    }
}
