import Glibc
import SwarmControl
import SwarmModel

/// Does one workload once, on a fresh swarm, and measures it.
struct WorkloadBenchmark: Sendable {
    let workload: Workload
    let durability: Durability
    /// How many subtasks.
    let size: Int
    /// How many subtasks each worker takes at once.
    let concurrency: Int
    /// Which policies watch over the calls.
    let policies: PolicySet

    /// The measurement of one repetition.
    func run() async throws -> Measurement {
        try await BenchSwarm.with(
            durability: durability,
            concurrency: concurrency,
            // A worker that is killed again and again would be kept out, as it should be.
            policies: workload == .failover ? .off : policies
        ) { swarm in
            // The first dispatches pay for caches and lazy set-up, whatever is measured.
            let warmUp = try PreparedWork(
                WorkloadDefinition.fan,
                input: WorkloadDefinition.fanInput(200)
            )
            try await swarm.perform(warmUp)
            swarm.stopwatch.reset()
            return try await measure(swarm)
        }
    }

    private func measure(_ swarm: BenchSwarm) async throws -> Measurement {
        switch workload {
        case .fan:
            let work = try PreparedWork(
                WorkloadDefinition.fan,
                input: WorkloadDefinition.fanInput(size)
            )
            let seconds = try await timed { try await swarm.perform(work) }
            return measurement(size, seconds, size, swarm.stopwatch.latencies)
        case .chain:
            let work = try PreparedWork(WorkloadDefinition.chain(size))
            let seconds = try await timed { try await swarm.perform(work) }
            return measurement(size, seconds, size, swarm.stopwatch.gaps)
        case .layers:
            let layers = max(1, size / 100)
            let work = try PreparedWork(WorkloadDefinition.layers(layers, by: 100))
            let seconds = try await timed { try await swarm.perform(work) }
            return measurement(layers * 100, seconds, layers * 100, swarm.stopwatch.latencies)
        case .many:
            return try await many(swarm)
        case .latency:
            let work = try PreparedWork(
                WorkloadDefinition.single,
                input: WorkloadDefinition.payload(0)
            )
            var waits: [Double] = []
            let seconds = try await timed {
                for _ in 0..<size {
                    let start = ContinuousClock.now
                    try await swarm.perform(work)
                    waits.append((ContinuousClock.now - start).milliseconds)
                }
            }
            return measurement(size, seconds, size, Sample(waits))
        case .failover:
            let (seconds, waits) = try await failover(swarm)
            return measurement(size, seconds, size, waits)
        case .floor:
            preconditionFailure("the floor is measured without a swarm")
        }
    }

    /// Many runs at once, all submitted as fast as they are accepted.
    private func many(_ swarm: BenchSwarm) async throws -> Measurement {
        let runs = max(1, size / 5)
        let work = try PreparedWork(
            WorkloadDefinition.diamond,
            input: WorkloadDefinition.payload(0)
        )
        var waits: [Double] = []
        let seconds = try await timed {
            waits = try await withThrowingTaskGroup(of: Double.self) { group in
                for _ in 0..<runs {
                    group.addTask {
                        let start = ContinuousClock.now
                        try await swarm.perform(work)
                        return (ContinuousClock.now - start).milliseconds
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        return measurement(runs * 5, seconds, runs, Sample(waits))
    }

    private func timed(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - start).milliseconds / 1000
    }

    private func measurement(
        _ subtasks: Int,
        _ seconds: Double,
        _ units: Int,
        _ waits: Sample
    ) -> Measurement {
        Measurement(
            workload: workload.rawValue,
            durability: durability.rawValue,
            policies: policies.rawValue,
            subtasks: subtasks,
            seconds: seconds.rounded(places: 4),
            perSecond: (Double(units) / seconds).rounded(places: 1),
            p50Ms: waits.median.rounded(places: 4),
            p99Ms: waits.percentile(99).rounded(places: 4),
            coordinatorRssMib: (ResidentMemory.mebibytes ?? 0).rounded(places: 1)
        )
    }
}
