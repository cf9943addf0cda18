import Foundation
import Synchronization
import Testing

/// Runs the tests of a suite on one thread of their own, whatever tasks they begin.
///
/// A test here computes for seconds without a pause. On the few threads that all tasks share, two
/// of them keep every test that waits for something from hearing of it.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    @concurrent
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(ThreadExecutor.shared) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// On one thread, apart from all other tests.
    static var onOwnThread: OwnThread { OwnThread() }
}

/// Runs jobs one after the other on a thread that lives as long as the process.
private final class ThreadExecutor: TaskExecutor {
    static let shared = ThreadExecutor()

    private let jobs = Mutex<[UnownedJob]>([])
    private let count = DispatchSemaphore(value: 0)

    private init() {
        let thread = Thread { [unowned self] in
            while true {
                count.wait()
                let job = jobs.withLock { $0.removeFirst() }
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        // Unoptimised code nests deep, and threads have 512 KiB unless told otherwise.
        thread.stackSize = 8 << 20
        thread.name = "simulations"
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        count.signal()
    }
}
