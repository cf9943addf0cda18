import Glibc

/// Asks a program for a secret, such as a password manager's command line.
enum SecretCommand {
    /// The most bytes a secret may have.
    static let limit = 64 << 10

    /// What the program writes to its standard output, without the last line end.
    ///
    /// The program inherits the coordinator's environment and standard error. It is waited for, at
    /// a moment when a worker starts, so it must answer at once.
    static func run(_ command: [String], for name: String) throws(LaunchError) -> [UInt8] {
        func failed(_ why: String) -> LaunchError {
            LaunchError(
                .badSpecification,
                "secret \(name): \(why)",
                hint: "run the command by hand and see what it says"
            )
        }
        guard let program = command.first else { throw failed("the command is empty") }
        var pipes: [Int32] = [-1, -1]
        guard pipe(&pipes) == 0 else { throw failed("no pipe: errno \(errno)") }
        for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let status = posix_spawnp(&pid, program, &actions, nil, &arguments, environ)
        for argument in arguments { free(argument) }
        close(pipes[1])
        defer { close(pipes[0]) }
        guard status == 0 else { throw failed("\(program) cannot be started: errno \(status)") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= limit {
            let count = read(pipes[0], &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        var ended: Int32 = 0
        while waitpid(pid, &ended, 0) < 0, errno == EINTR {}
        guard bytes.count <= limit else { throw failed("it wrote more than \(limit) bytes") }
        guard ended == 0 else { throw failed("\(program) failed with wait status \(ended)") }
        if bytes.last == 0x0A { bytes.removeLast() }
        return bytes
    }
}
