import SwarmModel
import SwarmWire
import Synchronization
import Testing

@testable import SwarmWorker

@Suite("Losing the coordinator", .timeLimit(.minutes(3)))
struct ReconnectTests {
    @Test("A restarted coordinator gets the result that nobody acknowledged")
    func restart() async throws {
        let calls = Mutex(0)
        let stage = try await Stage { worker in
            worker.on(raw: "count") { bytes, _ in
                calls.withLock { $0 += 1 }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(4, "count", "44", to: peer)
        #expect(try await stage.coordinator.result().value == "44")
        await stage.coordinator.vanish()
        try await stage.coordinator.open()
        let (hello, second) = try await stage.coordinator.welcome("s2", adopt: [LeaseID(4)])
        #expect(hello.resume == [LeaseID(4)])
        let (report, value) = try await stage.coordinator.result()
        #expect(report.session.text == "s2")
        #expect(report.lease == LeaseID(4))
        #expect(value == "44")
        #expect(calls.withLock { $0 } == 1)
        await stage.coordinator.acknowledge(4, to: second)
        try await stage.coordinator.drain(second)
        #expect(try await stage.end() == .drained)
    }

    /// Seven seconds are longer than an answer to HELLO may take where somebody is there to answer.
    @Test(
        "A session ends with its connection, and the next is asked for once",
        arguments: [0, 7]
    )
    func connectionEnds(absence: Int) async throws {
        let stage = try await Stage()
        _ = try await stage.coordinator.welcome()
        await stage.coordinator.vanish()
        try await Task.sleep(for: .seconds(absence))
        try await stage.coordinator.open()
        let (hello, second) = try await stage.coordinator.welcome("s2")
        #expect(hello.sequence == 2)
        // No beat of the old session had to tell.
        #expect(await stage.coordinator.strangeBeats == 0)
        try await stage.coordinator.drain(second)
        #expect(try await stage.end() == .drained)
    }

    @Test("UNKNOWN brings a new HELLO; what is adopted goes on, what is not is stopped")
    func unknown() async throws {
        let gate = Gate()
        let stopped = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "wait") { bytes, _ in
                await gate.wait()
                return bytes
            }
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
        await stage.coordinator.assign(1, "wait", "1", to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.assign(2, "sleep", "2", to: peer)
        try await stage.coordinator.started(2)
        await stage.coordinator.assign(3, "echo", "3", to: peer)
        #expect(try await stage.coordinator.result().report.lease == LeaseID(3))
        await stage.coordinator.say(.unknown, to: peer)
        let (hello, second) = try await stage.coordinator.welcome("s2", adopt: [LeaseID(1)])
        #expect(hello.resume == [LeaseID(1), LeaseID(2), LeaseID(3)])
        #expect(second != peer)
        await stopped.wait()
        // The new session is told of the start that still stands, and of nothing that was dropped.
        try await stage.coordinator.started(1)
        gate.open()
        let (report, value) = try await stage.coordinator.result()
        #expect(report.lease == LeaseID(1))
        #expect(value == "1")
        await stage.coordinator.acknowledge(1, to: second)
        try await stage.coordinator.drain(second)
        #expect(try await stage.end() == .drained)
        #expect(await stage.coordinator.backlog.isEmpty)
    }

    @Test("Five silent beats, and the worker connects anew")
    func silence() async throws {
        let stage = try await Stage()
        await stage.coordinator.answerBeats(false)
        _ = try await stage.coordinator.welcome(heartbeat: .milliseconds(50))
        let (_, second) = try await stage.coordinator.welcome("s2")
        // Beats of the first session came, one each interval, before it was given up.
        let old = await stage.coordinator.beats.filter { $0.session.text == "s1" }
        #expect(old.count >= 3)
        await stage.coordinator.answerBeats(true)
        try await stage.coordinator.drain(second)
        #expect(try await stage.end() == .drained)
    }

    @Test("A result that was ready while there was no session is sent when there is one")
    func resultWithoutSession() async throws {
        let gate = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "wait") { bytes, _ in
                await gate.wait()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "wait", "1", to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.say(.unknown, to: peer)
        let hello = await stage.coordinator.next()
        #expect(hello.message.verb == .hello)
        gate.open()
        // HELLO is not answered, so the worker asks again, and again holds the lease.
        let (again, second) = try await stage.coordinator.welcome("s2", adopt: [LeaseID(1)])
        #expect(again.resume == [LeaseID(1)])
        #expect(try await stage.coordinator.result().value == "1")
        await stage.coordinator.acknowledge(1, to: second)
        try await stage.coordinator.drain(second)
        #expect(try await stage.end() == .drained)
    }
}
