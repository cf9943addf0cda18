import SwarmModel
import Testing

@testable import swarm

@Suite("Benchmarks", .timeLimit(.minutes(5)))
struct BenchTests {
    @Test("Arguments are 64 bytes, whatever their number", arguments: [0, 7, 123, 999_999])
    func payload(number: Int) {
        #expect(WorkloadDefinition.payload(number).encoded().count == 64)
    }

    @Test("Every workload is a valid workflow of the size it says")
    func workflows() throws {
        #expect(try Workflow(json: WorkloadDefinition.fan).subtasks.count == 1)
        #expect(WorkloadDefinition.fanInput(30)["items"]?.arrayValue?.count == 30)
        let chain = try Workflow(json: WorkloadDefinition.chain(20)).subtasks
        #expect(chain.count == 20)
        #expect(chain[0].dependencies == [])
        #expect(chain[19].dependencies == ["s18"])
        let layers = try Workflow(json: WorkloadDefinition.layers(3, by: 100)).subtasks
        #expect(layers.count == 300)
        #expect(layers[0].dependencies == [])
        #expect(layers[199].dependencies == ["l0_99", "l0_0", "l0_1"])
        #expect(layers[299].dependencies == ["l1_99", "l1_0", "l1_1"])
        let diamond = try Workflow(json: WorkloadDefinition.diamond).subtasks
        #expect(diamond.map(\.name) == ["top", "left", "middle", "right", "bottom"])
        #expect(Set(diamond[4].dependencies) == ["left", "middle", "right"])
    }

    @Test("Percentiles are by nearest rank")
    func percentiles() {
        let sample = Sample((1...200).reversed().map(Double.init))
        #expect(sample.median == 100)
        #expect(sample.percentile(99) == 198)
        #expect(sample.percentile(100) == 200)
        #expect(sample.percentile(0) == 1)
        #expect(Sample([7]).percentile(99) == 7)
        #expect(Sample([]).median == 0)
    }

    @Test("Numbers are rounded to the places asked for")
    func rounding() {
        #expect(0.123_456.rounded(places: 4) == 0.1235)
        #expect(59_704.77.rounded(places: 1) == 59_704.8)
    }

    @Test(
        "A measurement of real processes has its members, and nothing else",
        arguments: ["fan", "chain", "layers", "many", "latency"]
    )
    func measurements(workload: String) async throws {
        try await SwarmProgram.with { swarm in
            let bench = try await swarm(
                "bench",
                "--workload",
                workload,
                "--durability",
                "process",
                "--size",
                "100",
                "--repeat",
                "2",
                "--json"
            )
            #expect(bench.status == 0, "\(bench.messages)")
            let lines = try bench.output.split(separator: "\n").map {
                try JSON(parsing: Array($0.utf8)).decoded(as: Measurement.self)
            }
            #expect(lines.count == 2)
            for line in lines {
                #expect(line.workload == workload)
                #expect(line.durability == "process")
                #expect(line.subtasks == 100)
                #expect(line.seconds > 0 && line.perSecond > 0 && line.coordinatorRssMib > 0)
                #expect(line.p50Ms > 0 && line.p99Ms >= line.p50Ms)
            }
        }
    }

    @Test("The floor is measured between two processes and on the disk")
    func floor() async throws {
        try await SwarmProgram.with { swarm in
            let bench = try await swarm("bench", "--workload", "floor", "--size", "200", "--json")
            #expect(bench.status == 0, "\(bench.messages)")
            let floor = try JSON(parsing: Array(bench.output.utf8))
                .decoded(as: FloorMeasurement.self)
            #expect(floor.rttP50Ms > 0 && floor.rttP99Ms >= floor.rttP50Ms)
            #expect(floor.pipelinedPerSecond > 0 && floor.commitFullP50Ms > 0)
        }
    }
}
