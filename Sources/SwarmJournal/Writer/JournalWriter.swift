import Glibc
import SwarmModel

/// The one thread that commits to a journal.
///
/// Everything submitted while a commit is under way goes into the next one, so the number of
/// commits adapts to what the disk can do: one batch a commit when the swarm is calm, hundreds when
/// it is busy.
///
/// An error while committing is final. What the disk holds after a failed `fsync` is unknown, and a
/// second `fsync` that succeeds says nothing about what the first one lost; so the writer tells the
/// submitters of everything not committed, once each, and refuses all later batches.
public final class JournalWriter: Sendable {
    private let store: any JournalStore
    private let queue: WriterQueue
    private let thread: WriterThread

    /// How many bytes may wait to be committed before ``submit(_:onCommitted:)`` waits too.
    public static let defaultByteLimit = 16 << 20

    /// Starts the thread; from now on only it uses the store.
    ///
    /// - Parameters:
    ///   - store: An opened store.
    ///   - byteLimit: How many bytes may wait to be committed.
    ///   - idle: How long nothing must come before the store puts itself in order.
    public init(
        store: any JournalStore,
        byteLimit: Int = JournalWriter.defaultByteLimit,
        idle: Duration = .seconds(2)
    ) {
        self.store = store
        let queue = WriterQueue(byteLimit: byteLimit)
        self.queue = queue
        thread = WriterThread { JournalWriter.run(queue, store, idle) }
    }

    deinit { queue.stop() }

    /// Hands a batch over for the next commit.
    ///
    /// Returns at once, unless ``isCongested``: then it waits for the commit under way.
    ///
    /// - Parameters:
    ///   - batch: Goes on where the batch submitted before it ends.
    ///   - onCommitted: Called once, on the writer's thread and in the order of submission, when
    ///     the batch is as durable as the store was opened for, or with the error that prevented
    ///     it. Must not block and must not call ``close()``.
    /// - Throws: ``JournalError``, the first one, when the writer has failed or was closed;
    ///   `onCommitted` is not called then.
    public func submit(
        _ batch: JournalBatch,
        onCommitted: @escaping @Sendable (Result<Void, JournalError>) -> Void
    ) throws(JournalError) {
        try queue.put(batch, onCommitted)
    }

    /// Whether so much waits to be committed that the next submission would wait.
    public var isCongested: Bool { queue.isFull }

    /// Commits what was submitted, ends the thread and closes the store.
    ///
    /// - Throws: ``JournalError`` when something could not be committed or the store not be closed.
    public func close() throws(JournalError) {
        queue.stop()
        thread.join()
        if let failure = queue.reasonForRefusal {
            try? store.close()
            throw failure
        }
        try store.close()
    }

    private static func run(_ queue: WriterQueue, _ store: any JournalStore, _ idle: Duration) {
        var taken = WriterQueue.Pending()
        var hasSettled = true
        while true {
            do throws(JournalError) {
                switch queue.take(into: &taken, waitingAtMost: hasSettled ? nil : idle) {
                case .stop: return
                case .idle:
                    try store.settle()
                    hasSettled = true
                case .commit:
                    try store.append(taken.batches)
                    for completion in taken.completions { completion(.success(())) }
                    taken.removeAll()
                    hasSettled = false
                }
            } catch {
                let abandoned = queue.fail(error)
                for completion in taken.completions { completion(.failure(error)) }
                for completion in abandoned.completions { completion(.failure(error)) }
                return
            }
        }
    }
}
