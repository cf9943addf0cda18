import CZeroMQ
import Glibc

/// What became of a message that was handed to a socket.
public enum SendOutcome: Hashable, Sendable {
    /// It is queued; that is all ZeroMQ ever promises.
    case sent
    /// The queue towards the peer is full, or nobody is connected. Nothing was queued.
    case wouldBlock
    /// ROUTER: no connection has this routing id any more. Nothing was queued.
    case unreachable
}

/// A libzmq socket.
///
/// Use it from one thread only, which is normally a ``SocketThread``.
/// No call ever waits. Errors about one peer are outcomes; a thrown error means that the socket
/// itself can no longer be used.
@safe
public final class Socket {
    /// The patterns in use here.
    public enum Kind: Sendable {
        /// Serves many peers and addresses each.
        case router
        /// Talks to one router.
        case dealer
        /// Talks to one other pair.
        case pair
        /// Takes from many ``push`` sockets.
        case pull
        /// Gives to ``pull`` sockets in turn.
        case push

        var number: CInt {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .pair: ZMQ_PAIR
            case .pull: ZMQ_PULL
            case .push: ZMQ_PUSH
            }
        }
    }

    /// Frames of one message that are kept; further ones are counted and dropped as they come.
    public static let maximumFrames = 6

    /// Which pattern the socket follows.
    public let kind: Kind
    private let context: ZeroMQContext
    private var handle: UnsafeMutableRawPointer?
    /// `maximumFrames` messages to keep, then one into which the rest is received.
    private let frames: UnsafeMutablePointer<zmq_msg_t>
    @usableFromInline let contents: UnsafeMutablePointer<UnsafeRawBufferPointer>
    /// Set by the thread the socket is registered with, so that closing also unregisters.
    var onClose: (() -> Void)?
    private var isMonitored = false

    /// Opens a socket with these options, neither bound nor connected.
    ///
    /// - Throws: ``ZeroMQError`` when libzmq refuses an option or is out of sockets.
    public init(
        _ kind: Kind,
        context: ZeroMQContext,
        options: SocketOptions = SocketOptions()
    ) throws(ZeroMQError) {
        self.kind = kind
        self.context = context
        unsafe self.frames = .allocate(capacity: Self.maximumFrames + 1)
        unsafe self.contents = .allocate(capacity: Self.maximumFrames)
        for index in 0...Self.maximumFrames { _ = unsafe zmq_msg_init(frames + index) }
        unsafe contents.initialize(
            repeating: UnsafeRawBufferPointer(start: nil, count: 0),
            count: Self.maximumFrames
        )
        unsafe handle = try unsafe context.makeSocket(kind.number)
        do throws(ZeroMQError) {
            try apply(options)
        } catch {
            close()
            throw error
        }
    }

    deinit {
        close()
        for index in 0...Self.maximumFrames { _ = unsafe zmq_msg_close(frames + index) }
        unsafe frames.deallocate()
        unsafe contents.deallocate()
    }

    /// Whether ``close()`` was called, or the context ended.
    public var isClosed: Bool { unsafe handle == nil }

    /// Closes the socket; what is unsent lingers as long as the options say.
    ///
    /// Harmless twice.
    public func close() {
        guard let open = unsafe handle else { return }
        stopMonitor()
        unsafe handle = nil
        onClose?()
        onClose = nil
        _ = unsafe zmq_close(open)
    }

    /// Closes the socket and gives what is unsent this long, whatever the options said.
    public func close(linger: Duration) {
        // Refused only when the context has ended, and then nothing lingers.
        try? set(ZMQ_LINGER, linger.socketMilliseconds, "ZMQ_LINGER")
        close()
    }

    /// Serves this endpoint.
    ///
    /// For ipc prefer ``IPCEndpoint``, which also guards the file.
    public func bind(_ endpoint: Endpoint) throws(ZeroMQError) {
        let open = try unsafe openHandle("zmq_bind")
        let status = unsafe zmq_bind(open, endpoint.description)
        guard status == 0 else {
            throw .last("zmq_bind", endpoint: endpoint.description)
        }
    }

    /// Serves an ipc endpoint with a unix socket that already listens.
    ///
    /// On success libzmq owns `descriptor` and closes it with this socket; it never unlinks the
    /// file.
    public func bind(descriptor: CInt, path: String) throws(ZeroMQError) {
        let endpoint = Endpoint.ipc(path: path)
        try set(ZMQ_USE_FD, descriptor, "ZMQ_USE_FD")
        try bind(endpoint)
        try set(ZMQ_USE_FD, -1, "ZMQ_USE_FD")
    }

    /// Connects in the background; succeeds whether or not anybody serves the endpoint yet.
    public func connect(_ endpoint: Endpoint) throws(ZeroMQError) {
        let open = try unsafe openHandle("zmq_connect")
        let status = unsafe zmq_connect(open, endpoint.description)
        guard status == 0 else {
            throw .last("zmq_connect", endpoint: endpoint.description)
        }
    }

    /// The endpoint of the last bind as libzmq resolved it, with the real port of `tcp://…:*`.
    public func lastEndpoint() throws(ZeroMQError) -> String {
        let open = try unsafe openHandle("ZMQ_LAST_ENDPOINT")
        return try unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) {
            buffer throws(ZeroMQError) -> String in
            var count = buffer.count
            let status = unsafe zmq_getsockopt(
                open,
                ZMQ_LAST_ENDPOINT,
                buffer.baseAddress,
                &count
            )
            guard status == 0, let start = buffer.baseAddress else {
                throw .last("ZMQ_LAST_ENDPOINT")
            }
            return unsafe String(cString: start)
        }
    }

    // MARK: Receiving

    /// Hands the next message to `body`; nil when there is none.
    ///
    /// The frames are libzmq's own memory: nothing is copied until `body` asks, and nothing is
    /// valid after it returns.
    ///
    /// - Throws: ``ZeroMQError`` when the socket is closed or its context has ended.
    @inlinable
    public func receive<R>(
        _ body: (borrowing ReceivedMessage) -> R
    ) throws(ZeroMQError) -> R? {
        let count = try receiveFrames()
        guard count >= 0 else { return nil }
        let message = unsafe ReceivedMessage(
            frameCount: count,
            contents: unsafe contents,
            socket: self
        )
        let result = body(message)
        releaseFrames(count)
        return result
    }

    /// Receives one whole message; -1 when there is none, otherwise how many frames it had.
    @usableFromInline
    func receiveFrames() throws(ZeroMQError) -> Int {
        let open = try unsafe openHandle("zmq_msg_recv")
        var count = 0
        while true {
            let slot = min(count, Self.maximumFrames)
            let frame = unsafe frames + slot
            if unsafe zmq_msg_recv(frame, open, ZMQ_DONTWAIT) < 0 {
                let number = zmq_errno()
                if number == EINTR { continue }
                // The parts of a message arrive together, so this can only be the first one.
                if number == EAGAIN && count == 0 { return -1 }
                throw .last("zmq_msg_recv")
            }
            if slot < Self.maximumFrames {
                unsafe contents[slot] = unsafe UnsafeRawBufferPointer(
                    start: zmq_msg_data(frame),
                    count: zmq_msg_size(frame)
                )
            }
            count += 1
            if unsafe zmq_msg_more(frame) == 0 { return count }
        }
    }

    @usableFromInline
    func releaseFrames(_ count: Int) {
        for index in 0..<min(count, Self.maximumFrames + 1) {
            _ = unsafe zmq_msg_close(frames + index)
            _ = unsafe zmq_msg_init(frames + index)
        }
    }

    func property(_ name: String) -> String? {
        // A router's first frame is made by libzmq itself. Whether it carries the properties of the
        // connection depends on how the message was read: after a poll it has none. The frames
        // that came over the wire always do.
        let text = unsafe zmq_msg_gets(frames + 1, name) ?? zmq_msg_gets(frames, name)
        return unsafe text.map { unsafe String(cString: $0) }
    }

    // MARK: Sending

    /// Sends one message of up to three frames to a peer of this router.
    ///
    /// - Throws: ``ZeroMQError`` when the socket is closed or its context has ended.
    public func sendFrames(
        routing: RoutingID,
        f0: UnsafeRawBufferPointer,
        f1: UnsafeRawBufferPointer,
        f2: UnsafeRawBufferPointer
    ) throws(ZeroMQError) -> SendOutcome {
        var address = routing.wireBytes
        let outcome = try unsafe withUnsafeBytes(of: &address) { bytes throws(ZeroMQError) in
            try unsafe sendPart(
                UnsafeRawBufferPointer(rebasing: bytes[..<RoutingID.byteCount]),
                more: true
            )
        }
        guard outcome == .sent else { return outcome }
        return try unsafe sendFrames(f0: f0, f1: f1, f2: f2)
    }

    /// Sends one message of three frames to the only peer, or to the next in turn.
    ///
    /// - Throws: ``ZeroMQError`` when the socket is closed or its context has ended.
    public func sendFrames(
        f0: UnsafeRawBufferPointer,
        f1: UnsafeRawBufferPointer,
        f2: UnsafeRawBufferPointer
    ) throws(ZeroMQError) -> SendOutcome {
        let first = try unsafe sendPart(f0, more: true)
        // After the first frame libzmq must be given the rest even when the connection just went
        // away, or what follows would be read as the rest of this message.
        guard first == .sent || kind == .router else { return first }
        let second = try unsafe sendPart(f1, more: true)
        let third = try unsafe sendPart(f2, more: false)
        return first == .sent && second == .sent ? third : .wouldBlock
    }

    /// Sends one message of any number of frames; for a router the first is the routing id.
    ///
    /// - Throws: ``ZeroMQError`` when the socket is closed or its context has ended.
    public func send(_ frames: [[UInt8]]) throws(ZeroMQError) -> SendOutcome {
        var worst = SendOutcome.sent
        for (index, frame) in frames.enumerated() {
            let outcome = try unsafe frame.span.withUnsafeBytes { bytes throws(ZeroMQError) in
                try unsafe sendPart(bytes, more: index + 1 < frames.count)
            }
            if index == 0 && outcome != .sent { return outcome }
            if outcome != .sent { worst = outcome }
        }
        return worst
    }

    /// Sends one frame.
    private func sendPart(
        _ bytes: UnsafeRawBufferPointer,
        more: Bool
    ) throws(ZeroMQError) -> SendOutcome {
        let open = try unsafe openHandle("zmq_send")
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        while true {
            if unsafe zmq_send(open, bytes.baseAddress, bytes.count, flags) >= 0 { return .sent }
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case EHOSTUNREACH: return .unreachable
            default: throw .last("zmq_send")
            }
        }
    }

    // MARK: Monitoring

    /// Has libzmq write what happens to connections to a pair that it serves at the endpoint.
    func startMonitor(at endpoint: Endpoint, events: CInt) throws(ZeroMQError) {
        let open = try unsafe openHandle("zmq_socket_monitor")
        let status = unsafe zmq_socket_monitor(open, endpoint.description, events)
        guard status == 0 else { throw .last("zmq_socket_monitor") }
        isMonitored = true
    }

    /// From here on nothing is written; so the reader may go.
    func stopMonitor() {
        guard isMonitored, let open = unsafe handle else { return }
        isMonitored = false
        _ = unsafe zmq_socket_monitor(open, nil, 0)
    }

    // MARK: Handle and options

    /// The pointer for `zmq_poll`.
    var pollHandle: UnsafeMutableRawPointer? { unsafe handle }

    func openHandle(_ operation: String) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        guard let open = unsafe handle else {
            throw ZeroMQError(
                .socketClosed,
                operation: operation,
                message: "the socket is closed"
            )
        }
        return unsafe open
    }
}
