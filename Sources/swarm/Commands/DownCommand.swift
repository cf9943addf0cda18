import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm down`.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop the swarm and wait until it is gone.",
        discussion: """
            Workers finish what they hold, within their drain time. Runs that have not ended stay in \
            the journal and go on after the next `swarm up`.

            EXAMPLES
              swarm down
              swarm down --now                       do not wait for work in flight
            """
    )

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Skip the drain: workers are told to stop at once.")
    var now = false

    func run() async throws {
        let console = global.console
        let client = try global.client()
        guard client.socket.isServed else {
            if console.isJSON {
                console.print("down", DownDocument(pid: nil, wasUp: false))
            } else {
                console.print("No swarm is up on \(client.socket.path).")
            }
            return
        }
        let pid = try await SwarmEnd.stop(client, drain: !now) { stop in
            guard !console.isJSON else { return }
            console.note(
                stop.draining
                    ? "stopping (pid \(stop.pid)); workers finish what they hold"
                    : "stopping (pid \(stop.pid)) without a drain"
            )
        }
        if console.isJSON {
            console.print("down", DownDocument(pid: pid, wasUp: true))
        } else {
            console.print("The swarm is down.")
        }
    }
}

/// The document of `swarm down --json`, schema `swarm.down/v1`.
struct DownDocument: Codable, Hashable {
    /// The coordinator that ended.
    var pid: Int32?
    /// Whether there was one.
    var wasUp: Bool

    enum CodingKeys: String, CodingKey {
        case pid
        case wasUp = "was_up"
    }
}
