import CZeroMQ
import Glibc

/// A signal turned into a descriptor that a ``SocketThread`` can watch.
///
/// While it exists, the signal's only effect is to make ``descriptor`` readable, so what it means
/// is decided in ordinary code and not inside a signal handler. One per signal and process.
public final class SignalSource: Sendable {
    /// The signal's number.
    public let signal: CInt
    /// Readable after the signal came, until ``take()`` is called.
    public let descriptor: CInt

    /// Takes a signal over.
    ///
    /// - Throws: ``ZeroMQError`` when the signal cannot be caught or no descriptor is left.
    public init(_ signal: CInt) throws(ZeroMQError) {
        self.signal = signal
        descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .last("eventfd") }
        guard czmq_notify_signal(signal, descriptor) == 0 else {
            // Everything is initialised, so `deinit` runs and closes.
            throw .last("sigaction", endpoint: "signal \(signal)")
        }
    }

    /// Gives the signal its default action back.
    deinit {
        guard descriptor >= 0 else { return }
        _ = czmq_notify_signal(signal, -1)
        Glibc.close(descriptor)
    }

    /// How often the signal came since the last call; makes the descriptor unreadable.
    public func take() -> Int {
        var count: eventfd_t = 0
        return unsafe eventfd_read(descriptor, &count) == 0 ? Int(count) : 0
    }
}
