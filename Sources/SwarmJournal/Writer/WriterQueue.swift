import Glibc
import SwarmModel

/// What stands between those who submit batches and the thread that commits them.
///
/// A plain mutex with two conditions rather than anything asynchronous: the thread blocks in
/// `fsync` most of its life, and a hop through an executor would cost more than the hand-over.
final class WriterQueue: @unchecked Sendable {
    /// Called once, on the writer's thread.
    typealias Completion = @Sendable (Result<Void, JournalError>) -> Void

    /// What waits to be committed; batches and completions have equal counts.
    struct Pending {
        var batches: [JournalBatch] = []
        var completions: [Completion] = []
        var bytes = 0

        mutating func removeAll() {
            batches.removeAll(keepingCapacity: true)
            completions.removeAll(keepingCapacity: true)
            bytes = 0
        }
    }

    /// What the thread is to do next.
    enum Turn {
        /// Commit what was taken.
        case commit
        /// Nothing has come for a while.
        case idle
        /// Nothing is left and nothing will come.
        case stop
    }

    // Everything below the mutex is touched only while it is held; that is what makes this class
    // safe to share.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let work = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let room = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var pending = Pending()
    private var isStopping = false
    private var failure: JournalError?
    private var isTakerWaiting = false
    private var waitingSubmitters = 0
    private let byteLimit: Int

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(work, &attributes)
        pthread_cond_init(room, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(work)
        pthread_cond_destroy(room)
        pthread_mutex_destroy(mutex)
        work.deallocate()
        room.deallocate()
        mutex.deallocate()
    }

    /// Puts a batch behind the others; waits while there is no room.
    func put(_ batch: JournalBatch, _ completion: @escaping Completion) throws(JournalError) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while pending.bytes >= byteLimit, failure == nil, !isStopping {
            waitingSubmitters += 1
            pthread_cond_wait(room, mutex)
            waitingSubmitters -= 1
        }
        if let failure { throw failure }
        guard !isStopping else { throw JournalError.closed }
        pending.batches.append(batch)
        pending.completions.append(completion)
        pending.bytes += batch.size
        if isTakerWaiting { pthread_cond_signal(work) }
    }

    /// Whether a batch put now would have to wait.
    var isFull: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return pending.bytes >= byteLimit
    }

    /// Exchanges `taken`, which must be empty, for everything that was put; waits for something.
    func take(into taken: inout Pending, waitingAtMost patience: Duration?) -> Turn {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let end = patience.map(WriterQueue.moment(after:))
        isTakerWaiting = true
        while pending.batches.isEmpty, !isStopping {
            if var end {
                if pthread_cond_timedwait(work, mutex, &end) == ETIMEDOUT { break }
            } else {
                pthread_cond_wait(work, mutex)
            }
        }
        isTakerWaiting = false
        guard !pending.batches.isEmpty else { return isStopping ? .stop : .idle }
        swap(&taken, &pending)
        if waitingSubmitters > 0 { pthread_cond_broadcast(room) }
        return .commit
    }

    /// Lets nothing in any more; what is in is still committed.
    func stop() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isStopping = true
        pthread_cond_broadcast(work)
        pthread_cond_broadcast(room)
    }

    /// Refuses everything from now on with this error, and hands out what will not be committed.
    func fail(_ error: JournalError) -> Pending {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        failure = error
        isStopping = true
        pthread_cond_broadcast(room)
        var abandoned = Pending()
        swap(&abandoned, &pending)
        return abandoned
    }

    /// Why nothing is let in any more, if something went wrong.
    var reasonForRefusal: JournalError? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return failure
    }

    private static func moment(after duration: Duration) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let nanoseconds = Int64(now.tv_nsec) + duration.wholeMicroseconds * 1000
        return timespec(
            tv_sec: now.tv_sec + Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
    }
}

extension JournalBatch {
    /// About how much memory the batch takes.
    var size: Int { payloads.reduce(records.count + 64) { $0 + $1.bytes.count } }
}
