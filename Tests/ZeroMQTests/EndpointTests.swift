import Testing
import ZeroMQ

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "What is allowed is read and written back",
        arguments: [
            ("ipc:///run/swarm/bus.sock", "ipc:///run/swarm/bus.sock"),
            ("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5555"),
            ("tcp://127.9.8.7:*", "tcp://127.9.8.7:*"),
            ("tcp://localhost:0", "tcp://localhost:*"),
            ("tcp://[::1]:65535", "tcp://[::1]:65535"),
            ("inproc://journal", "inproc://journal"),
        ]
    )
    func accepted(text: String, canonical: String) throws {
        #expect(try Endpoint(text).description == canonical)
    }

    @Test(
        "Addresses that others can reach are refused, with the reason",
        arguments: [
            "tcp://0.0.0.0:5555", "tcp://*:5555", "tcp://192.168.1.1:5555", "tcp://[::]:5555",
            "tcp://127.0.0.1.example.org:5555", "tcp://127.0.0:5555", "tcp://128.0.0.1:5555",
            "tcp://127.0.0.256:5555", "tcp://:5555", "tcp://example.org:5555",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: ZeroMQError.self) { try Endpoint(text) }
        #expect(error?.code == .endpointRefused)
        #expect(error?.sentence.contains("CURVE, which is not available yet") == true)
        #expect(error?.endpoint == text)
    }

    @Test(
        "What is no endpoint at all is called malformed",
        arguments: [
            "", "bus.sock", "udp://127.0.0.1:1", "tcp://127.0.0.1", "tcp://127.0.0.1:99999",
            "tcp://127.0.0.1:http", "ipc://", "ipc://*", "inproc://", "TCP://127.0.0.1:1",
        ]
    )
    func malformed(text: String) {
        let error = #expect(throws: ZeroMQError.self) { try Endpoint(text) }
        #expect(error?.code == .malformedEndpoint)
    }

    @Test("A path of 107 bytes fits, one of 108 does not, and characters are not bytes")
    func pathLength() throws {
        let fits = "/" + String(repeating: "a", count: 106)
        #expect(try Endpoint("ipc://\(fits)") == .ipc(path: fits))
        for long in [fits + "a", "/" + String(repeating: "\u{e9}", count: 54)] {
            let error = #expect(throws: ZeroMQError.self) { try Endpoint("ipc://\(long)") }
            #expect(error?.code == .pathTooLong)
            #expect(error?.message.contains("\(long.utf8.count) bytes") == true)
        }
    }

    @Test("Abstract names are refused, since no file mode protects them")
    func abstractName() {
        let error = #expect(throws: ZeroMQError.self) { try Endpoint("ipc://@bus") }
        #expect(error?.code == .endpointRefused)
    }
}
