/// A message while it is being received: its frames in libzmq's own memory.
///
/// It exists only inside ``Socket/receive(_:)``. On a router the first frame is the routing id.
@safe
public struct ReceivedMessage: ~Copyable {
    /// How many frames the peer sent, also when that is more than are kept.
    public let frameCount: Int
    @usableFromInline let contents: UnsafeMutablePointer<UnsafeRawBufferPointer>
    private let socket: Socket

    @usableFromInline
    init(
        frameCount: Int,
        contents: UnsafeMutablePointer<UnsafeRawBufferPointer>,
        socket: Socket
    ) {
        self.frameCount = frameCount
        unsafe self.contents = unsafe contents
        self.socket = socket
    }

    /// How many frames can be read; the rest was dropped on arrival.
    @inlinable
    public var keptFrames: Int { min(frameCount, Socket.maximumFrames) }

    /// Reads one frame in place; the pointer is valid until `body` returns.
    ///
    /// - Precondition: `index` is below ``keptFrames``.
    @inlinable
    public func withFrame<R>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        precondition(index >= 0 && index < keptFrames, "frame \(index) of \(keptFrames)")
        return unsafe body(contents[index])
    }

    /// Copies one frame.
    ///
    /// - Precondition: `index` is below ``keptFrames``.
    public func bytes(_ index: Int) -> [UInt8] {
        unsafe withFrame(index) { unsafe [UInt8]($0) }
    }

    /// On a router: where the answer goes; nil when the peer chose its own id, which no peer of
    /// ours does, so such a peer is to be refused.
    public var routingID: RoutingID? {
        guard !hasChosenIdentity else { return nil }
        return unsafe withFrame(0) { unsafe RoutingID($0) }
    }

    /// The routing id without asking whether the peer chose it, for the hot path: a connection
    /// whose first message passed ``routingID`` keeps its id.
    @inlinable
    public var knownRoutingID: RoutingID? {
        unsafe withFrame(0) { unsafe RoutingID($0) }
    }

    /// Whether the peer told us an identity of its own choice when it connected.
    ///
    /// Needed besides the form of the id, because a peer can choose one that looks like libzmq's.
    public var hasChosenIdentity: Bool {
        property("Identity").map { !$0.isEmpty } ?? false
    }

    /// A property of the connection: `User-Id`, `Peer-Address`, `Identity` or `Socket-Type`.
    ///
    /// On ipc, `Peer-Address` ends in the peer's `uid:gid:pid` as the kernel saw them.
    public func property(_ name: String) -> String? { socket.property(name) }
}
