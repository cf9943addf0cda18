import Synchronization

/// One Swift task that carries out leases one after another.
final class Runner: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let retired = Atomic<Bool>(false)
    private let cancelled = Atomic<Bool>(false)

    /// Whether it takes no further lease.
    var isRetired: Bool { retired.load(ordering: .acquiring) }

    func retire() { retired.store(true, ordering: .releasing) }

    /// Gives the task that runs it, which may have begun already.
    func attach(_ running: Task<Void, Never>) {
        task.withLock { $0 = running }
        if cancelled.load(ordering: .sequentiallyConsistent) { running.cancel() }
    }

    func cancel() {
        cancelled.store(true, ordering: .sequentiallyConsistent)
        task.withLock { $0 }?.cancel()
    }
}
