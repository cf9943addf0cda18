import Glibc
import Testing
import ZeroMQ

@Suite("Connections that are no ZeroMQ", .timeLimit(.minutes(3)))
struct RawConnectionTests {
    let directory: TemporaryDirectory
    let context: ZeroMQContext
    let router: Socket
    let dealer: Socket
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        context = try ZeroMQContext()
        path = directory.file("bus")
        var options = SocketOptions()
        options.handshakeInterval = .milliseconds(200)
        router = try Socket(.router, context: context, options: options)
        try IPCEndpoint(path: path).bind(router)
        dealer = try Socket(.dealer, context: context)
        try dealer.connect(.ipc(path: path))
    }

    /// A plain connection to the router's endpoint.
    private func connection() throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0)
        return descriptor
    }

    /// Whether a message of an honest peer still arrives.
    private func stillServes(_ number: UInt8) throws -> Bool {
        _ = try dealer.send([[number]])
        return try router.nextFrames().last == [number]
    }

    /// Reads until the other side has hung up.
    private func waitForHangUp(_ descriptor: CInt) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &buffer, buffer.count) > 0 {}
    }

    @Test(
        "Bytes of any other protocol cost their sender the connection and nobody else anything",
        arguments: [
            Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
            [UInt8](repeating: 0xFF, count: 4096),
            [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("PLAIN".utf8)
                + [UInt8](repeating: 0, count: 200),
            // A greeting that is in order, then a command of a length nobody can mean.
            [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
                + [UInt8](repeating: 0, count: 48)
                + [0x06, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ]
    )
    func garbage(bytes: [UInt8]) throws {
        let descriptor = try connection()
        #expect(send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count)
        waitForHangUp(descriptor)
        close(descriptor)
        #expect(try stillServes(1))
    }

    @Test("A connection that says nothing is closed after the handshake interval")
    func silence() throws {
        let descriptor = try connection()
        let begin = MonotonicClock.now
        waitForHangUp(descriptor)
        let waited = MonotonicClock.now - begin
        #expect(waited >= 150_000_000)
        close(descriptor)
        #expect(try stillServes(2))
    }

    @Test("Hundreds of half-open connections keep nobody out")
    func halfOpen() throws {
        #expect(DescriptorLimit.raise() >= 1024)
        let descriptors = try (0..<300).map { _ in try connection() }
        #expect(try stillServes(3))
        for descriptor in descriptors { waitForHangUp(descriptor) }
        for descriptor in descriptors { close(descriptor) }
        #expect(try stillServes(4))
    }

    @Test("Peers that come and go a thousand times leave no descriptor behind")
    func comingAndGoing() throws {
        func openDescriptors() -> Int {
            guard let stream = opendir("/proc/self/fd") else { return 0 }
            defer { closedir(stream) }
            var count = 0
            while readdir(stream) != nil { count += 1 }
            return count
        }
        #expect(try stillServes(5))
        let before = openDescriptors()
        for round in 0..<1000 {
            let peer = try Socket(.dealer, context: context)
            try peer.connect(.ipc(path: path))
            if round % 10 == 0 {
                _ = try peer.send([[9]])
                #expect(try router.nextFrames().last == [9])
            }
            peer.close()
            if round % 100 == 99 { #expect(try stillServes(6)) }
        }
        // Other tests open descriptors at the same time, but none of them a thousand.
        _ = try wait(for: "the connections to be gone") {
            _ = try stillServes(7)
            return openDescriptors() < before + 300 ? true : nil
        }
    }
}
