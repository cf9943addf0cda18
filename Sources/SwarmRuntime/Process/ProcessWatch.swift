import CSwarmSystem
import Glibc
import SwarmModel
import Synchronization

/// The one thread that waits for the output and the end of all worker processes.
///
/// It sleeps in `epoll_wait` on the processes' descriptors, which become readable at the very
/// moment a process ends, and on one inotify descriptor for all capture files.
final class ProcessWatch: Sendable {
    /// What other threads and the watching thread share.
    struct Table {
        var processes: [UInt64: WatchedProcess] = [:]
        /// inotify watch to process.
        var owners: [Int32: UInt64] = [:]
        /// Processes the thread should look at although nothing was reported about them.
        var fresh: [UInt64] = []
        var isClosing = false
    }

    private static let wakeKey = UInt64.max
    private static let changesKey = UInt64.max - 1

    let table = Mutex(Table())
    private let epoll: Int32
    private let wake: Int32
    let changes: Int32
    private let output: @Sendable (OutputBatch) -> Void
    private let exited: @Sendable (ProcessExit) -> Void

    init(
        output: @escaping @Sendable (OutputBatch) -> Void,
        exited: @escaping @Sendable (ProcessExit) -> Void
    ) throws(LaunchError) {
        self.output = output
        self.exited = exited
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wake = swarm_counter(0)
        changes = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        let number = errno
        guard epoll >= 0, wake >= 0, changes >= 0 else {
            throw LaunchError(
                .resourcesExhausted,
                "cannot watch worker processes: \(SystemError.text(number))",
                hint: "raise the limit of open files, or fs.inotify.max_user_instances"
            )
        }
        observe(wake, key: ProcessWatch.wakeKey)
        observe(changes, key: ProcessWatch.changesKey, once: true)
        guard SystemThread.start(name: "processes", { [self] in run() }) else {
            throw LaunchError(
                .resourcesExhausted,
                "cannot start the thread that watches worker processes",
                hint: "raise the limit of processes (ulimit -u)"
            )
        }
    }

    /// Not when the thread ends: someone may still be about to wake it, and a number that was given
    /// back could by then be another's descriptor.
    deinit {
        for descriptor in [epoll, wake, changes] where descriptor >= 0 { close(descriptor) }
    }

    /// Reports when the descriptor is readable, under this key; `once` until it is observed again.
    func observe(_ descriptor: Int32, key: UInt64, once: Bool = false) {
        let events = once ? EPOLLIN.rawValue | EPOLLONESHOT.rawValue : EPOLLIN.rawValue
        var event = epoll_event(events: events, data: epoll_data_t(u64: key))
        if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0, errno == EEXIST {
            epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
        }
    }

    /// Makes the thread look at the table.
    func wakeUp() {
        var one: UInt64 = 1
        write(wake, &one, 8)
    }

    // MARK: - The thread

    private func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var turn = Turn()
        while true {
            wait(&turn)
            let (isClosing, fresh) = table.withLock { table in
                defer { table.fresh.removeAll() }
                return (table.isClosing, table.fresh)
            }
            if isClosing { return closeAll() }
            turn.dirty.formUnion(fresh)
            serve(&turn, buffer)
            for key in turn.ended { finish(key, buffer) }
            turn.timers.subtract(turn.ended)
            turn.ended.removeAll(keepingCapacity: true)
        }
    }

    /// What one round of waiting brought, and what the last one left.
    private struct Turn {
        var dirty: Set<UInt64> = []
        var ended: [UInt64] = []
        /// Processes that want to be looked at when time has passed.
        var timers: Set<UInt64> = []
        /// When the first of them does.
        var timer: UInt64?
        /// When changes of files are listened to again; nil when they are.
        var listening: UInt64?

        /// Milliseconds to wait at most; -1 for no limit.
        var timeout: Int32 {
            guard dirty.isEmpty else { return 0 }
            guard let next = [timer, listening].compactMap(\.self).min() else { return -1 }
            let now = MonotonicTime.now
            return next <= now ? 0 : Int32(clamping: (next - now) / 1_000_000 + 1)
        }
    }

    /// How long changes of files are gathered after some were seen, in nanoseconds.
    ///
    /// A reader that wakes for each line makes each line dearer for the worker that writes it.
    private static let gathering: UInt64 = 10_000_000

    private func wait(_ turn: inout Turn) {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
            let count = epoll_wait(epoll, events.baseAddress, 64, turn.timeout)
            if let listening = turn.listening, listening <= MonotonicTime.now {
                turn.listening = nil
                observe(changes, key: ProcessWatch.changesKey, once: true)
            }
            guard count > 0 else { return }
            for event in events[..<Int(count)] {
                switch event.data.u64 {
                case ProcessWatch.wakeKey:
                    var value: UInt64 = 0
                    read(wake, &value, 8)
                case ProcessWatch.changesKey: readChanges(&turn)
                case let key: turn.ended.append(key)
                }
            }
        }
    }

    /// Takes what inotify reports: which files were written to.
    private func readChanges(_ turn: inout Turn) {
        turn.listening = MonotonicTime.now + ProcessWatch.gathering
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
            let length = read(changes, buffer.baseAddress, buffer.count)
            guard length > 0 else { return }
            let headerSize = MemoryLayout<inotify_event>.size
            table.withLock { table in
                var offset = 0
                while offset + headerSize <= length {
                    let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                        turn.dirty.formUnion(table.processes.keys)
                    } else if let key = table.owners[event.wd] {
                        turn.dirty.insert(key)
                    }
                    offset += headerSize + Int(event.len)
                }
            }
        }
    }

    /// Reads a turn's worth from each process that wrote, and looks after those with timers.
    private func serve(_ turn: inout Turn, _ buffer: UnsafeMutableRawBufferPointer) {
        let now = MonotonicTime.now
        var again: Set<UInt64> = []
        var nearest: UInt64?
        for key in turn.dirty.union(turn.timers) {
            guard let process = table.withLock({ $0.processes[key] }) else {
                turn.timers.remove(key)
                continue
            }
            if process.pidfd < 0 { turn.ended.append(key) }
            let isDirty = turn.dirty.contains(key)
            var batch = OutputBatch(process)
            var delay: UInt64?
            let hasMore: Bool = process.capture.withLock { capture in
                guard capture != nil else { return false }
                let more =
                    isDirty
                    && capture?.read(
                        into: buffer,
                        now: now,
                        lines: &batch.lines
                    ) == true
                delay = capture?.settle(now: now)
                capture?.reportDrops(now: now, into: &batch, delay: &delay)
                return more
            }
            if !batch.isEmpty { output(batch) }
            if hasMore { again.insert(key) }
            if let delay {
                turn.timers.insert(key)
                nearest = min(nearest ?? delay, delay)
            } else {
                turn.timers.remove(key)
            }
        }
        turn.dirty = again
        turn.timer = nearest.map { now + $0 }
    }

    // MARK: - Endings

    /// Ends what a process left behind, reads the rest of its output, collects it, and tells.
    private func finish(_ key: UInt64, _ buffer: UnsafeMutableRawBufferPointer) {
        guard let process = table.withLock({ $0.processes[key] }) else { return }
        if process.endsGroupOnExit { endGroup(of: process) }

        var batch = OutputBatch(process)
        var tail: [UInt8] = []
        process.capture.withLock { capture in
            guard capture != nil else { return }
            // Bounded, for something outside the group may still be writing.
            for _ in 0..<ProcessWatch.finalTurns {
                let now = MonotonicTime.now
                if capture?.read(into: buffer, now: now, lines: &batch.lines) != true { break }
            }
            capture?.finish(lines: &batch.lines)
            batch.droppedLines = capture?.takeDroppedLines() ?? 0
            batch.droppedBytes = capture?.takeDroppedBytes() ?? 0
            tail = capture?.stderrTail() ?? []
            capture?.close(removing: true)
            capture = nil
        }
        if !batch.isEmpty { output(batch) }

        let (status, usage) = table.withLock { table in
            table.processes[key] = nil
            for watch in process.watches {
                table.owners[watch] = nil
                inotify_rm_watch(changes, watch)
            }
            if process.pidfd >= 0 { close(process.pidfd) }
            return process.collect()
        }
        exited(
            ProcessExit(
                worker: process.worker,
                incarnation: process.incarnation,
                identity: process.identity,
                status: status,
                stderrTail: tail,
                usage: usage
            )
        )
    }

    /// Enough turns for the whole backlog of both streams.
    private static let finalTurns = 2 * Int(CapturedStream.backlogLimit) / ProcessCapture.turnBudget

    private func endGroup(of process: WatchedProcess) {
        if process.pidfd < 0 {
            LeftoverGroup.end(of: process.worker, process.identity)
        } else {
            _ = table.withLock { _ in process.signalGroup(SIGKILL) }
        }
    }

    /// Lets go of everything; processes and their files stay for the next coordinator.
    private func closeAll() {
        let processes = table.withLock { table in
            defer { table.processes = [:] }
            return Array(table.processes.values)
        }
        for process in processes { process.letGo() }
    }
}

extension OutputBatch {
    init(_ process: WatchedProcess) {
        self.init(worker: process.worker, incarnation: process.incarnation, lines: [])
    }

    /// Whether there is nothing to tell.
    var isEmpty: Bool { lines.isEmpty && droppedLines == 0 && droppedBytes == 0 }
}
