import SwarmModel
import SwarmWire
import Synchronization
import Testing

@testable import SwarmWorker

@Suite("Costs and confirmed starts", .timeLimit(.minutes(3)))
struct CostTests {
    @Test("What was reported as cost is summed and travels with the result, even of a failure")
    func sums() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "ask") { bytes, context in
                context.report(cost: Cost(usd: 0.1, tokens: 700))
                context.report(cost: Cost(usd: 0.2, tokens: 500, calls: 1))
                guard bytes == Array("1".utf8) else {
                    throw WorkerFailure(.unavailable, "the model is down")
                }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        for lease: UInt64 in 1...2 {
            await stage.coordinator.assign(lease, "ask", "\(lease)", to: peer)
            let (report, _) = try await stage.coordinator.result()
            #expect(report.usage == Usage(microdollars: 300_000, tokens: 1200, calls: 1))
            await stage.coordinator.acknowledge(lease, to: peer)
        }
        await stage.coordinator.assign(3, "echo", to: peer)
        #expect(try await stage.coordinator.result().report.usage == nil)
        try await stage.coordinator.finish(3, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("No cost can be reported that the coordinator would not take")
    func bounds() {
        #expect(Cost(usd: .nan, tokens: -5).added(to: nil) == Usage(microdollars: 0, tokens: 0))
        #expect(
            Cost(usd: .infinity, tokens: .max, calls: .max).added(to: Usage(tokens: 5))
                == Usage(microdollars: 1_000_000_000_000, tokens: 1 << 53, calls: 1 << 53)
        )
        #expect(Cost(usd: -1).added(to: Usage(microdollars: 7)) == Usage(microdollars: 7))
        #expect(Cost(usd: 0.0000004).added(to: nil) == Usage(microdollars: 0))
        #expect(Cost(usd: 0.0000006).added(to: nil) == Usage(microdollars: 1))
        #expect(Cost().added(to: nil) == Usage())
        let allowance = Budget(usd: -1, tokens: -1, calls: .max, time: .seconds(1)).allowance
        #expect(
            allowance
                == Allowance(microdollars: 0, tokens: 0, calls: 1 << 53, time: .seconds(1))
        )
    }

    @Test("Without GO before the deadline the subtask is given back, and never begins")
    func noGo() async throws {
        let begun = Mutex<[String]>([])
        let stage = try await Stage { worker in
            worker.on(raw: "pay") { bytes, context in
                begun.withLock { $0.append(context.subtask) }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        // One has a deadline, the other has none and waits on.
        await stage.coordinator.assign(1, "pay", confirmed: true, to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.assign(
            2,
            "pay",
            deadline: .milliseconds(30),
            confirmed: true,
            to: peer
        )
        try await stage.coordinator.started(2)
        let next = await stage.coordinator.next()
        guard case .returned(let returned) = next.message else {
            throw Unexpected(heard: next, expected: "RETURN")
        }
        #expect(returned.lease == LeaseID(2))
        #expect(returned.reason == "GO did not come before the deadline")
        await stage.coordinator.say(.go(Go(lease: LeaseID(2))), to: peer)
        await stage.coordinator.say(.go(Go(lease: LeaseID(1))), to: peer)
        let (report, value) = try await stage.coordinator.result()
        #expect(report.lease == LeaseID(1))
        #expect(value == "{}")
        #expect(begun.withLock { $0 } == ["r_1/test[1]"])
        try await stage.coordinator.finish(1, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A new session is told again of a start that waits for GO, and not of one that is late")
    func goAfterLoss() async throws {
        let stage = try await Stage()
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "echo", confirmed: true, to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.assign(
            2,
            "echo",
            deadline: .milliseconds(20),
            confirmed: true,
            to: peer
        )
        await stage.coordinator.say(.unknown, to: peer)
        // The wait before the next HELLO is longer than that deadline. On a slow machine it passes
        // before UNKNOWN is read, and the lease comes back in the first session.
        try await stage.coordinator.started(2)
        var next = await stage.coordinator.next()
        var isReturned = isReturn(next, of: 2)
        if isReturned { next = await stage.coordinator.next() }
        let hello = next
        #expect(hello.message.verb == .hello)
        try await stage.coordinator.welcome(hello.sender, "s2", adopt: [LeaseID(1), LeaseID(2)])
        if !isReturned { isReturned = isReturn(await stage.coordinator.next(), of: 2) }
        #expect(isReturned)
        try await stage.coordinator.started(1)
        await stage.coordinator.say(.go(Go(lease: LeaseID(1))), to: hello.sender)
        #expect(try await stage.coordinator.result().report.lease == LeaseID(1))
        try await stage.coordinator.finish(1, hello.sender)
        #expect(try await stage.end() == .drained)
    }

    private func isReturn(_ heard: Heard, of lease: UInt64) -> Bool {
        guard case .returned(let returned) = heard.message else { return false }
        return returned.lease == LeaseID(lease)
    }
}
