import Foundation
import Glibc
import Synchronization

/// A program this test started; its output goes to files, so that no pipe can fill or stay open.
final class StartedProgram: Sendable {
    /// Its process, which leads a group of its own.
    let pid: pid_t
    private let output: String
    private let errors: String
    private let ended = Mutex<Int32?>(nil)

    /// Starts a program with nothing open but the standard descriptors.
    init(
        _ program: String,
        _ arguments: [String],
        in folder: String,
        environment: [String: String],
        output: String
    ) throws {
        self.output = output + ".out"
        errors = output + ".err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for (descriptor, path) in [(STDOUT_FILENO, self.output), (STDERR_FILENO, errors)] {
            posix_spawn_file_actions_addopen(
                &actions,
                descriptor,
                path,
                O_WRONLY | O_CREAT | O_TRUNC | O_APPEND,
                0o600
            )
        }
        // What other tests have open is not for it: a pipe it kept open would never end.
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )
        // `env` enters the folder and becomes the program.
        let launcher = "/usr/bin/env"
        var arguments = ([launcher, "-C", folder, program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, launcher, &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw SystemError("start \(program)", code) }
        self.pid = pid
    }

    /// How it ended, as a shell counts it; nil while it runs.
    var status: Int32? {
        ended.withLock { ended in
            guard ended == nil else { return ended }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let signal = status & 0x7F
            ended = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            return ended
        }
    }

    /// What it has written to standard output.
    var outputText: String { File.text(output) ?? "" }

    /// What it has written to standard error.
    var errorText: String { File.text(errors) ?? "" }

    /// Waits for its end.
    func end() async throws -> Int32 {
        try await eventually("process \(pid) ends") { status }
    }

    /// Sends a signal, unless it has ended and been waited for.
    func send(_ signal: Int32) {
        guard status == nil else { return }
        kill(pid, signal)
    }
}

/// A call of the system that failed.
struct SystemError: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, _ code: Int32 = errno) {
        description = "cannot \(what): \(String(cString: strerror(code)))"
    }
}
