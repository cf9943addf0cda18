import Foundation
import Logging
import SwarmControl
import SwarmModel
import Testing

@Suite("The control socket", .timeLimit(.minutes(2)))
struct SocketTests {
    @Test("Only the owner may use the socket, and nothing else is left in the directory")
    func mode() async throws {
        try await ServedSwarm.run { served in
            let attributes = try FileManager.default.attributesOfItem(
                atPath: served.client.socket.path
            )
            #expect((attributes[.posixPermissions] as? NSNumber)?.uint16Value == 0o600)
            #expect(attributes[.type] as? FileAttributeType == .typeSocket)
            let entries = try FileManager.default.contentsOfDirectory(atPath: served.directory)
            #expect(entries == [ControlSocket.name])
        }
    }

    @Test("A server removes its socket when it ends")
    func removal() async throws {
        let path = try await ServedSwarm.run { $0.client.socket.path }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("What a killed coordinator left behind is replaced")
    func staleSocket() async throws {
        try await TemporaryDirectory.with { directory in
            let socket = try ControlSocket(stateDirectory: directory)
            // A bound socket whose owner is gone: the file stays, and nobody accepts.
            let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.path.utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
            }
            try #require(bound == 0)
            close(descriptor)
            #expect(FileManager.default.fileExists(atPath: socket.path))
            #expect(!socket.isServed)

            let (serving, started) = AsyncStream.makeStream(of: Void.self)
            let server = ControlServer(
                operations: ScriptedSwarm(),
                events: EventHub(startedAt: ScriptedSwarm.epoch),
                socket: socket,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                onServing: { started.yield() }
            )
            let running = Task { try await server.run() }
            for await _ in serving { break }
            #expect(try await ControlClient(socket: socket).health().pid == 4711)
            running.cancel()
            _ = await running.result
        }
    }

    @Test("A second server on a served socket is refused and disturbs nothing")
    func secondServer() async throws {
        try await ServedSwarm.run { served in
            let second = ControlServer(
                operations: ScriptedSwarm(),
                events: EventHub(startedAt: ScriptedSwarm.epoch),
                socket: served.client.socket,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let error = await #expect(throws: ErrorDocument.self) { try await second.run() }
            #expect(error?.code == .conflict)
            let health = try await served.client.health()
            #expect(health.pid == 4711)
        }
    }

    @Test("A path too long for a unix socket is refused with its length")
    func longPath() throws {
        let directory = "/" + String(repeating: "d", count: 100)
        let error = #expect(throws: ErrorDocument.self) {
            try ControlSocket(stateDirectory: directory)
        }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains("114 bytes") == true)
    }

    @Test("A state directory that cannot be written is an error that says so")
    func missingDirectory() async throws {
        let socket = try ControlSocket(path: "/proc/no-such-directory/control.sock")
        let server = ControlServer(
            operations: ScriptedSwarm(),
            events: EventHub(startedAt: ScriptedSwarm.epoch),
            socket: socket,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let error = await #expect(throws: ErrorDocument.self) { try await server.run() }
        #expect(error?.message.contains("/proc/no-such-directory") == true)
    }
}
