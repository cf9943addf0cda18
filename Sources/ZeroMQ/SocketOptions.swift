/// Everything about a socket that is set on purpose, before it is bound or connected.
///
/// The defaults are the ones this project wants on every socket; libzmq's own differ in almost
/// every line, and some of them lose messages in silence or wait for ever.
public struct SocketOptions: Sendable {
    /// ROUTER: a send to a peer that is gone fails instead of being dropped and called a success.
    public var routerMandatory = true
    /// ROUTER: whether a second peer with the same routing id takes the first one's place.
    ///
    /// Off: taking over throws away what was queued and the old peer is never told.
    public var routerHandover = false
    /// How long closing waits for messages that were not sent yet; nil waits for ever.
    public var linger: Duration? = .zero
    /// The largest frame a peer may send, in bytes; one that sends more is disconnected.
    ///
    /// It bounds each frame and not their sum.
    public var maximumMessageSize = 1 << 20
    /// How long a peer may take to say who it is before it is disconnected.
    public var handshakeInterval: Duration = .seconds(2)
    /// How long an attempt to connect over tcp may take before it is made anew.
    public var connectTimeout: Duration = .seconds(2)
    /// How often an idle connection is probed; nil never probes.
    public var heartbeatInterval: Duration? = .seconds(2)
    /// How long the answer to a probe may take.
    public var heartbeatTimeout: Duration = .seconds(6)
    /// How long the peer should wait for our next probe; at most 65 seconds.
    public var heartbeatTimeToLive: Duration = .seconds(8)
    /// Messages queued towards one peer before a send would block.
    public var sendHighWaterMark = 1000
    /// Messages queued from one peer before it is held back.
    public var receiveHighWaterMark = 1000
    /// Whether messages wait for a finished connection instead of being queued for it.
    public var immediate = false
    /// Connections the kernel may hold before they are accepted.
    public var backlog = 256
    /// The first wait before libzmq connects again; nil leaves reconnecting to the caller.
    public var reconnectInterval: Duration? = .milliseconds(100)
    /// The longest wait between two attempts; zero keeps them equally spaced.
    public var reconnectMaximumInterval: Duration = .zero
    /// The domain a ZAP handler is asked about; nil asks none.
    public var zapDomain: String?

    /// The defaults.
    public init() {}
}
