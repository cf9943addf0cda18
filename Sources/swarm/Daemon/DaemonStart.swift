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
        let child = try spawn(standardError: messages)
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

    private func spawn(standardError messages: String) throws -> ChildProcess {
        var arguments = ["up", topology, "--state-dir", stateDirectory, "--background-child"]
        if let durability { arguments += ["--durability", durability.rawValue] }
        return try ChildProcess.start(arguments, output: messages)
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
