import CZeroMQ
import Glibc
import Synchronization
import Testing
import ZeroMQ

@Suite("Socket thread", .timeLimit(.minutes(2)))
struct SocketThreadTests {
    let thread: SocketThread
    let host: SocketHost

    init() throws {
        thread = try SocketThread(name: "test")
        host = SocketHost(thread: thread)
        thread.start()
    }

    @Test("An actor's code runs on the thread and nowhere else")
    func actorRunsOnThread() async {
        #expect(await host.isOnThread())
        #expect(!thread.isCurrent)
        thread.stop()
    }

    @Test("Ten thousand hops from many tasks all arrive")
    func manyHops() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask { for _ in 0..<1000 { await host.hop() } }
            }
        }
        #expect(await host.hops == 10_000)
        thread.stop()
    }

    @Test("Submitted closures run in the order they were submitted")
    func submitKeepsOrder() async {
        let seen = Mutex<[Int]>([])
        for index in 0..<5000 {
            thread.submit { seen.withLock { $0.append(index) } }
        }
        thread.stop()
        #expect(seen.withLock { $0 } == Array(0..<5000))
    }

    @Test("Jobs given before the start wait for it")
    func jobsBeforeStart() throws {
        let late = try SocketThread(name: "late")
        let count = Atomic<Int>(0)
        late.submit { count.add(1, ordering: .relaxed) }
        #expect(count.load(ordering: .relaxed) == 0)
        late.start()
        late.stop()
        #expect(count.load(ordering: .relaxed) == 1)
        thread.stop()
    }

    @Test("The end-of-turn hook runs after the jobs of the turn, and again when it adds work")
    func endOfTurn() async {
        let thread = thread
        let log = Mutex<[String]>([])
        await host.perform { _ in
            thread.onTurnEnd = {
                let entries = log.withLock { log -> Int in
                    log.append("end")
                    return log.count
                }
                if entries == 1 { thread.submit { log.withLock { $0.append("job") } } }
            }
        }
        // The job the first end added came in a second turn, which had an end of its own.
        await host.perform { _ in log.withLock { $0.append("probe") } }
        thread.stop()
        let entries = log.withLock { $0 }
        #expect(entries.prefix(2) == ["end", "job"])
        #expect(entries.dropFirst(2).contains("end"))
        #expect(entries.contains("probe"))
    }

    @Test("A deadline fires once, and not before its time")
    func deadline() async {
        let due = MonotonicClock.now + 30_000_000
        let firings = Atomic<Int>(0)
        let fired = await withCheckedContinuation { continuation in
            thread.submit { [thread] in
                thread.setDeadline(due) {
                    firings.add(1, ordering: .relaxed)
                    continuation.resume(returning: MonotonicClock.now)
                }
            }
        }
        #expect(fired >= due)
        for _ in 0..<100 { await host.hop() }
        thread.stop()
        #expect(firings.load(ordering: .relaxed) == 1)
    }

    @Test("A deadline that was taken back does not fire, an earlier one replaces it")
    func movedDeadline() async {
        let thread = thread
        let fired = Mutex<[String]>([])
        await withCheckedContinuation { continuation in
            thread.submit {
                thread.setDeadline(MonotonicClock.now + 60_000_000_000) {
                    fired.withLock { $0.append("a minute") }
                }
                thread.setDeadline(nil)
                thread.setDeadline(MonotonicClock.now + 1_000_000) {
                    fired.withLock { $0.append("a millisecond") }
                    continuation.resume()
                }
            }
        }
        thread.stop()
        #expect(fired.withLock { $0 } == ["a millisecond"])
    }

    @Test("A registered eventfd is served each time it is written, until it is unregistered")
    func eventDescriptor() async {
        let thread = thread
        let descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        let sum = Atomic<UInt64>(0)
        await host.perform { _ in
            thread.register(descriptor: descriptor) {
                var count: eventfd_t = 0
                _ = eventfd_read(descriptor, &count)
                sum.add(count, ordering: .relaxed)
            }
        }
        for expected in 1...50 {
            eventfd_write(descriptor, 1)
            while sum.load(ordering: .relaxed) < UInt64(expected) { await host.hop() }
        }
        await host.perform { _ in thread.unregister(descriptor: descriptor) }
        eventfd_write(descriptor, 7)
        for _ in 0..<100 { await host.hop() }
        #expect(sum.load(ordering: .relaxed) == 50)
        thread.stop()
        close(descriptor)
    }

    @Test("A registered pidfd reports that a process ended")
    func processDescriptor() async throws {
        let thread = thread
        var pid = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("cat"), nil]
        defer { free(arguments[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var pipe: [CInt] = [0, 0]
        #expect(
            socketpair(
                AF_UNIX,
                CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue),
                0,
                &pipe
            ) == 0
        )
        posix_spawn_file_actions_adddup2(&actions, pipe[0], 0)
        try #require(posix_spawn(&pid, "/bin/cat", &actions, nil, &arguments, nil) == 0)
        close(pipe[0])
        let descriptor = czmq_pidfd_open(pid, 0)
        try #require(descriptor >= 0)
        let input = pipe[1]
        await withCheckedContinuation { continuation in
            thread.submit {
                thread.register(descriptor: descriptor) {
                    thread.unregister(descriptor: descriptor)
                    continuation.resume()
                }
                close(input)
            }
        }
        var status: CInt = -1
        #expect(waitpid(pid, &status, WNOHANG) == pid)
        #expect(status == 0)
        thread.stop()
        close(descriptor)
    }

    @Test("Stopping a busy thread runs what was queued")
    func stopWhileBusy() {
        let count = Atomic<Int>(0)
        for _ in 0..<20_000 { thread.submit { count.add(1, ordering: .relaxed) } }
        thread.stop()
        #expect(count.load(ordering: .relaxed) == 20_000)
        thread.stop()
    }

    @Test("An actor can still be called after the stop, one call at a time")
    func jobsAfterStop() async {
        thread.stop()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<200 { await host.hop() } }
            }
        }
        #expect(await host.hops == 1600)
        #expect(await host.isOnThread())
    }

    @Test("Using a door of the thread from elsewhere is a trap, not a race")
    func doorsTrap() async {
        thread.stop()
        await #expect(processExitsWith: .failure) {
            let thread = try SocketThread(name: "trap")
            thread.start()
            thread.setDeadline(1)
        }
    }

    @Test("A signal can be turned into a readable descriptor")
    func signals() async {
        let thread = thread
        let descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        #expect(czmq_notify_signal(SIGUSR2, descriptor) == 0)
        await withCheckedContinuation { continuation in
            thread.submit {
                thread.register(descriptor: descriptor) {
                    thread.unregister(descriptor: descriptor)
                    continuation.resume()
                }
                kill(getpid(), SIGUSR2)
            }
        }
        #expect(czmq_notify_signal(SIGUSR2, -1) == 0)
        #expect(czmq_notify_signal(0, descriptor) == -1)
        thread.stop()
        close(descriptor)
    }
}
