import SwarmModel

/// The swarm at a glance, as text.
enum StatusText {
    /// One line: which swarm, since when, how many workers, how many runs.
    static func headline(_ status: SwarmStatusDocument) -> String {
        let ready = status.workers.count { $0.ready }
        let up = ShortDuration.text(milliseconds: status.coordinator.uptimeMs)
        let runs = status.activeRuns == 1 ? "1 run" : "\(status.activeRuns) runs"
        return "\(status.name) is up for \(up): \(ready) of \(status.workers.count) workers ready, "
            + "\(runs) active"
    }

    /// The workers as a table.
    static func table(_ status: SwarmStatusDocument) -> Table {
        var table = Table([
            "WORKER", "PID", "UP", "STATE", "INFLIGHT", "QUEUE", "RESTARTS", "P95", "FAILED",
            "BREAKERS",
            "LAST ERROR",
        ])
        for worker in status.workers {
            table.add([
                .init(worker.worker), .init(worker.pid.map { "\($0)" } ?? "-"),
                .init(worker.uptimeMs.map { ShortDuration.text(milliseconds: $0) } ?? "-"),
                .init(worker.state.rawValue, colour(of: worker.state)),
                .init("\(worker.inflight)/\(worker.concurrency)"), .init("\(worker.queue)"),
                .init("\(worker.restarts)", worker.restarts > 0 ? .yellow : nil),
                .init(worker.p95Ms.map { ShortDuration.text(milliseconds: $0) } ?? "-"),
                .init(
                    worker.errorRate.map { "\(Int(($0 * 100).rounded()))%" } ?? "-",
                    worker.errorRate.map { $0 > 0 } == true ? .yellow : nil
                ),
                .init(
                    worker.openBreakers?.joined(separator: " ") ?? "-",
                    worker.openBreakers == nil ? nil : .red
                ), .init(worker.lastError ?? "-"),
            ])
        }
        return table
    }

    /// Commands for what stands out, one a line.
    static func advice(_ status: SwarmStatusDocument) -> [String] {
        let quarantined = status.workers.filter { $0.state == .quarantined }
        var lines: [String] = []
        if let first = quarantined.first {
            lines.append("\(quarantined.count) quarantined:  swarm logs --agent \(first.agent)")
        }
        if status.workers.contains(where: { $0.openBreakers != nil }) {
            lines.append("circuit breakers are open:  swarm breaker ls")
        }
        return lines
    }

    private static func colour(of state: WorkerDocument.State) -> Style.Colour? {
        switch state {
        case .ready: .green
        case .expected, .suspect, .draining: .yellow
        case .lost, .quarantined: .red
        case .stopped: .dim
        }
    }
}
