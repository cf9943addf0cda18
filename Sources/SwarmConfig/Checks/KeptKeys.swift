import SwarmModel

extension FileCheck {
    /// Warns about a key whose author expects something this version does not do.
    mutating func reportKept(_ path: JSONPath, _ consequence: String, hint: String? = nil) {
        guard case .key(let name)? = path.components.last else { return }
        report(
            .notEnforced,
            as: .warning,
            at: path,
            "\"\(name)\" is kept, and this version \(consequence)",
            hint: hint
        )
    }
}

extension TopologyCheck {
    /// Warns about what the whole topology asks for and does not get.
    mutating func checkKeptKeys(_ topology: JSON) {
        let coordinator = topology["coordinator"]
        if coordinator?["http"] != nil {
            reportKept(
                ["coordinator", "http"],
                "listens on the unix socket only",
                hint: "the control API is on control.sock in the state directory"
            )
        }
        if topology["telemetry"]?["metrics"] != nil {
            reportKept(["telemetry", "metrics"], "serves the same either way")
        }
        if topology["telemetry"]?["otlp"]?.stringValue?.isEmpty == false {
            reportKept(["telemetry", "otlp"], "sends no traces")
        }
        if let word = topology["telemetry"]?["capture_content"]?.stringValue, word != "none" {
            reportKept(["telemetry", "capture_content"], "sends no traces")
        }
    }

    /// Warns about what the settings of an agent, or `defaults`, ask for and do not get.
    mutating func checkKeptSettings(_ settings: JSON, at path: JSONPath) {
        if settings["log"]?["rotate"] != nil {
            reportKept(
                path.appending(keys: "log", "rotate"),
                "keeps one log for all workers, of five files of 64 MiB"
            )
        }
        if settings["trust"]?.stringValue == "untrusted" {
            reportKept(
                path.appending(key: "trust"),
                "treats every agent alike",
                hint: "run only agents you trust"
            )
        }
    }
}
