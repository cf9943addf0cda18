import FoundationEssentials
import SwarmControl
import SwarmModel

/// The state directory of a swarm, and how it was chosen.
struct StateDirectory: Hashable {
    /// Its absolute path; it need not be there yet.
    var path: String
    /// Absolute path of the topology, named or found; nil when there is none.
    var topology: String?

    /// The option, else `SWARM_STATE_DIR`, else `.swarm` beside the named or the nearest topology,
    /// else here.
    init(
        option: String?,
        topology named: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) throws {
        topology =
            named.map { AbsolutePath.resolve($0, in: workingDirectory) }
            ?? Self.nearestTopology(from: workingDirectory)
        guard option != "" else {
            throw ErrorDocument(
                .badInput,
                "--state-dir names no directory: it is empty",
                hint: "name one, or leave the option out: then it is $SWARM_STATE_DIR, else .swarm "
                    + "beside the topology"
            )
        }
        if let chosen = option ?? environment["SWARM_STATE_DIR"], !chosen.isEmpty {
            path = AbsolutePath.resolve(chosen, in: workingDirectory)
            return
        }
        let folder = topology.map(AbsolutePath.parent) ?? workingDirectory
        path = AbsolutePath.resolve(".swarm", in: folder)
    }

    /// The topology in a folder or in the nearest folder around it.
    static func nearestTopology(from workingDirectory: String) -> String? {
        var folder = workingDirectory
        while true {
            let candidate = AbsolutePath.resolve("topology.json", in: folder)
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            guard folder != "/" else { return nil }
            folder = AbsolutePath.parent(folder)
        }
    }

    /// The error for a swarm that should be up and is not.
    static func unreachable(_ path: String) -> ErrorDocument {
        ErrorDocument(
            .unreachable,
            "no coordinator answers on \(path)/\(ControlSocket.name)",
            hint: "start one with `swarm up -d`, or name its state directory with --state-dir"
        )
    }
}

/// Paths as text; no file is looked at, so what is named need not be there.
enum AbsolutePath {
    /// `path` as seen from `folder`, without `.`, `..` and doubled slashes.
    static func resolve(_ path: String, in folder: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(folder)/\(path)"
        var parts: [Substring] = []
        for part in whole.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The folder that holds `path`.
    static func parent(_ path: String) -> String { resolve("\(path)/..", in: "/") }
}
