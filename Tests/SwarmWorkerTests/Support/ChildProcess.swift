import Glibc

/// A program of this package, started and waited for.
final class ChildProcess {
    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    let pid: pid_t
    private var end: End?

    /// Starts the product `name`, which lies beside the test bundle.
    init(_ name: String, environment: [String: String], log: String) throws {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        // The bundle is run by itself or by a runner elsewhere; then its path is an argument.
        let folders =
            [folder.joined(separator: "/")]
            + CommandLine.arguments.filter { $0.hasSuffix(".xctest") }.map {
                $0.split(separator: "/", omittingEmptySubsequences: false).dropLast()
                    .joined(separator: "/")
            }
        guard
            let path = folders.map({ "\($0)/\(name)" }).first(where: { (path: String) in
                access(path, X_OK) == 0
            })
        else { throw CannotPrepare(what: "\(name) in \(folders)") }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(
            &actions,
            STDERR_FILENO,
            log,
            O_WRONLY | O_CREAT | O_TRUNC,
            0o600
        )
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            environment.map { (name: String, value: String) in strdup("\(name)=\(value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid = pid_t()
        guard posix_spawn(&pid, path, &actions, nil, &arguments, &variables) == 0 else {
            throw CannotPrepare(what: path)
        }
        self.pid = pid
    }

    /// Waits for the end of the process.
    func wait() -> End {
        if let end { return end }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        let end: End = signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
        self.end = end
        return end
    }

    deinit {
        guard end == nil else { return }
        kill(pid, SIGKILL)
        _ = wait()
    }
}

extension TemporaryDirectory {
    func text(_ name: String) throws -> String {
        let descriptor = open(file(name), O_RDONLY)
        guard descriptor >= 0 else { throw CannotPrepare(what: name) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
