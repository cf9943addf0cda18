import Glibc
import SwarmControl
import SwarmModel
import SwarmRuntime

/// Starts a coordinator in the background: this program again, in a session of its own.
struct DaemonStart {
    /// Absolute path of the topology.
    let topology: String
    /// Absolute path of the state directory.
    let stateDirectory: String
    /// Overrides the topology's durability.
    let durability: Durability?
    /// The least of its lines that are logged.
    let logLevel: LogLevel

    /// Starts it and returns when it answers, or when every worker is ready.
    ///
    /// - Throws: What the coordinator said when it ended instead; `E_CONFLICT` when another one has
    ///   the state directory.
    func start(untilReady: Bool) async throws -> ControlClient {
        let client = ControlClient(socket: try ControlSocket(stateDirectory: stateDirectory))
        guard !client.socket.isServed else {
            throw ErrorDocument(
                .conflict,
                "a swarm is up already on \(client.socket.path)",
                hint: "`swarm ps` shows it, `swarm down` stops it"
            )
        }
        let messages = try ChildMessages()
        let child = try ChildProcess.start(arguments, output: messages.input)
        messages.closeInput()
        do {
            // Somebody else may be first on the same socket: only the child's own answer counts.
            while try await !answers(client, as: child.pid) {
                messages.read()
                if let status = child.exitStatus() { throw messages.failure(status) }
                try await Task.sleep(for: .milliseconds(10))
            }
            if untilReady { try await Readiness.wait(for: client) }
            return client
        } catch {
            // Nothing was promised yet, so nothing is left behind.
            child.end()
            throw error
        }
    }

    private func answers(_ client: ControlClient, as pid: Int32) async throws -> Bool {
        guard client.socket.isServed else { return false }
        do { return try await client.health().pid == pid } catch let error as ErrorDocument {
            // Another's swarm that ends just now answers no more; ours is still to come.
            guard error.code == .unreachable || error.code == .stopping else { throw error }
            return false
        }
    }

    private var arguments: [String] {
        var arguments = ["up", topology, "--state-dir", stateDirectory, "--json"]
        if let durability { arguments += ["--durability", durability.rawValue] }
        return arguments + ["--log-level", logLevel.rawValue, "--background-child"]
    }

    // MARK: In the daemon itself

    /// Leaves the session of the terminal, and outlives whoever reads what it prints.
    static func detachFromTerminal() {
        setsid()
        signal(SIGPIPE, SIG_IGN)
    }

    /// Turns from whoever started it to a file: what the daemon prints from now on, such as the
    /// reason of a crash, is for those who look later.
    static func detachOutput(stateDirectory: String) {
        let path = "\(stateDirectory)/logs/coordinator.stderr"
        var file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        if file < 0 { file = open("/dev/null", O_WRONLY | O_CLOEXEC) }
        guard file >= 0 else { return }
        dup2(file, STDOUT_FILENO)
        dup2(file, STDERR_FILENO)
        close(file)
    }
}

/// What a daemon says before it serves, over a pipe: a full disk takes no message.
private final class ChildMessages {
    /// Where the child writes.
    private(set) var input: Int32
    private let output: Int32
    private var bytes: [UInt8] = []

    /// The most that is kept; an error is a line, a crash some thousand.
    private static let limit = 256 << 10

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ErrorDocument(
                .internal,
                "cannot make a pipe: \(String(cString: strerror(errno)))"
            )
        }
        output = ends[0]
        input = ends[1]
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeInput()
        close(output)
    }

    /// Leaves the writing to the child.
    func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    /// Takes what is there, so that the child never waits.
    func read() {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(output, &buffer, buffer.count)
            guard count > 0 else { return }
            bytes += buffer[..<count]
            if bytes.count > Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
        }
    }

    /// Why the child ended: its own error when it had one, else what else it wrote.
    func failure(_ status: Int32) -> any Error {
        read()
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n")
        if let last = lines.last, let json = try? JSON(parsing: Array(last.utf8)),
            let response = try? json.decoded(as: ErrorResponse.self)
        {
            return response.error
        }
        let tail = lines.suffix(20).joined(separator: "\n  ")
        return ErrorDocument(
            .internal,
            "the coordinator ended at once with status \(status)"
                + (tail.isEmpty ? "" : "; it wrote:\n  \(tail)"),
            hint: "`swarm up` runs it in the foreground",
            exit: status == 0 ? CommandExit.unexpected : status
        )
    }
}
