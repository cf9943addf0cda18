import FoundationEssentials
import Glibc
import SwarmControl
import SwarmModel

/// Starts a coordinator in the background: this program again, in a session of its own.
struct DaemonStart {
    /// Absolute path of the topology.
    let topology: String
    /// Absolute path of the state directory.
    let stateDirectory: String
    /// Overrides the topology's durability.
    let durability: Durability?

    /// Starts it and returns when it answers, or when every worker is ready.
    ///
    /// - Throws: What the coordinator said when it ended instead, with its exit status.
    func start(untilReady: Bool) async throws -> ControlClient {
        let client = ControlClient(socket: try ControlSocket(stateDirectory: stateDirectory))
        guard !client.socket.isServed else {
            throw ErrorDocument(
                .conflict,
                "a swarm is up already on \(client.socket.path)",
                hint: "`swarm ps` shows it, `swarm down` stops it"
            )
        }
        let messages = try messageFile()
        let pid = try spawn(standardError: messages)
        let child = ChildProcess(pid: pid)
        do {
            while !client.socket.isServed {
                if let status = child.exitStatus() { throw failure(status, messages) }
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

    /// Where the daemon's own standard error goes; what it says there explains a failed start.
    private func messageFile() throws -> String {
        for directory in [stateDirectory, "\(stateDirectory)/logs"] {
            if mkdir(directory, 0o700) != 0, errno != EEXIST {
                throw ErrorDocument(
                    .denied,
                    "cannot make \(directory): \(String(cString: strerror(errno)))",
                    hint: "choose another state directory with --state-dir"
                )
            }
        }
        return "\(stateDirectory)/logs/coordinator.stderr"
    }

    private func spawn(standardError messages: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions,
            STDOUT_FILENO,
            messages,
            O_WRONLY | O_CREAT | O_TRUNC | O_APPEND,
            0o600
        )
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        Self.keepDescriptorsPrivate()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        )
        var arguments = [
            "swarm", "up", topology, "--state-dir", stateDirectory, "--background-child",
        ]
        if let durability { arguments += ["--durability", durability.rawValue] }
        var vector = arguments.map { strdup($0) } + [nil]
        defer { for argument in vector { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &vector, environ)
        guard code == 0 else {
            throw ErrorDocument(
                .internal,
                "cannot start the coordinator: \(String(cString: strerror(code)))"
            )
        }
        return pid
    }

    /// Lets no descriptor but the standard ones reach the daemon: a pipe of the caller's that it kept
    /// open would never end.
    private static func keepDescriptorsPrivate() {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap(Int32.init) where descriptor > STDERR_FILENO {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    /// Leaves the session of the terminal, as the first act of the daemon itself.
    static func detachFromTerminal() { setsid() }

    /// What the child wrote before it ended, which is already an error text with its advice.
    private func failure(_ status: Int32, _ messages: String) -> any Error {
        let text = (try? String(contentsOfFile: messages, encoding: .utf8)) ?? ""
        return DaemonFailure(
            text: text.isEmpty
                ? "error: the coordinator ended at once with status \(status)" : text,
            exit: status == 0 ? CommandExit.unexpected : status
        )
    }
}

/// A daemon that ended before it served.
struct DaemonFailure: Error {
    /// What it said.
    let text: String
    /// What it ended with.
    let exit: Int32
}

/// A child of this process that is watched by its id.
struct ChildProcess {
    let pid: pid_t

    /// How the child ended, as a shell counts it; nil while it runs.
    func exitStatus() -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Ends the child and waits for it; it drains nothing.
    func end() {
        guard exitStatus() == nil, ProcessState.isAlive(pid) else { return }
        kill(pid, SIGTERM)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
}
