import Glibc
import SwarmCore
import SwarmModel
import SwarmRuntime

extension WorkloadBenchmark {
    /// Kills the worker that runs a subtask, again and again, and measures how long it takes until
    /// the subtask is with the other one: the journal says so, and the message leaves.
    func failover(_ swarm: BenchSwarm) async throws -> (seconds: Double, waits: Sample) {
        let coordinator = swarm.service.coordinator
        let work = try PreparedWork(WorkloadDefinition.endless)
        var waits: [Double] = []
        let first = ContinuousClock.now
        for _ in 0..<size {
            try await BenchSwarm.ready(swarm.service)
            swarm.stopwatch.reset()
            let answer = await coordinator.submit(
                workflow: work.workflow,
                digest: work.digest,
                input: work.input
            )
            guard case .accepted(let run) = answer else {
                throw ErrorDocument(.internal, "a run of the benchmark was not accepted")
            }
            let holder = try await Self.eventually { swarm.stopwatch.started }
            let workers = await coordinator.workers
            guard let pid = workers.first(where: { $0.id == holder })?.process?.pid else {
                throw ErrorDocument(.internal, "\(holder) has no process")
            }
            let killed = ContinuousClock.now
            kill(pid, SIGKILL)
            let moved = try await Self.eventually {
                let moments = swarm.stopwatch.dispatches
                return moments.count > 1 ? moments[1] : nil
            }
            waits.append((moved - killed).milliseconds)
            await coordinator.cancel(run, reason: "measured")
            _ = await coordinator.finished(run)
        }
        return ((ContinuousClock.now - first).milliseconds / 1000, Sample(waits))
    }

    /// Looks until there is something; what is measured was noted when it happened.
    private static func eventually<Value>(_ look: () -> Value?) async throws -> Value {
        for _ in 0..<30_000 {
            if let value = look() { return value }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw ErrorDocument(.internal, "the swarm of the benchmark does not go on")
    }
}
