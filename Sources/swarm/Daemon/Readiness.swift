import SwarmControl
import SwarmModel

/// Waits until every worker of a swarm takes work.
enum Readiness {
    /// Returns when the swarm is ready.
    ///
    /// - Throws: An error that names the first worker that will not become ready by itself.
    static func wait(for client: ControlClient) async throws {
        while true {
            let health = try await client.health()
            switch health.status {
            case .ready: return
            case .stopping:
                throw ErrorDocument(
                    .stopping,
                    "the swarm is shutting down: \(health.reason ?? "it was asked to")",
                    hint: "`swarm logs` says why"
                )
            case .starting, .degraded:
                let workers = try await client.status().workers
                if let worker = workers.first(where: { $0.state == .quarantined }) {
                    throw ErrorDocument(
                        .noCapableAgent,
                        "\(worker.worker) does not start: \(worker.lastError ?? "quarantined")",
                        hint: "swarm logs --agent \(worker.agent)"
                    )
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
