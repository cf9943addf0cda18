import Glibc
import SwarmCore
import SwarmModel
import SwarmRuntime
import Synchronization

/// A folder of its own for one test, removed with everything in it.
struct TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/swarm-process-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, let made = mkdtemp(start) else {
                preconditionFailure("no temporary folder: errno \(errno)")
            }
            return String(cString: made)
        }
    }

    func remove() { TemporaryFolder.remove(path) }

    private static func remove(_ path: String) {
        for name in names(in: path) {
            let entry = "\(path)/\(name)"
            if unlink(entry) != 0 { remove(entry) }
        }
        rmdir(path)
    }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String, mode: mode_t = 0o644) -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let bytes = Array(text.utf8)
        write(descriptor, bytes, bytes.count)
        close(descriptor)
        chmod(file, mode)
        return file
    }

    func names(in folder: String) -> [String] {
        TemporaryFolder.names(in: "\(path)/\(folder)")
    }

    private static func names(in path: String) -> [String] {
        guard let entries = opendir(path) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// Keeps what a launcher reports, and lets a test wait for it.
final class LaunchRecorder: Sendable {
    private struct State {
        var lines: [OutputLine] = []
        var droppedLines = 0
        var droppedBytes: UInt64 = 0
        var exits: [UInt64: ProcessExit] = [:]
        var waiting: [UInt64: CheckedContinuation<ProcessExit, Never>] = [:]
        var exitCount = 0
    }

    private let state = Mutex(State())

    func take(_ batch: OutputBatch) {
        state.withLock { state in
            state.lines += batch.lines
            state.droppedLines += batch.droppedLines
            state.droppedBytes += batch.droppedBytes
        }
    }

    func take(_ exit: ProcessExit) {
        let waiting = state.withLock { state in
            state.exitCount += 1
            state.exits[exit.incarnation.number] = exit
            return state.waiting.removeValue(forKey: exit.incarnation.number)
        }
        waiting?.resume(returning: exit)
    }

    /// The end of a process, as soon as it is reported.
    func exit(of incarnation: Incarnation) async -> ProcessExit {
        await withCheckedContinuation { continuation in
            let exit = state.withLock { state in
                let exit = state.exits[incarnation.number]
                if exit == nil { state.waiting[incarnation.number] = continuation }
                return exit
            }
            if let exit { continuation.resume(returning: exit) }
        }
    }

    var lines: [OutputLine] { state.withLock { $0.lines } }
    var droppedLines: Int { state.withLock { $0.droppedLines } }
    var exitCount: Int { state.withLock { $0.exitCount } }

    func text(_ stream: OutputStream) -> [String] {
        lines.filter { $0.stream == stream }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// The first line that satisfies `condition`, once it is there.
    func line(where condition: (String) -> Bool) async throws -> String {
        while true {
            if let line = text(.stdout).first(where: condition) { return line }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// A launcher with a folder of its own.
struct LaunchFixture {
    let folder = TemporaryFolder()
    let recorder = LaunchRecorder()
    let launcher: ProcessLauncher
    static let worker = WorkerID(agent: "pricing", replica: 2)

    init() throws {
        launcher = try LaunchFixture.launcher(in: folder.path, recorder)
    }

    static func launcher(
        in folder: String,
        _ recorder: LaunchRecorder
    ) throws -> ProcessLauncher {
        try ProcessLauncher(
            outputDirectory: "\(folder)/output",
            output: { recorder.take($0) },
            exited: { recorder.take($0) },
            post: { $0() }
        )
    }

    /// Ends and collects what still runs: a zombie would keep the test library's own waiting busy.
    func remove() {
        for process in launcher.running {
            launcher.signal(.kill, worker: process.worker, incarnation: process.incarnation)
        }
        while !launcher.running.isEmpty { usleep(1000) }
        launcher.close()
        folder.remove()
    }

    @discardableResult
    func launch(
        _ specification: ProcessSpecification,
        as incarnation: Incarnation = Incarnation(1)
    ) throws -> ProcessIdentity {
        try launcher.launch(
            specification,
            worker: LaunchFixture.worker,
            incarnation: incarnation
        )
    }

    /// Runs a shell script to its end.
    func run(
        _ script: String,
        endsGroupOnExit: Bool = true,
        limits: ProcessLimits = ProcessLimits()
    ) async throws -> ProcessExit {
        try launch(
            .shell(script, limits: limits, endsGroupOnExit: endsGroupOnExit)
        )
        return await recorder.exit(of: Incarnation(1))
    }

    @discardableResult
    func signal(_ signal: StopSignal, _ incarnation: Incarnation = Incarnation(1)) -> Bool {
        launcher.signal(signal, worker: LaunchFixture.worker, incarnation: incarnation)
    }
}

extension ProcessSpecification {
    static func shell(
        _ script: String,
        limits: ProcessLimits = ProcessLimits(),
        endsGroupOnExit: Bool = true
    ) -> ProcessSpecification {
        ProcessSpecification(
            executable: "/bin/sh",
            arguments: ["-c", script],
            environment: [
                ("PATH", "/usr/bin:/bin"), ("SWARM_INSTANCE", "\(LaunchFixture.worker)"),
            ],
            limits: limits,
            endsGroupOnExit: endsGroupOnExit
        )
    }

    static func python(_ script: String) -> ProcessSpecification {
        ProcessSpecification(executable: "/usr/bin/python3", arguments: ["-c", script])
    }
}

/// Returns once the condition holds; the suite's time limit ends a wait that is in vain.
func eventually(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(5)) }
}

/// Whether a process with this number runs; one that has ended and waits to be collected does not.
func isRunning(_ pid: Int32) -> Bool { ProcessIdentity(running: pid)?.isAlive == true }
