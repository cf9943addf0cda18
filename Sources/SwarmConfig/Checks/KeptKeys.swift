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
        if coordinator?["limits"]?["delegation_depth"] != nil {
            reportKept(
                ["coordinator", "limits", "delegation_depth"],
                "lets no agent delegate"
            )
        }
        if coordinator?["limits"]?["repeat_threshold"] != nil {
            reportKept(
                ["coordinator", "limits", "repeat_threshold"],
                "does not look for repetition",
                hint: "run_deadline is enforced"
            )
        }
        for semaphore in topology["semaphores"]?.objectValue ?? [:]
        where semaphore.value["max_wait"] != nil {
            reportKept(
                ["semaphores", .key(semaphore.key), "max_wait"],
                "waits for a permit as long as the run may take",
                hint: "run_deadline is enforced"
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

extension ManifestCheck {
    /// Warns about what a contract asks for and does not get.
    mutating func checkKeptKeys(_ operational: JSON, at path: JSONPath) {
        if operational["start"]?.stringValue == "confirmed" {
            reportKept(
                path.appending(key: "start"),
                "does not wait for GO: a worker acts as soon as it has the subtask"
            )
        }
        if let word = operational["unknown_outcome"]?.stringValue,
            UnknownOutcomePolicy(rawValue: word).map({ $0 != .retryIfIdempotent }) ?? false
        {
            reportKept(
                path.appending(key: "unknown_outcome"),
                "repeats what is harmless or idempotent, and fails the run otherwise"
            )
        }
        if operational["verify_with"] != nil {
            reportKept(path.appending(key: "verify_with"), "does not call it")
        }
        if operational["circuit_breaker"] != nil {
            reportKept(
                path.appending(key: "circuit_breaker"),
                "takes no capability out of routing"
            )
        }
        if operational["compensation"]?["capability"] != nil {
            reportKept(path.appending(key: "compensation"), "undoes nothing by itself")
        }
    }
}
