import CZeroMQ
import Glibc
import Testing
import ZeroMQ

@Suite("Peers that do not play by the rules", .timeLimit(.minutes(3)))
struct HostilePeerTests {
    let directory: TemporaryDirectory
    let context: ZeroMQContext
    let router: Socket
    let endpoint: Endpoint

    init() throws {
        directory = try TemporaryDirectory()
        context = try ZeroMQContext()
        router = try Socket(.router, context: context)
        endpoint = try Endpoint("ipc://\(directory.file("bus"))")
        try router.bind(endpoint)
    }

    /// A plain libzmq dealer with an identity of its own choice, which our own type cannot have.
    private func withDealer(
        identity: [UInt8],
        _ body: (UnsafeMutableRawPointer) throws -> Void
    ) throws {
        let foreign = try #require(zmq_ctx_new())
        let dealer = try #require(zmq_socket(foreign, ZMQ_DEALER))
        var linger: CInt = 0
        zmq_setsockopt(dealer, ZMQ_LINGER, &linger, MemoryLayout<CInt>.size)
        if !identity.isEmpty {
            #expect(zmq_setsockopt(dealer, ZMQ_ROUTING_ID, identity, identity.count) == 0)
        }
        #expect(zmq_connect(dealer, endpoint.description) == 0)
        defer {
            zmq_close(dealer)
            zmq_ctx_term(foreign)
        }
        try body(dealer)
    }

    @Test(
        "A routing id the peer chose is seen as such, also when it has the length of ours",
        arguments: [Array("me".utf8), Array("abcde".utf8), [1], [UInt8](repeating: 9, count: 255)]
    )
    func chosenIdentity(identity: [UInt8]) throws {
        try withDealer(identity: identity) { dealer in
            zmq_send(dealer, "x", 1, 0)
            let (chosen, id) = try wait(for: "the message") {
                try router.receive { ($0.hasChosenIdentity, $0.routingID) }
            }
            #expect(chosen)
            #expect(id == nil)
        }
    }

    @Test("A peer without an identity has an id we can answer")
    func automaticIdentity() throws {
        try withDealer(identity: []) { dealer in
            zmq_send(dealer, "x", 1, 0)
            let (chosen, id, known) = try wait(for: "the message") {
                try router.receive { ($0.hasChosenIdentity, $0.routingID, $0.knownRoutingID) }
            }
            #expect(!chosen)
            #expect(id != nil)
            #expect(id == known)
        }
    }

    @Test("A message of a million frames is counted and dropped, without our keeping it")
    func endlessMessage() throws {
        try withDealer(identity: []) { dealer in
            // Each frame is a word, so that keeping a million of them would show.
            let word = [UInt8](repeating: 0, count: 64)
            for _ in 0..<999_999 { zmq_send(dealer, word, word.count, ZMQ_SNDMORE) }
            zmq_send(dealer, word, word.count, 0)
            let (frames, kept) = try wait(for: "the message") {
                try router.receive { ($0.frameCount, $0.keptFrames) }
            }
            #expect(frames == 1_000_001)
            #expect(kept == Socket.maximumFrames)
            zmq_send(dealer, "next", 4, 0)
            #expect(try router.nextFrames().last == Array("next".utf8))
        }
    }

    @Test("Routing ids keep their five bytes, and anything else is none")
    func packing() {
        let bytes: [UInt8] = [0, 0x12, 0x34, 0x56, 0x78]
        let id = bytes.withUnsafeBytes { RoutingID($0) }
        #expect(id?.packed == 0x1234_5678)
        for wrong: [UInt8] in [[], [0], [1, 2, 3, 4, 5], [0, 1, 2, 3], [0, 1, 2, 3, 4, 5]] {
            #expect(wrong.withUnsafeBytes { RoutingID($0) } == nil)
        }
    }
}
