import SwarmModel
import SwarmWire
import Synchronization
import Testing
import ZeroMQ

@testable import SwarmWorker

@Suite("A coordinator that keeps failing", .timeLimit(.minutes(4)))
struct ChaosTests {
    /// A small generator with a seed, so that a failure can be repeated.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test(
        "Each subtask is carried out once and its result arrives, whatever gets lost",
        arguments: [1, 2, 3] as [UInt64]
    )
    func everythingArrives(seed: UInt64) async throws {
        var random = Seeded(state: seed)
        let calls = Mutex<[String: Int]>([:])
        let stage = try await Stage(concurrency: 32) { worker in
            worker.on(raw: "work") { bytes, context in
                calls.withLock { $0[context.subtask, default: 0] += 1 }
                if context.epoch % 7 == 0 { try await Task.sleep(for: .milliseconds(3)) }
                return bytes
            }
        }
        let total: UInt64 = 1500
        var next: UInt64 = 1
        var outstanding: Set<UInt64> = []
        var settled: Set<UInt64> = []
        var losses = 0
        var session = 1
        var (_, peer) = try await stage.coordinator.welcome("s1")

        while settled.count < total {
            while outstanding.count < 32 && next <= total {
                await stage.coordinator.assign(next, "work", "\(next)", to: peer)
                outstanding.insert(next)
                next += 1
            }
            let heard = await stage.coordinator.next()
            guard heard.sender == peer else { continue }
            switch heard.message {
            case .result(let report):
                let lease = report.lease.number
                #expect(report.outcome == .succeeded)
                #expect(heard.payload == Array("\(lease)".utf8))
                switch Int.random(in: 0..<100, using: &random) {
                case 0 where losses < 12:
                    // The result is lost with the session; what was dispatched is adopted.
                    losses += 1
                    session += 1
                    if losses.isMultiple(of: 3) {
                        await stage.coordinator.vanish()
                        try await stage.coordinator.open()
                    } else {
                        await stage.coordinator.say(.unknown, to: peer)
                    }
                    peer = try await rejoin(stage, "s\(session)", adopting: outstanding)
                case 1...5:
                    // TASK comes again although the result is out.
                    await stage.coordinator.assign(lease, "work", "\(lease)", to: peer)
                default:
                    outstanding.remove(lease)
                    settled.insert(lease)
                    await stage.coordinator.acknowledge(lease, to: peer)
                }
            case .started: continue
            default: throw Unexpected(heard: heard, expected: "RESULT or STARTED")
            }
        }
        #expect(losses > 3)
        #expect(calls.withLock { $0.count } == Int(total))
        #expect(calls.withLock { $0.values.allSatisfy { $0 == 1 } })
        await stage.coordinator.say(.drain(Drain(deadline: .seconds(60))), to: peer)
        while await stage.coordinator.next().message.verb != .bye {}
        #expect(try await stage.end() == .drained)
        #expect(await stage.coordinator.violations.isEmpty)
    }

    /// Passes over what the lost session still said, and opens the next one.
    ///
    /// Leases whose TASK was lost with the old connection are given out again, as a coordinator
    /// does that sees them missing in `resume`.
    private func rejoin(
        _ stage: Stage,
        _ session: String,
        adopting outstanding: Set<UInt64>
    ) async throws -> RoutingID {
        while true {
            let heard = await stage.coordinator.next()
            guard case .hello(let hello) = heard.message else { continue }
            let resumed = Set(hello.resume.map(\.number))
            #expect(resumed.isSubset(of: outstanding))
            try await stage.coordinator.welcome(
                heard.sender,
                session,
                adopt: hello.resume
            )
            for lease in outstanding.subtracting(resumed).sorted() {
                await stage.coordinator.assign(lease, "work", "\(lease)", to: heard.sender)
            }
            return heard.sender
        }
    }
}
