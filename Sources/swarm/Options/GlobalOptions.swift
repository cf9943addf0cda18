import ArgumentParser
import SwarmControl

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp(
            "The swarm's state directory. Default: $SWARM_STATE_DIR, else .swarm beside the "
                + "nearest topology.json.",
            valueName: "dir"
        ),
        completion: .directory
    )
    var stateDirectoryPath: String?

    @Flag(name: .customLong("json"), help: "Print one JSON document instead of text.")
    var isJSON = false

    @Flag(
        name: .customLong("no-color"),
        help: "No colours and no animation; so do $NO_COLOR and TERM=dumb."
    )
    var isPlain = false

    /// Where to print, and how.
    var console: Console { Console(isJSON: isJSON, isPlain: isPlain) }

    /// The state directory: the option, else the environment, else beside the topology.
    func stateDirectory(topology: String? = nil) throws -> StateDirectory {
        try StateDirectory(option: stateDirectoryPath, topology: topology)
    }

    /// A client of the swarm that must be up.
    func client() throws -> ControlClient {
        ControlClient(socket: try ControlSocket(stateDirectory: try stateDirectory().path))
    }
}
