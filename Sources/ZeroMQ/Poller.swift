import CZeroMQ
import Glibc

/// What a socket thread waits for.
///
/// Used on that thread only.
@safe
final class Poller {
    /// One socket or descriptor, with what to do when it can be read.
    final class Registration {
        let socket: Socket?
        let descriptor: CInt
        let onReadable: () -> Void
        var isLive = true

        init(socket: Socket?, descriptor: CInt, onReadable: @escaping () -> Void) {
            self.socket = socket
            self.descriptor = descriptor
            self.onReadable = onReadable
        }
    }

    private var registrations: [Registration] = []
    private var items: UnsafeMutablePointer<zmq_pollitem_t>
    private var capacity = 8
    private var isStale = true
    private let wake: CInt

    /// `wake` is always the first item and belongs to the caller.
    init(wake: CInt) {
        self.wake = wake
        unsafe items = .allocate(capacity: capacity)
    }

    deinit { unsafe items.deallocate() }

    func add(_ registration: Registration) {
        registrations.append(registration)
        isStale = true
    }

    func removeAll(where matches: (Registration) -> Bool) {
        for registration in registrations where matches(registration) {
            registration.isLive = false
        }
        registrations.removeAll { !$0.isLive }
        isStale = true
    }

    func contains(_ socket: Socket) -> Bool {
        registrations.contains { $0.socket === socket }
    }

    /// Closes every registered socket and forgets everything.
    func closeAll() {
        let closing = registrations
        removeAll { _ in true }
        for registration in closing { registration.socket?.close() }
    }

    /// Waits for something to be readable, at most this many milliseconds, -1 for ever.
    ///
    /// Returns whether the wake descriptor was readable.
    func wait(milliseconds: Int) -> Bool {
        if isStale { rebuild() }
        let count = registrations.count + 1
        let status = unsafe zmq_poll(items, CInt(count), milliseconds)
        guard status < 0 else { return unsafe status > 0 && items[0].revents != 0 }
        for index in 0..<count { unsafe items[index].revents = 0 }
        let number = zmq_errno()
        if number == ZeroMQError.etermNumber {
            // The context is going away and waits for its sockets.
            closeAll()
            rebuild()
        } else if number != EINTR {
            fatalError(
                "zmq_poll on \(count) items: \(ZeroMQError.last("zmq_poll").sentence)"
            )
        }
        return true
    }

    /// Calls the handler of everything that was found readable.
    ///
    /// Once a handler added or removed something the rest waits for the next turn: the results no
    /// longer stand beside their registrations, and polling finds them again.
    func dispatch() {
        var index = 0
        while !isStale && index < registrations.count {
            if unsafe items[index + 1].revents != 0 { registrations[index].onReadable() }
            index += 1
        }
    }

    private func rebuild() {
        if registrations.count + 1 > capacity {
            unsafe items.deallocate()
            capacity = (registrations.count + 1) * 2
            unsafe items = .allocate(capacity: capacity)
        }
        unsafe items.initialize(
            to: zmq_pollitem_t(socket: nil, fd: wake, events: Int16(ZMQ_POLLIN), revents: 0)
        )
        for (index, registration) in registrations.enumerated() {
            unsafe (items + index + 1).initialize(
                to: zmq_pollitem_t(
                    socket: registration.socket?.pollHandle,
                    fd: registration.descriptor,
                    events: Int16(ZMQ_POLLIN),
                    revents: 0
                )
            )
        }
        isStale = false
    }
}
