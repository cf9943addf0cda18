import CZeroMQ
import Synchronization

/// What happened to a connection of a socket.
public enum ConnectionEvent: Hashable, Sendable {
    /// Somebody serves the endpoint and has answered; that the kernel took a connection into its
    /// queue says nothing, for a program that is stopped has one, too.
    case connected
    /// The connection has ended; libzmq tries again by itself.
    case disconnected
}

/// Hears what happens to the connections of one socket.
///
/// libzmq connects again by itself and tells nobody, so a conversation that is bound to its
/// connection would learn only from silence that the other side is gone. Whoever must know sooner
/// asks here.
///
/// Use it on the thread of its socket. It hears of what happens after it was made, so it is made
/// before the socket connects.
@safe
public final class ConnectionMonitor {
    private static let lastNumber = Atomic<UInt64>(0)

    /// What libzmq writes its events to.
    let events: Socket
    private let monitored: Socket

    /// Begins to listen.
    ///
    /// - Throws: ``ZeroMQError`` when the socket is closed or libzmq is out of sockets.
    public init(of socket: Socket, context: ZeroMQContext) throws(ZeroMQError) {
        let number = Self.lastNumber.add(1, ordering: .relaxed).newValue
        let endpoint = Endpoint.inproc(name: "connection-monitor-\(number)")
        events = try Socket(.pair, context: context)
        monitored = socket
        try socket.startMonitor(
            at: endpoint,
            events: ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED
        )
        // Before anything can happen: without a reader libzmq's own thread would wait for one.
        try events.connect(endpoint)
    }

    /// The next thing that happened; nil when nothing has.
    public func next() -> ConnectionEvent? {
        while true {
            let number = try? events.receive { message -> CInt in
                // The first frame is the event, 16 bits, and a value of 32 bits.
                unsafe message.withFrame(0) { frame in
                    unsafe frame.count < 2 ? 0 : CInt(frame.loadUnaligned(as: UInt16.self))
                }
            }
            switch number {
            case .some(ZMQ_EVENT_HANDSHAKE_SUCCEEDED): return .connected
            case .some(ZMQ_EVENT_DISCONNECTED): return .disconnected
            case .some: continue
            case .none: return nil
            }
        }
    }

    /// Stops listening; harmless twice.
    public func close() {
        monitored.stopMonitor()
        events.close()
    }

    deinit { close() }
}

extension SocketThread {
    /// Calls `onEvent` for all that happens to the connections of a socket.
    ///
    /// - Precondition: called on the thread, with a monitor of one of its sockets.
    public func register(
        _ monitor: ConnectionMonitor,
        onEvent: @escaping (ConnectionEvent) -> Void
    ) {
        register(monitor.events) { [weak monitor] in
            // Whoever hears of an end may let go of the monitor.
            guard let monitor else { return }
            while let event = monitor.next() { onEvent(event) }
        }
    }
}
