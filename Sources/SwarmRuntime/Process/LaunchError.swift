import CSwarmSystem
import Glibc

/// Why a process could not be started: what is wrong, with which path, and what to do about it.
public struct LaunchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of obstacle it was.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case executableMissing = "executable_missing"
        case notExecutable = "not_executable"
        case interpreterMissing = "interpreter_missing"
        case wrongFormat = "wrong_format"
        case workingDirectory = "working_directory"
        case outputUnavailable = "output_unavailable"
        case limitRefused = "limit_refused"
        case resourcesExhausted = "resources_exhausted"
        case badSpecification = "bad_specification"
        case closed
        case system
    }

    /// What kind of obstacle it was.
    public var code: Code
    /// What happened, with the path it happened to.
    public var message: String
    /// What to do about it.
    public var hint: String

    /// An obstacle to a launch.
    public init(_ code: Code, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The message and what to do about it, in one line.
    public var description: String { "\(message); \(hint)" }
}

extension LaunchError {
    /// Says what an errno value means at the stage where it came up.
    static func spawning(
        _ specification: ProcessSpecification,
        stage: swarm_spawn_stage,
        errno number: Int32
    ) -> LaunchError {
        let reason = SystemError.text(number)
        switch stage {
        case SWARM_SPAWN_DIRECTORY:
            let directory = specification.workingDirectory ?? "."
            return LaunchError(
                .workingDirectory,
                "cannot start in the directory \(directory): \(reason)",
                hint: "the directory of the topology file must exist and be open to this user"
            )
        case SWARM_SPAWN_LIMITS:
            return LaunchError(
                .limitRefused,
                "cannot set the resource limits of the process: \(reason)",
                hint: "ask for less under `resources`, or raise the coordinator's own limits"
            )
        case SWARM_SPAWN_EXECUTE:
            return executing(specification.executable, errno: number, reason: reason)
        case SWARM_SPAWN_CREATE where number == EAGAIN || number == ENOMEM:
            return LaunchError(
                .resourcesExhausted,
                "the system has no room for another process: \(reason)",
                hint: "lower `replicas`, or raise the limit of processes (ulimit -u) or memory"
            )
        default:
            return LaunchError(
                .system,
                "cannot start \(specification.executable): \(reason)",
                hint: "this is a limit of the machine; see errno \(number) in errno(3)"
            )
        }
    }

    private static func executing(
        _ path: String,
        errno number: Int32,
        reason: String
    ) -> LaunchError {
        switch number {
        case ENOENT where access(path, F_OK) == 0:
            LaunchError(
                .interpreterMissing,
                "\(path) exists, but the program that should run it does not",
                hint: "check its first line (#!) or, for a binary, its dynamic loader"
            )
        case ENOENT, ENOTDIR:
            LaunchError(
                .executableMissing,
                "no such program: \(path)",
                hint: "check `exec` in the agent's manifest, and that it has been built"
            )
        case EACCES, EPERM:
            LaunchError(
                .notExecutable,
                "\(path) may not be executed: \(reason)",
                hint: "chmod +x \(path), and check that it is a file and not on a noexec mount"
            )
        case ENOEXEC:
            LaunchError(
                .wrongFormat,
                "\(path) is neither a program of this machine nor a script",
                hint: "a script needs #! and the path of its interpreter on the first line"
            )
        case E2BIG:
            LaunchError(
                .badSpecification,
                "the arguments and environment of \(path) are too long",
                hint: "pass large values in a file"
            )
        default:
            LaunchError(
                .system,
                "cannot execute \(path): \(reason)",
                hint: "see errno \(number) in errno(3)"
            )
        }
    }

    /// The files that take the output of a worker cannot be had.
    static func output(_ path: String, errno number: Int32) -> LaunchError {
        LaunchError(
            .outputUnavailable,
            "cannot capture output in \(path): \(SystemError.text(number))",
            hint: "the state directory must be writable and have room"
        )
    }
}

/// What the C library says about an errno value.
enum SystemError {
    static func text(_ number: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let text = swarm_error_text(number, buffer.baseAddress, buffer.count) else {
                return "error \(number)"
            }
            return String(cString: text)
        }
    }
}
