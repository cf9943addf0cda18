import CSwarmSystem
import Glibc
public import SwarmCore
public import SwarmModel
import Synchronization

/// Starts worker processes, hears what they write and when they end, and ends them when told.
///
/// It decides nothing: whether a worker is started again, and how long it may take to stop, is the
/// core's business. A process is named by worker and incarnation, never by its number alone.
///
/// Each worker leads a process group of its own, so it can be ended together with everything it
/// started, and Ctrl-C in the coordinator's terminal does not reach it. It gets exactly the
/// environment it was given, default signal handling, `/dev/null` as input, capture files as output
/// and no other descriptor.
///
/// The start is a small function over `clone`, as `posix_spawn` is, because it does three things
/// that `posix_spawn` cannot: it tells a missing directory from a missing program, it sets resource
/// limits before the program begins, and it yields a descriptor of the new process at once. That
/// descriptor is what reports the exit, without a signal handler and without waiting for output
/// that a grandchild might hold open. swift-subprocess was not taken because its output streams are
/// pipes, and a worker must survive the death of its coordinator (see `CaptureFiles`).
public final class ProcessLauncher: Sendable {
    /// The most bytes of one line of output; the rest of a longer line is skipped.
    public static let lineLimit = 16 << 10
    /// The most lines a second that one process gets through to the log unless told otherwise.
    public static let defaultLinesPerSecond = 1000

    private let watch: ProcessWatch
    private let directory: String

    /// A launcher that keeps capture files in `outputDirectory`, which it makes if it must.
    ///
    /// - Parameters:
    ///   - outputDirectory: where workers' output goes until it has been read; its parent exists.
    ///   - output: takes lines, on the launcher's own thread, so it must be quick and not wait.
    ///   - exited: takes the end of a process, once for each, through `post`; all of the process's
    ///     lines came before.
    ///   - post: runs a closure where the coordinator decides, in the order given.
    /// - Throws: ``LaunchError`` when the directory or the means to watch cannot be had.
    public init(
        outputDirectory: String,
        output: @escaping @Sendable (OutputBatch) -> Void,
        exited: @escaping @Sendable (ProcessExit) -> Void,
        post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) throws(LaunchError) {
        directory = outputDirectory
        try CaptureFiles.prepare(directory: outputDirectory)
        watch = try ProcessWatch(output: output, exited: { exit in post { exited(exit) } })
    }

    deinit { close() }

    /// Stops watching; what runs goes on running, for the next coordinator to adopt.
    public func close() {
        let wasOpen = watch.table.withLock { table in
            defer { table.isClosing = true }
            return !table.isClosing
        }
        if wasOpen { watch.wakeUp() }
    }

    /// Starts a process; returns as soon as its program has begun.
    ///
    /// - Throws: ``LaunchError`` when it cannot be started; nothing is left behind then.
    public func launch(
        _ specification: ProcessSpecification,
        worker: WorkerID,
        incarnation: Incarnation
    ) throws(LaunchError) -> ProcessIdentity {
        try check(specification, worker, incarnation)
        let files = CaptureFiles(
            directory: directory,
            worker: worker,
            incarnation: incarnation
        )
        do throws(LaunchError) {
            return try start(specification, worker, incarnation, files)
        } catch {
            files.remove()
            throw error
        }
    }

    /// Takes over a worker that an earlier coordinator started: reads on where that one stopped,
    /// and reports the exit like any other, with an unknown status.
    ///
    /// When the process is gone, or its number now belongs to another, the output it left is
    /// delivered, what remains of its group is ended, and the exit is reported at once.
    ///
    /// - Returns: whether the process still runs.
    @discardableResult
    public func adopt(
        _ identity: ProcessIdentity,
        worker: WorkerID,
        incarnation: Incarnation,
        linesPerSecond: Int = ProcessLauncher.defaultLinesPerSecond
    ) -> Bool {
        var pidfd = swarm_pidfd_open(identity.pid)
        // First the descriptor, then the look: the descriptor stands for the process looked at.
        if pidfd >= 0, !identity.isAlive {
            Glibc.close(pidfd)
            pidfd = -1
        }
        let files = CaptureFiles(
            directory: directory,
            worker: worker,
            incarnation: incarnation
        )
        // Without its files a worker's output is lost, but the worker itself need not be.
        let watches = (try? addWatches(files)) ?? []
        let capture = try? ProcessCapture(
            files: files,
            linesPerSecond: linesPerSecond,
            isAdopted: true,
            now: MonotonicTime.now
        )
        register(
            WatchedProcess(
                worker: worker,
                incarnation: incarnation,
                identity: identity,
                pidfd: pidfd,
                isChild: false,
                endsGroupOnExit: true,
                capture: capture,
                watches: watches
            )
        )
        return pidfd >= 0
    }

    /// Sends a signal to the process and everything it started; whether it was there to receive it.
    ///
    /// A process asked to terminate is also continued, or a stopped one could not obey.
    @discardableResult
    public func signal(
        _ signal: StopSignal,
        worker: WorkerID,
        incarnation: Incarnation
    ) -> Bool {
        watch.table.withLock { table in
            guard let process = table.processes[incarnation.number], process.worker == worker
            else { return false }
            switch signal {
            case .terminate:
                return process.signalGroup(SIGTERM) && process.signalGroup(SIGCONT)
            case .kill:
                return process.signalGroup(SIGKILL)
            }
        }
    }

    /// Removes output files of processes this launcher does not watch; called after adoption.
    public func removeAbandonedOutput() {
        let kept = watch.table.withLock { table in
            table.processes.values.map { process in
                CaptureFiles(
                    directory: directory,
                    worker: process.worker,
                    incarnation: process.incarnation
                )
            }
        }
        CaptureFiles.removeAll(in: directory, except: Set(kept))
    }

    /// Whether there are files for the output of a launch, so that its process may have begun.
    public func hasOutput(worker: WorkerID, incarnation: Incarnation) -> Bool {
        let files = CaptureFiles(directory: directory, worker: worker, incarnation: incarnation)
        return access(files.path(of: .stdout), F_OK) == 0
    }

    /// The processes under watch that have not been reported as ended.
    public var running: [(worker: WorkerID, incarnation: Incarnation, identity: ProcessIdentity)] {
        watch.table.withLock { table in
            table.processes.values
                .map { ($0.worker, $0.incarnation, $0.identity) }
                .sorted { $0.1 < $1.1 }
        }
    }
}

// MARK: - Starting

extension ProcessLauncher {
    private func check(
        _ specification: ProcessSpecification,
        _ worker: WorkerID,
        _ incarnation: Incarnation
    ) throws(LaunchError) {
        let texts =
            [specification.executable, specification.workingDirectory ?? ""]
            + specification.arguments + specification.environment.map { $0.name + $0.value }
        if texts.contains(where: { $0.utf8.contains(0) }) {
            throw LaunchError(
                .badSpecification,
                "an argument or variable of \(worker) holds a zero byte",
                hint: "check `exec` and `env` of the agent; the system's texts end at a zero byte"
            )
        }
        let (isClosing, isTaken) = watch.table.withLock { table in
            (table.isClosing, table.processes[incarnation.number] != nil)
        }
        if isClosing {
            throw LaunchError(
                .closed,
                "\(worker) is not started because the coordinator is ending",
                hint: "start the swarm again"
            )
        }
        if isTaken {
            throw LaunchError(
                .badSpecification,
                "incarnation \(incarnation) of \(worker) runs already",
                hint: "each launch needs a number of its own"
            )
        }
    }

    private func start(
        _ specification: ProcessSpecification,
        _ worker: WorkerID,
        _ incarnation: Incarnation,
        _ files: CaptureFiles
    ) throws(LaunchError) -> ProcessIdentity {
        var opened: [Int32] = []
        defer { for descriptor in opened { Glibc.close(descriptor) } }
        for stream in OutputStream.allCases { opened.append(try files.openForWorker(stream)) }
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw .output("/dev/null", errno: errno) }
        opened.append(input)

        let watches = try addWatches(files)
        let capture: ProcessCapture
        let spawned: swarm_spawn_result
        do throws(LaunchError) {
            capture = try ProcessCapture(
                files: files,
                linesPerSecond: specification.linesPerSecond,
                isAdopted: false,
                now: MonotonicTime.now
            )
            do throws(LaunchError) {
                spawned = try specification.spawn(
                    input: opened[2],
                    output: opened[0],
                    error: opened[1]
                )
            } catch {
                capture.close(removing: true)
                throw error
            }
        } catch {
            for watch in watches { inotify_rm_watch(self.watch.changes, watch) }
            throw error
        }

        // The child cannot have been collected yet, so its entry is there even if it has ended.
        let startTime = ProcessStatistics(of: spawned.pid)?.startTime ?? 0
        let identity = ProcessIdentity(pid: spawned.pid, startTime: startTime)
        register(
            WatchedProcess(
                worker: worker,
                incarnation: incarnation,
                identity: identity,
                pidfd: spawned.pidfd,
                isChild: true,
                endsGroupOnExit: specification.endsGroupOnExit,
                capture: capture,
                watches: watches
            )
        )
        return identity
    }

    private func addWatches(_ files: CaptureFiles) throws(LaunchError) -> [Int32] {
        var watches: [Int32] = []
        for stream in OutputStream.allCases {
            let path = files.path(of: stream)
            let descriptor = inotify_add_watch(watch.changes, path, UInt32(IN_MODIFY))
            guard descriptor >= 0 else {
                let number = errno
                for watch in watches { inotify_rm_watch(self.watch.changes, watch) }
                throw .output(path, errno: number)
            }
            watches.append(descriptor)
        }
        return watches
    }

    private func register(_ process: WatchedProcess) {
        let key = process.incarnation.number
        let isClosing = watch.table.withLock { table in
            guard !table.isClosing else { return true }
            table.processes[key] = process
            for watch in process.watches { table.owners[watch] = key }
            table.fresh.append(key)
            if process.pidfd >= 0 { watch.observe(process.pidfd, key: key) }
            return false
        }
        // A process that started just as the launcher closed is left like all the others.
        if isClosing { process.letGo() }
        watch.wakeUp()
    }
}
