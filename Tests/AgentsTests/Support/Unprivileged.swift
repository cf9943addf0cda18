import Foundation

/// Doing things without the rights of root, so that permissions count in a container too.
enum Unprivileged {
    /// The user nobody: owns nothing, may do nothing.
    private static let nobody: UInt32 = 65534

    /// Whether this process can look at files as somebody without rights.
    static var isPossible: Bool {
        geteuid() != 0 || (setFileUser != nil && Command.exists("/usr/bin/setpriv"))
    }

    /// Does the work on a thread of its own whose access to files is that of nobody.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) throws -> Value
    {
        guard geteuid() == 0, let setFileUser else { return try work() }
        let done = DispatchSemaphore(value: 0)
        let outcome = Outcome<Value>()
        let thread = Thread {
            // Linux keeps this one per thread; the others stay what they are.
            _ = setFileUser(nobody)
            outcome.value = Result { try work() }
            done.signal()
        }
        thread.start()
        done.wait()
        guard let value = outcome.value else { throw CancellationError() }
        return try value.get()
    }

    /// Runs a program as nobody.
    static func command(_ program: String, _ arguments: [String]) throws -> Command {
        guard geteuid() == 0 else { return try Command(program, arguments) }
        return try Command(
            "/usr/bin/setpriv",
            ["--reuid=\(nobody)", "--regid=\(nobody)", "--clear-groups", program] + arguments
        )
    }

    private static let setFileUser = dlsym(nil, "setfsuid").map {
        unsafeBitCast($0, to: (@convention(c) (UInt32) -> Int32).self)
    }

    /// Written by the thread before it signals, read after.
    private final class Outcome<Value: Sendable>: @unchecked Sendable {
        var value: Result<Value, any Error>?
    }
}
