import ArgumentParser
import SwarmModel

/// `swarm bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure what a swarm does on this machine.",
        discussion: """
            Each measurement has a fresh swarm: this process coordinates, two echo processes work, \
            over ipc, with a real journal. Arguments and results are 64 bytes.

              fan      one run of 10,000 independent subtasks
              chain    one run of 1,000 subtasks, each needing the one before
              layers   one run of 100 layers of 100, each needing 3 of the layer before
              many     1,000 runs of five subtasks, submitted at once; per_second counts runs
              latency  1,000 single calls, one after the other
              failover a worker is killed, 20 times: how long until its subtask is with the other
              floor    bare libzmq between two processes, and bare SQLite commits, to compare with

            p50_ms and p99_ms are, for fan and layers, from dispatch to result; for chain, from one \
            result to the next; for many, from submission to end; for latency, of a call; for failover, \
            from the death of the worker to the dispatch of its subtask to the other.

            EXAMPLES
              swarm bench --workload fan --durability full
              swarm bench --workload floor --workload chain --repeat 5 --json
              swarm bench --workload fan --policies off --policies all --repeat 5
            """
    )

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "fan, chain, layers, many, latency, failover or floor; may be given several times. Default: all.",
            valueName: "name"
        )
    )
    var workload: [Workload] = []

    @Option(
        help: ArgumentHelp(
            "full, process or none; may be given several times. Default: all.",
            valueName: "kind"
        )
    )
    var durability: [Durability] = []

    @Option(
        help: ArgumentHelp(
            "default, off or all: the policies to measure under; may be given several times.",
            valueName: "set"
        )
    )
    var policies: [PolicySet] = [.default]

    @Option(name: .customLong("repeat"), help: "How often to measure each.")
    var repetitions = 1

    @Option(help: "How many subtasks. Default: those above.")
    var size: Int?

    @Option(help: "How many subtasks each worker takes at once, at most 512.")
    var concurrency = 256

    @Option(name: .customLong("floor-peer"), help: .hidden)
    var floorPeer: String?

    func validate() throws {
        guard repetitions > 0, size ?? 1 > 0, (1...512).contains(concurrency) else {
            throw ValidationError(
                "--repeat and --size take a number above 0, --concurrency one up to 512."
            )
        }
    }

    func run() async throws {
        if let floorPeer { return try FloorBenchmark.servePeer(floorPeer) }
        let console = global.console
        let durabilities = durability.isEmpty ? Durability.allCases : durability
        for workload in workload.isEmpty ? Workload.allCases : workload {
            if workload == .floor {
                for _ in 0..<repetitions {
                    let floor = try FloorBenchmark(roundTrips: size ?? workload.size).run()
                    report(floor, console)
                }
                continue
            }
            for durability in durabilities {
                var measurements = policies.map { _ in [Measurement]() }
                // In turn, so that a machine that grows slower or faster does so for each.
                for _ in 0..<repetitions {
                    for (position, policies) in policies.enumerated() {
                        let benchmark = WorkloadBenchmark(
                            workload: workload,
                            durability: durability,
                            size: size ?? workload.size,
                            concurrency: concurrency,
                            policies: policies
                        )
                        let measurement = try await benchmark.run()
                        measurements[position].append(measurement)
                        if console.isJSON { print(measurement, console) }
                    }
                }
                guard !console.isJSON else { continue }
                for measurements in measurements { console.print(BenchText.line(measurements)) }
            }
        }
    }

    private func report(_ floor: FloorMeasurement, _ console: Console) {
        if console.isJSON {
            print(floor, console)
        } else {
            console.print(BenchText.line(floor))
        }
    }

    /// One line a measurement, bare: they are read as a table.
    private func print(_ document: some Encodable, _ console: Console) {
        guard let json = try? JSON(encoding: document) else { return }
        console.print(json.description)
    }
}

extension Workload: ExpressibleByArgument {}
extension PolicySet: ExpressibleByArgument {}

/// Measurements, as text.
enum BenchText {
    /// The repetitions of one measurement: medians, and how far they are apart.
    static func line(_ measurements: [Measurement]) -> String {
        guard let first = measurements.first else { return "" }
        let rate = Sample(measurements.map(\.perSecond))
        let unit = first.workload == Workload.many.rawValue ? "runs/s" : "subtasks/s"
        let spread =
            measurements.count > 1 ? " (\(whole(rate.least)) to \(whole(rate.greatest)))" : ""
        let p50 = Sample(measurements.map(\.p50Ms)).median
        let p99 = Sample(measurements.map(\.p99Ms)).median
        let memory = Sample(measurements.map(\.coordinatorRssMib)).median
        let policies = first.policies == "default" ? "" : ", policies \(first.policies)"
        let name = "\(first.workload)/\(first.durability)\(policies)"
        return "\(name): \(whole(rate.median)) \(unit)\(spread), "
            + "p50 \(p50) ms, p99 \(p99) ms, coordinator \(memory) MiB"
    }

    /// The floor.
    static func line(_ floor: FloorMeasurement) -> String {
        "floor: round trip p50 \(floor.rttP50Ms) ms, p99 \(floor.rttP99Ms) ms, pipelined "
            + "\(whole(floor.pipelinedPerSecond))/s, FULL commit p50 \(floor.commitFullP50Ms) ms"
    }

    private static func whole(_ value: Double) -> String { String(Int(value.rounded())) }
}
