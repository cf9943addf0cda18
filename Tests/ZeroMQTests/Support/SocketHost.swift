import ZeroMQ

/// An actor that lives on a socket thread, as the users of the library have it.
actor SocketHost {
    nonisolated let thread: SocketThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private var sockets: [Socket] = []
    private var received: [[[UInt8]]] = []
    private var waiting: [CheckedContinuation<[[UInt8]], Never>] = []
    private(set) var hops = 0

    init(thread: SocketThread) { self.thread = thread }

    func hop() { hops += 1 }

    func isOnThread() -> Bool { thread.isCurrent }

    /// Runs any code on the thread.
    func perform<R: Sendable>(_ body: @Sendable (isolated SocketHost) throws -> R) rethrows -> R {
        try body(self)
    }

    /// Opens a socket whose messages are kept for ``nextMessage()``.
    func open(
        _ kind: Socket.Kind,
        context: ZeroMQContext,
        options: SocketOptions = SocketOptions(),
        set up: @Sendable (Socket) throws -> Void
    ) throws -> Int {
        let socket = try Socket(kind, context: context, options: options)
        try up(socket)
        let index = sockets.count
        sockets.append(socket)
        thread.register(socket) { [unowned self] in
            assumeIsolated { $0.drain(index) }
        }
        return index
    }

    func send(_ index: Int, _ frames: [[UInt8]]) throws -> SendOutcome {
        try sockets[index].send(frames)
    }

    func lastEndpoint(_ index: Int) throws -> String { try sockets[index].lastEndpoint() }

    func isClosed(_ index: Int) -> Bool { sockets[index].isClosed }

    func nextMessage() async -> [[UInt8]] {
        if !received.isEmpty { return received.removeFirst() }
        return await withCheckedContinuation { waiting.append($0) }
    }

    private func drain(_ index: Int) {
        while let frames = try? sockets[index].receive({ $0.allFrames }) {
            if waiting.isEmpty {
                received.append(frames)
            } else {
                waiting.removeFirst().resume(returning: frames)
            }
        }
    }
}

extension ReceivedMessage {
    var allFrames: [[UInt8]] { (0..<keptFrames).map { bytes($0) } }
}
