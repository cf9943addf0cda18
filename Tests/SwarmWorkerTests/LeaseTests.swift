import SwarmModel
import SwarmWire
import Synchronization
import Testing

@testable import SwarmWorker

@Suite("Leases", .timeLimit(.minutes(3)))
struct LeaseTests {
    private func cancellation(_ lease: UInt64) -> CoordinatorMessage {
        .cancel(Cancellation(lease: LeaseID(lease), reason: "test", grace: .seconds(5)))
    }

    @Test("A cancelled handler stops, and the others go on undisturbed")
    func cancel() async throws {
        let gate = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "sleep") { bytes, _ in
                try await Task.sleep(for: .seconds(600))
                return bytes
            }
            worker.on(raw: "wait") { bytes, context in
                await gate.wait()
                try Task.checkCancellation()
                try context.checkCancellation()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "sleep", to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.assign(2, "wait", to: peer)
        try await stage.coordinator.started(2)
        await stage.coordinator.say(cancellation(1), to: peer)
        let (report, value) = try await stage.coordinator.result()
        #expect(report.lease == LeaseID(1))
        #expect(report.outcome == .cancelled)
        #expect(value.isEmpty)
        gate.open()
        let other = try await stage.coordinator.result().report
        #expect(other.lease == LeaseID(2))
        #expect(other.outcome == .succeeded)
        // Cancelling what is unknown or over does nothing.
        await stage.coordinator.say(cancellation(2), to: peer)
        await stage.coordinator.say(cancellation(99), to: peer)
        for lease: UInt64 in 3...20 { await stage.coordinator.assign(lease, "wait", to: peer) }
        for _ in 3...20 {
            #expect(try await stage.coordinator.result().report.outcome == .succeeded)
        }
        for lease: UInt64 in 1...20 { await stage.coordinator.acknowledge(lease, to: peer) }
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("A confirmed start waits for GO, and a cancelled one never begins")
    func confirmedStart() async throws {
        let calls = Mutex<[String]>([])
        let stage = try await Stage { worker in
            worker.on(raw: "pay") { bytes, context in
                calls.withLock { $0.append(context.subtask) }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "pay", confirmed: true, to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.assign(2, "pay", confirmed: true, to: peer)
        try await stage.coordinator.started(2)
        await stage.coordinator.say(cancellation(1), to: peer)
        let (report, _) = try await stage.coordinator.result()
        #expect(report.lease == LeaseID(1))
        #expect(report.outcome == .cancelled)
        #expect(calls.withLock { $0 }.isEmpty)
        await stage.coordinator.say(.go(Go(lease: LeaseID(1))), to: peer)
        await stage.coordinator.say(.go(Go(lease: LeaseID(2))), to: peer)
        #expect(try await stage.coordinator.result().report.lease == LeaseID(2))
        #expect(calls.withLock { $0 } == ["r_1/test[2]"])
        for lease: UInt64 in 1...2 { await stage.coordinator.acknowledge(lease, to: peer) }
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("A TASK that comes twice is carried out once")
    func duplicates() async throws {
        let gate = Gate()
        let calls = Mutex(0)
        let stage = try await Stage { worker in
            worker.on(raw: "count") { bytes, _ in
                calls.withLock { $0 += 1 }
                await gate.wait()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "count", "1", to: peer)
        await stage.coordinator.assign(1, "count", "1", to: peer)
        try await stage.coordinator.started(1)
        gate.open()
        #expect(try await stage.coordinator.result().report.lease == LeaseID(1))
        // Its result was not heard, it seems, so it is said again.
        await stage.coordinator.assign(1, "count", "1", to: peer)
        #expect(try await stage.coordinator.result().value == "1")
        await stage.coordinator.acknowledge(1, to: peer)
        // And once it was heard, nothing is said.
        await stage.coordinator.assign(1, "count", "1", to: peer)
        await stage.coordinator.assign(2, "echo", "2", to: peer)
        #expect(try await stage.coordinator.result().report.lease == LeaseID(2))
        #expect(calls.withLock { $0 } == 1)
        await stage.coordinator.acknowledge(2, to: peer)
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("Draining gives back what is not begun, finishes the rest and then says BYE")
    func drain() async throws {
        let gate = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "wait") { bytes, _ in
                await gate.wait()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "wait", to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.assign(2, "wait", confirmed: true, to: peer)
        try await stage.coordinator.started(2)
        await stage.coordinator.say(.drain(Drain(deadline: .seconds(60))), to: peer)
        await stage.coordinator.assign(3, "wait", to: peer)
        for lease: UInt64 in 2...3 {
            let returned = await stage.coordinator.next()
            guard case .returned(let message) = returned.message else {
                throw Unexpected(heard: returned, expected: "RETURN")
            }
            #expect(message.lease == LeaseID(lease))
            #expect(message.isDraining)
        }
        gate.open()
        #expect(try await stage.coordinator.result().report.lease == LeaseID(1))
        #expect(await stage.coordinator.backlog.isEmpty)
        await stage.coordinator.acknowledge(1, to: peer)
        let bye = await stage.coordinator.next()
        #expect(bye.message.verb == .bye)
        #expect(try await stage.end() == .drained)
    }

    @Test("When the time to drain is over, what runs is cancelled")
    func drainTimesOut() async throws {
        let stopped = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "sleep") { bytes, _ in
                do {
                    try await Task.sleep(for: .seconds(600))
                } catch {
                    stopped.open()
                    throw error
                }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "sleep", to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.acknowledgeResults()
        await stage.coordinator.say(.drain(Drain(deadline: .milliseconds(20))), to: peer)
        await stopped.wait()
        // On a machine too busy to answer within the last grace, the worker does not wait longer.
        let end = try await stage.end()
        if end == .drained {
            let verbs = await stage.coordinator.backlog.map(\.message.verb)
            #expect(verbs.first == .result)
        } else {
            #expect(end == .drainTimedOut)
        }
    }
}
