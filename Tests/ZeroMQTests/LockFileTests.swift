import Glibc
import Synchronization
import Testing
import ZeroMQ

@Suite("Lock file", .timeLimit(.minutes(2)))
struct LockFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("A second process is told who holds the lock")
    func twoProcesses() async throws {
        let path = directory.file("lock")
        let lock = try LockFile(path: path)
        await #expect(processExitsWith: .success) { [path = path as String] in
            do {
                _ = try LockFile(path: path)
                exit(1)
            } catch let error as ZeroMQError {
                let sentence = "\(path): process \(getppid()) holds the lock"
                exit(error.code == .lockHeld && error.sentence.hasPrefix(sentence) ? 0 : 2)
            }
        }
        #expect(LockFile.holder(path: lock.path) == getpid())
    }

    @Test("The lock of a process that was killed is free, and its pid is still known")
    func killedHolder() async throws {
        let path = directory.file("lock")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let lock = try LockFile(path: path)
            withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
        }
        let dead = try #require(LockFile.holder(path: path))
        #expect(dead != getpid())
        let lock = try LockFile(path: path)
        #expect(LockFile.holder(path: path) == getpid())
        withExtendedLifetime(lock) {}
    }

    @Test("Letting go makes the lock free within the same process too")
    func release() throws {
        let path = directory.file("lock")
        var lock: LockFile? = try LockFile(path: path)
        let error = #expect(throws: ZeroMQError.self) { try LockFile(path: path) }
        #expect(error?.message == "process \(getpid()) holds the lock")
        withExtendedLifetime(lock) {}
        lock = nil
        lock = try LockFile(path: path)
        #expect(lock?.path == path)
    }

    @Test("Locks that are refused close their own descriptors, and nobody else's")
    func refusalClosesOnce() throws {
        let path = directory.file("lock")
        let lock = try LockFile(path: path)
        let stolen = Mutex(0)
        let threads = try (0..<4).map { try SocketThread(name: "lock-\($0)") }
        for thread in threads {
            thread.start()
            thread.submit {
                for _ in 0..<500 {
                    _ = try? LockFile(path: path)
                    let own = open(path, O_RDONLY | O_CLOEXEC)
                    sched_yield()
                    if close(own) != 0 { stolen.withLock { $0 += 1 } }
                }
            }
        }
        for thread in threads { thread.stop() }
        #expect(stolen.withLock { $0 } == 0)
        #expect(LockFile.holder(path: lock.path) == getpid())
    }

    @Test("A lock that cannot be made says why")
    func unwritable() {
        let path = directory.file("missing/lock")
        let error = #expect(throws: ZeroMQError.self) { try LockFile(path: path) }
        #expect(error?.errno == ENOENT)
        #expect(error?.endpoint == path)
        #expect(LockFile.holder(path: path) == nil)
    }
}
