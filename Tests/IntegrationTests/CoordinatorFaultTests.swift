import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("A coordinator that is killed")
    struct CoordinatorFaultTests {
        private func writeSwarm(_ folder: SwarmFolder, orphanTimeout: String) throws {
            let echo = LifecycleTests.echo["echo"] ?? [:]
            try folder.writeTopology(
                agents: ["echo": echo.with("concurrency", 4)],
                coordinator: ["orphan_timeout": .string(orphanTimeout)]
            )
            try folder.writeWorkflow(
                "naps",
                input: ["type": "object", "properties": ["naps": ["type": "array"]]],
                subtasks: [
                    "nap": [
                        "capability": "sleep", "for_each": "${input.naps}",
                        "args": ["ms": "${item}"], "retry": ["max_attempts": 50],
                    ],
                    "end": ["capability": "echo", "args": ["slept": "${nap[*].ms}"]],
                ],
                output: ["slept": "${end.slept}"]
            )
        }

        /// The processes of the workers; each has its token's file in its environment.
        private func workers(of folder: SwarmFolder) -> Set<pid_t> {
            Set(ProcessTable.mentioning("\(folder.state)/workers/"))
        }

        @Test("The next coordinator takes over its workers and what they were doing")
        func adoption() async throws {
            try await SwarmFolder.with { folder in
                try writeSwarm(folder, orphanTimeout: "60s")
                let first = try await folder.coordinator()
                try await folder.allReady()
                let before = workers(of: folder)
                #expect(before.count == 2)
                _ = try await folder.data("run", "naps", "-i", "naps=[1500,1500,1500]", "--detach")
                try await eventually("all three have been handed out") {
                    let rows = try await folder.journal(
                        "SELECT count(*) FROM records WHERE type = 'subtask_started'"
                    )
                    return rows == [[3]]
                }
                first.send(SIGKILL)
                #expect(try await first.end() == 128 + SIGKILL)
                #expect(workers(of: folder) == before)

                _ = try await folder.coordinator()
                let run = try await folder.ended("r_1")
                #expect(run["output"] == ["slept": [1500, 1500, 1500]])
                let subtasks = run["subtasks"]?.arrayValue ?? []
                #expect(subtasks.count == 4)
                #expect(subtasks.allSatisfy { $0["attempts"] == 1 }, "\(run)")
                #expect(workers(of: folder) == before)
                let shown = try await folder.data("ps")["workers"]?.arrayValue ?? []
                #expect(
                    Set(shown.compactMap { $0["pid"]?.integerValue.map { pid_t($0) } }) == before
                )
                #expect(shown.allSatisfy { $0["restarts"] == 0 })
            }
        }

        @Test("Its workers end by themselves when no other comes, whatever they are doing")
        func orphans() async throws {
            try await SwarmFolder.with { folder in
                try writeSwarm(folder, orphanTimeout: "2s")
                let coordinator = try await folder.coordinator()
                try await folder.allReady()
                _ = try await folder.data("run", "naps", "-i", "naps=[600000]", "--detach")
                try await eventually("a worker is busy") {
                    try await folder.data("ps")["workers"]?.arrayValue?
                        .contains { $0["inflight"] == 1 } ?? false
                }
                // On a machine that is busy enough, one may just be on its way.
                try await eventually("both workers run") { workers(of: folder).count == 2 }
                let orphaned = workers(of: folder)
                coordinator.send(SIGKILL)
                _ = try await coordinator.end()
                try await eventually("no worker is left") { workers(of: folder).isEmpty }
                #expect(orphaned.allSatisfy { !ProcessTable.isAlive($0) })

                // The run is not lost with them.
                try await folder.up()
                #expect(try await folder.data("show", "r_1")["state"] == "running")
            }
        }

        @Test("A worker that does not answer the next coordinator is ended and replaced")
        func leftover() async throws {
            try await SwarmFolder.with { folder in
                let echo = LifecycleTests.echo["echo"] ?? [:]
                try folder.writeTopology(
                    agents: ["echo": echo.with("ready", ["timeout": "3s"])],
                    coordinator: ["orphan_timeout": "60s"]
                )
                let first = try await folder.coordinator()
                try await folder.allReady()
                let stopped = try #require(try await folder.pid(of: "echo-1"))
                let other = try #require(try await folder.pid(of: "echo-2"))
                first.send(SIGKILL)
                _ = try await first.end()
                kill(stopped, SIGSTOP)
                _ = try await folder.coordinator()
                try await eventually("the leftover is gone") { !ProcessTable.isAlive(stopped) }
                try await folder.allReady()
                #expect(try await folder.pid(of: "echo-1") != stopped)
                #expect(try await folder.pid(of: "echo-2") == other)
                #expect(workers(of: folder).count == 2)
            }
        }

        @Test("Killed at eight moments of a run, it loses no result and takes none twice")
        func killedAgainAndAgain() async throws {
            try await SwarmFolder.with { folder in
                try writeSwarm(folder, orphanTimeout: "30s")
                var chance = SplitMix(seed: 20_261_122)
                let count = 600
                let naps = (0..<count).map { _ in Int64.random(in: 0...60, using: &chance) }
                let argument = "naps=\(JSON.array(naps.map { .integer($0) }))"
                var coordinator = try await folder.coordinator()
                _ = try await folder.data("run", "naps", "-i", argument, "--detach")
                // The first blows may fall before the workers have joined; the later ones fall when
                // another part of the run is done.
                for blow in 0..<8 {
                    let moment = Int64.random(in: 0...250, using: &chance)
                    try await Task.sleep(for: .milliseconds(moment))
                    coordinator.send(SIGKILL)
                    #expect(try await coordinator.end() == 128 + SIGKILL)
                    let ended = try await folder.journal(
                        "SELECT count(*) FROM records WHERE type = 'run_finished'"
                    )
                    #expect(ended == [[0]], "blow \(blow) came too late to prove anything")
                    coordinator = try await folder.coordinator()
                }
                let run = try await folder.ended("r_1")
                #expect(run["state"] == "succeeded", "\(run["failure"] ?? nil)")
                #expect(run["output"]?["slept"] == .array(naps.map { .integer($0) }))
                let accepted = try await folder.journal(
                    """
                    SELECT count(*), count(DISTINCT subtask) FROM records
                    WHERE type = 'subtask_succeeded'
                    """
                )
                #expect(accepted == [[.integer(Int64(count + 1)), .integer(Int64(count + 1))]])
                #expect(try await folder.data("down")["was_up"] == true)
                #expect(ProcessTable.mentioning(folder.path) == [])
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014), so that a
/// test draws the same numbers each time.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
