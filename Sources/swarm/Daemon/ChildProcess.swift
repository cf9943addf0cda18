import FoundationEssentials
import Glibc
import SwarmModel

/// A child of this process: this program again, with other arguments.
struct ChildProcess {
    let pid: pid_t

    /// Starts this program with these arguments, default signals, and nothing open but the standard
    /// descriptors; all it prints goes to this descriptor, or where this program's goes.
    static func start(_ arguments: [String], output: Int32? = nil) throws -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
            posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        }
        keepDescriptorsPrivate()
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
        var vector = (["swarm"] + arguments).map { strdup($0) } + [nil]
        defer { for argument in vector { free(argument) } }
        var pid: pid_t = 0
        // By its own path and not as /proc/self/exe, so that `ps` shows a name.
        let program =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? "/proc/self/exe"
        let code = posix_spawn(&pid, program, &actions, &attributes, &vector, environ)
        guard code == 0 else {
            throw ErrorDocument(
                .internal,
                "cannot start a process: \(String(cString: strerror(code)))"
            )
        }
        return ChildProcess(pid: pid)
    }

    /// Lets no descriptor but the standard ones reach a child: a pipe of the caller's that it kept
    /// open would never end.
    private static func keepDescriptorsPrivate() {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

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
