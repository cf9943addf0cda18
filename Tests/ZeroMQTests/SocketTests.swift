import Glibc
import Testing
import ZeroMQ

@Suite("Sockets", .timeLimit(.minutes(3)))
struct SocketTests {
    let directory: TemporaryDirectory
    let context: ZeroMQContext

    init() throws {
        directory = try TemporaryDirectory()
        context = try ZeroMQContext()
    }

    private func ipc(_ name: String = "bus") throws -> Endpoint {
        try Endpoint("ipc://\(directory.file(name))")
    }

    /// A router that serves `endpoint` and a dealer connected to it, both used synchronously.
    private func pair(
        _ options: SocketOptions = SocketOptions(),
        dealer: SocketOptions = SocketOptions()
    ) throws -> (router: Socket, dealer: Socket) {
        let endpoint = try ipc()
        let router = try Socket(.router, context: context, options: options)
        try router.bind(endpoint)
        let peer = try Socket(.dealer, context: context, options: dealer)
        try peer.connect(endpoint)
        return (router, peer)
    }

    private func routingID(at router: Socket) throws -> RoutingID {
        try #require(
            try wait(for: "a first message") { try router.receive { $0.routingID } } ?? nil
        )
    }

    private func reply(
        _ router: Socket,
        _ peer: RoutingID,
        _ frames: [[UInt8]]
    ) throws -> SendOutcome {
        try frames[0].withUnsafeBytes { f0 in
            try frames[1].withUnsafeBytes { f1 in
                try frames[2].withUnsafeBytes { f2 in
                    try router.sendFrames(routing: peer, f0: f0, f1: f1, f2: f2)
                }
            }
        }
    }

    @Test("A message goes to the router and back, over ipc and over tcp", arguments: [true, false])
    func roundTrip(overIPC: Bool) async throws {
        let thread = try SocketThread(name: "round")
        let host = SocketHost(thread: thread)
        thread.start()
        let first = try overIPC ? ipc() : Endpoint("tcp://127.0.0.1:*")
        let server = try await host.open(.router, context: context) { try $0.bind(first) }
        let endpoint = try Endpoint(await host.lastEndpoint(server))
        let client = try await host.open(.dealer, context: context) { try $0.connect(endpoint) }
        for number in 0..<200 {
            let body: [[UInt8]] = [[1, 2], [], Array("n=\(number)".utf8)]
            #expect(try await host.send(client, body) == .sent)
            let request = await host.nextMessage()
            #expect(Array(request.dropFirst()) == body)
            #expect(request[0].count == 5)
            #expect(try await host.send(server, [request[0], [9], [], [8]]) == .sent)
            #expect(await host.nextMessage() == [[9], [], [8]])
        }
        thread.stop()
        #expect(await host.isClosed(server))
        #expect(await host.isClosed(client))
    }

    @Test("Pairs and pipelines carry messages inside one process")
    func inproc() throws {
        let endpoint = try Endpoint("inproc://journal")
        let left = try Socket(.pair, context: context)
        let right = try Socket(.pair, context: context)
        try left.bind(endpoint)
        try right.connect(endpoint)
        #expect(try left.send([[1]]) == .sent)
        #expect(try right.nextFrames() == [[1]])
        let pull = try Socket(.pull, context: context)
        try pull.bind(Endpoint("inproc://work"))
        let push = try Socket(.push, context: context)
        try push.connect(Endpoint("inproc://work"))
        #expect(try push.send([[2], [3]]) == .sent)
        #expect(try pull.nextFrames() == [[2], [3]])
    }

    @Test("A send to a peer that has gone is unreachable, not dropped in silence")
    func unreachable() throws {
        let (router, dealer) = try pair()
        _ = try dealer.send([[1]])
        let peer = try routingID(at: router)
        #expect(try reply(router, peer, [[1], [2], [3]]) == .sent)
        #expect(try dealer.nextFrames() == [[1], [2], [3]])
        dealer.close()
        let outcome = try wait(for: "the connection to be seen gone") {
            let outcome = try reply(router, peer, [[1], [2], [3]])
            return outcome == .sent ? nil : outcome
        }
        #expect(outcome == .unreachable)
    }

    @Test("A full queue answers that it would block, and the messages before it arrive whole")
    func wouldBlock() throws {
        var options = SocketOptions()
        options.sendHighWaterMark = 10
        options.receiveHighWaterMark = 10
        let (router, dealer) = try pair(options, dealer: options)
        _ = try dealer.send([[1]])
        let peer = try routingID(at: router)
        let filler = [UInt8](repeating: 7, count: 100_000)
        var sent = 0
        while try reply(router, peer, [[1], [2], filler]) == .sent { sent += 1 }
        #expect(sent >= 10)
        #expect(try reply(router, peer, [[1], [2], filler]) == .wouldBlock)
        for _ in 0..<sent {
            #expect(try dealer.nextFrames().map(\.count) == [1, 1, 100_000])
        }
        #expect(try dealer.receive { $0.frameCount } == nil)
    }

    @Test("A dealer that may not queue before it is connected would block")
    func immediate() throws {
        var options = SocketOptions()
        options.immediate = true
        let dealer = try Socket(.dealer, context: context, options: options)
        try dealer.connect(ipc())
        #expect(try dealer.send([[1]]) == .wouldBlock)
        let empty: [UInt8] = []
        let outcome = try empty.withUnsafeBytes {
            try dealer.sendFrames(f0: $0, f1: $0, f2: $0)
        }
        #expect(outcome == .wouldBlock)
    }

    @Test("Messages of no bytes, of one frame and of many frames are told apart")
    func frameCounts() throws {
        let (router, dealer) = try pair()
        for count in [1, 2, 3, 5, 6, 7, 40] {
            _ = try dealer.send(Array(repeating: [], count: count))
            let (frames, kept) = try wait(for: "\(count) frames") {
                try router.receive { ($0.frameCount, $0.keptFrames) }
            }
            #expect(frames == count + 1)
            #expect(kept == min(count + 1, Socket.maximumFrames))
        }
        _ = try dealer.send([[42]])
        #expect(try router.nextFrames().last == [42])
    }

    @Test("A frame over the limit costs its sender the connection and us nothing")
    func oversized() throws {
        var options = SocketOptions()
        options.maximumMessageSize = 1000
        let (router, dealer) = try pair(options)
        _ = try dealer.send([[UInt8](repeating: 1, count: 1000)])
        #expect(try router.nextFrames()[1].count == 1000)
        _ = try dealer.send([[UInt8](repeating: 2, count: 1001)])
        // The dealer connects again under a new id; the big message is gone.
        var next: [UInt8] = []
        while next.isEmpty {
            _ = try dealer.send([[3]])
            next = try router.receive { $0.bytes(1) } ?? []
        }
        #expect(next == [3])
    }

    @Test("The kernel's word on who the peer is comes with each ipc message")
    func peerAddress() throws {
        let (router, dealer) = try pair()
        _ = try dealer.send([[1]])
        let address = try wait(for: "a message") {
            try router.receive { $0.property("Peer-Address") }
        }
        let identity = (address ?? "").split(separator: ":").suffix(3)
        #expect(identity == ["\(getuid())", "\(getgid())", "\(getpid())"])
    }

    @Test("The kernel's word is there too for a message that was polled for")
    func peerAddressAfterPoll() async throws {
        let thread = try SocketThread(name: "polled")
        thread.start()
        defer { thread.stop() }
        let endpoint = try ipc()
        let context = context
        let address: String = try await withCheckedThrowingContinuation { continuation in
            thread.submit {
                do {
                    let router = try Socket(.router, context: context)
                    try router.bind(endpoint)
                    let dealer = try Socket(.dealer, context: context)
                    try dealer.connect(endpoint)
                    thread.register(router) {
                        let found = try? router.receive { $0.property("Peer-Address") ?? "" }
                        guard let found else { return }
                        router.close()
                        dealer.close()
                        continuation.resume(returning: found)
                    }
                    _ = try dealer.send([[1]])
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        #expect(address.split(separator: ":").last == "\(getpid())")
    }

    @Test("Closing and terminating from elsewhere ends every use with a clear error")
    func termination() async throws {
        let thread = try SocketThread(name: "term")
        let host = SocketHost(thread: thread)
        thread.start()
        let endpoint = try ipc()
        let index = try await host.open(.router, context: context) { try $0.bind(endpoint) }
        context.terminate()
        #expect(await host.isClosed(index))
        let error = await #expect(throws: ZeroMQError.self) { try await host.send(index, [[1]]) }
        #expect(error?.code == .socketClosed)
        let other = #expect(throws: ZeroMQError.self) { try Socket(.pair, context: context) }
        #expect(other?.code == .contextTerminated)
        thread.stop()
    }

    @Test("An option libzmq refuses is named")
    func refusedOption() throws {
        var options = SocketOptions()
        options.heartbeatTimeToLive = .seconds(100_000)
        let error = #expect(throws: ZeroMQError.self) {
            try Socket(.router, context: context, options: options)
        }
        #expect(error?.code == .optionRefused)
        #expect(error?.operation == "ZMQ_HEARTBEAT_TTL")
    }
}
