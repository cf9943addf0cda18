import Glibc
import SwarmControl
import SwarmModel
import SwarmRuntime
import UnixSignals

/// Runs a coordinator in this process, until it has ended or is told to by a signal.
struct CoordinatorLaunch {
    let plan: SwarmPlan
    let workflows: [Workflow]
    let topology: String
    let stateDirectory: String
    let durability: Durability?
    let logLevel: LogLevel
    let printsLog: Bool
    let console: Console

    /// Puts the coordinator together; what is wrong with its state is known afterwards.
    func host() async throws -> RunningHost {
        let style = LogTextStyle(isColored: console.hasColour)
        let isJSON = console.isJSON
        let printer: @Sendable ([LogRecord]) -> Void = { records in
            var bytes: [UInt8] = []
            for record in records {
                if isJSON {
                    record.writeJSONLine(to: &bytes)
                } else {
                    record.writeTextLine(to: &bytes, style: style)
                }
            }
            Console.write(
                String(decoding: bytes, as: UTF8.self),
                to: STDOUT_FILENO,
                endsWithReader: false
            )
        }
        return RunningHost(
            host: try SwarmHost(
                SwarmHost.Configuration(
                    plan: plan,
                    workflows: workflows,
                    topologyPath: topology,
                    stateDirectory: stateDirectory,
                    durability: durability,
                    logLevel: logLevel,
                    printer: printsLog ? printer : nil
                )
            )
        )
    }
}

/// A coordinator that signals can end: the first drains, the second does not wait.
struct RunningHost {
    let host: SwarmHost

    /// Serves until the end; calls `serving` once clients can connect.
    func run(serving: @escaping @Sendable () -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await host.run { serving() }
                return true
            }
            tasks.addTask {
                var drain = true
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                    await host.stop(drain: drain)
                    drain = false
                }
                return false
            }
            while let hasEnded = try await tasks.next() {
                if hasEnded { tasks.cancelAll() }
            }
        }
    }
}
