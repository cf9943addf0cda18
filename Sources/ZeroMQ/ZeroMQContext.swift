import CZeroMQ
import Glibc
import Synchronization

/// A libzmq context: the I/O thread and the sockets it serves.
///
/// One per process is enough. Sockets keep their context alive, so the context ends after them.
@safe
public final class ZeroMQContext: Sendable {
    /// libzmq's contexts may be used from any thread; this is the one pointer that is shared.
    private nonisolated(unsafe) let handle: UnsafeMutableRawPointer
    private let isTerminated = Atomic<Bool>(false)

    /// Starts a context.
    ///
    /// - Parameters:
    ///   - ioThreads: threads that move bytes; one carries millions of messages a second.
    ///   - maximumSockets: how many sockets may be open at once.
    /// - Throws: ``ZeroMQError`` when the process is out of descriptors or memory.
    public init(ioThreads: Int = 1, maximumSockets: Int = 1023) throws(ZeroMQError) {
        guard let handle = unsafe zmq_ctx_new() else { throw .last("zmq_ctx_new") }
        unsafe self.handle = unsafe handle
        for (name, option, value) in [
            ("ZMQ_IO_THREADS", ZMQ_IO_THREADS, ioThreads),
            ("ZMQ_MAX_SOCKETS", ZMQ_MAX_SOCKETS, maximumSockets),
        ] {
            let status = unsafe zmq_ctx_set(handle, option, CInt(clamping: value))
            guard status == 0 else {
                throw ZeroMQError(
                    .optionRefused,
                    errno: zmq_errno(),
                    operation: name,
                    message: "libzmq does not take \(value) for \(name)"
                )
            }
        }
    }

    /// Ends the context; returns when every socket of it is closed and lingering is over.
    ///
    /// A ``SocketThread`` that still has sockets of this context notices and closes them. Sockets
    /// in use elsewhere must be closed by their users, or this call waits for them for ever.
    /// Calling it again does nothing.
    public func terminate() {
        guard isTerminated.exchange(true, ordering: .acquiringAndReleasing) == false else { return }
        while unsafe zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
    }

    /// Opens a socket, for ``Socket`` only.
    func makeSocket(_ kind: CInt) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        guard !isTerminated.load(ordering: .acquiring) else {
            throw ZeroMQError(
                .contextTerminated,
                operation: "zmq_socket",
                message: "the context is terminated"
            )
        }
        guard let socket = unsafe zmq_socket(handle, kind) else { throw .last("zmq_socket") }
        return unsafe socket
    }

    deinit { terminate() }
}
