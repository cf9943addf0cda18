import FoundationEssentials
import Glibc
import SwarmModel
import SwarmRuntime

/// Where a command prints: documents and results to standard output, messages to standard error.
struct Console: Sendable {
    /// Whether results are JSON documents.
    let isJSON: Bool
    /// Whether colours and redrawing are off by request.
    let isPlain: Bool

    init(
        isJSON: Bool,
        isPlain: Bool,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.isJSON = isJSON
        let isForbidden = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        self.isPlain = isPlain || isForbidden || environment["TERM"] == "dumb"
    }

    /// Whether standard output may carry colours.
    var hasColour: Bool { !isPlain && !isJSON && isatty(STDOUT_FILENO) == 1 }

    /// Whether standard error may be redrawn.
    var isAnimated: Bool { !isPlain && !isJSON && isatty(STDERR_FILENO) == 1 }

    /// Prints a line of the result.
    func print(_ line: String) { Self.write(line + "\n", to: STDOUT_FILENO) }

    /// Prints a document in its envelope, on one line.
    func print(_ name: String, _ document: some Codable & Sendable) {
        let envelope = Envelope(name, at: .wallClock(), data: document)
        guard let json = try? JSON(encoding: envelope) else { return }
        print(json.description)
    }

    /// Prints a message; it is no part of the result.
    func note(_ line: String) { Self.write(line + "\n", to: STDERR_FILENO) }

    /// Prints commands to go on with, and what each is for.
    func suggest(_ commands: [(command: String, purpose: String)]) {
        let width = commands.map(\.command.count).max() ?? 0
        for (command, purpose) in commands {
            let gap = String(repeating: " ", count: width - command.count + 3)
            print("  \(command)\(gap)\(purpose)")
        }
    }

    /// Writes all of the text.
    ///
    /// A reader that has gone away ends the program quietly, as it does `ls | head`, unless the
    /// program has more to do than to print.
    static func write(_ text: String, to descriptor: Int32, endsWithReader: Bool = true) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EPIPE && endsWithReader {
                exit(0)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, 1000)
            } else if errno != EINTR {
                // A result that went nowhere must not look like success to a script.
                // A coordinator has more to do than to print, and goes on.
                guard descriptor == STDOUT_FILENO, endsWithReader else { return }
                let reason = String(cString: strerror(errno))
                write("error: cannot write the result: \(reason)\n", to: STDERR_FILENO)
                exit(CommandExit.unexpected)
            }
        }
    }
}
