import Glibc
import Synchronization

/// A thread of its own for one body of blocking work.
final class WriterThread: Sendable {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private struct Handle: @unchecked Sendable {
        // A pthread_t is a number that any thread may use to join.
        let thread: pthread_t
    }

    /// Nil once joined.
    private let handle: Mutex<Handle?>

    init(_ body: @escaping @Sendable () -> Void) {
        let retained = Unmanaged.passRetained(Body(body)).toOpaque()
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, WriterThread.start, retained)
        precondition(status == 0, "no thread for the journal could be started: errno \(status)")
        handle = Mutex(Handle(thread: thread))
    }

    deinit {
        if let handle = handle.withLock({ $0 }) { pthread_detach(handle.thread) }
    }

    /// Waits for the end of the body; does nothing the second time.
    func join() {
        let joinable = handle.withLock { handle -> Handle? in
            defer { handle = nil }
            return handle
        }
        guard let joinable else { return }
        precondition(
            pthread_equal(joinable.thread, pthread_self()) == 0,
            "the journal's writer cannot be closed from its own thread"
        )
        pthread_join(joinable.thread, nil)
    }

    private static let start:
        @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument else { return nil }
            Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }
}
