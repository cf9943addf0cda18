import SwarmModel
import SwarmWire
import Synchronization
import Testing

@testable import SwarmWorker

@Suite("Calls that are not answered yet", .timeLimit(.minutes(3)))
struct OpenCallTests {
    /// Two calls after each other, whose results are joined.
    private static func twice(_ bytes: [UInt8], _ context: WorkerContext) async throws -> [UInt8] {
        let first = try await context.delegate(raw: "first", bytes)
        return try await first + context.delegate(raw: "second", bytes)
    }

    @Test("A restarted coordinator is asked again for what was not answered, with the old number")
    func restart() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "plan", Self.twice)
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(4, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(4)
        #expect(try await stage.coordinator.call(of: 4).id == 1)
        await stage.coordinator.reply(1, "1", to: peer)
        let open = try await stage.coordinator.call(of: 4)
        #expect(open.id == 2)
        await stage.coordinator.vanish()
        try await stage.coordinator.open()
        let (hello, second) = try await stage.coordinator.welcome("s2", adopt: [LeaseID(4)])
        #expect(hello.resume == [LeaseID(4)])
        // STARTED first: the new process may not have heard of the start.
        try await stage.coordinator.started(4)
        let again = try await stage.coordinator.call(of: 4)
        #expect(again == open)
        await stage.coordinator.reply(2, "2", to: second)
        // An answer that comes twice changes nothing.
        await stage.coordinator.reply(2, "3", to: second)
        #expect(try await stage.coordinator.result().value == "12")
        try await stage.coordinator.finish(4, second)
        #expect(try await stage.end() == .drained)
    }

    @Test("What was asked while there was no session is asked when there is one")
    func withoutSession() async throws {
        let gate = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { bytes, context in
                await gate.wait()
                return try await context.delegate(raw: "quote", bytes)
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(1)
        await stage.coordinator.say(.unknown, to: peer)
        let hello = await stage.coordinator.next()
        #expect(hello.message.verb == .hello)
        gate.open()
        let (_, second) = try await stage.coordinator.welcome("s2", adopt: [LeaseID(1)])
        try await stage.coordinator.started(1)
        let id = try await stage.coordinator.call(of: 1).id
        await stage.coordinator.reply(id, "7", to: second)
        #expect(try await stage.coordinator.result().value == "7")
        try await stage.coordinator.finish(1, second)
        #expect(try await stage.end() == .drained)
    }

    @Test("A lease that is not adopted takes its calls with it")
    func dropped() async throws {
        let stopped = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { bytes, context in
                do {
                    return try await context.delegate(raw: "quote", bytes)
                } catch is CancellationError {
                    stopped.open()
                    throw CancellationError()
                }
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(1)
        #expect(try await stage.coordinator.call(of: 1).id == 1)
        await stage.coordinator.say(.unknown, to: peer)
        let (_, second) = try await stage.coordinator.welcome("s2", adopt: [])
        await stopped.wait()
        await stage.coordinator.reply(1, "late", to: second)
        try await stage.coordinator.drain(second)
        #expect(try await stage.end() == .drained)
        #expect(await stage.coordinator.backlog.isEmpty)
    }

    @Test("Cancelling a subtask ends its wait at once, whatever the calls do")
    func cancelled() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { bytes, context in
                // In a task that nobody cancels but the lease.
                let inner = Task.detached { try await context.delegate(raw: "inner", bytes) }
                _ = try? await context.delegate(raw: "outer", bytes)
                let isStopped: Bool
                if case .failure(let error) = await inner.result {
                    isStopped = error is CancellationError
                } else {
                    isStopped = false
                }
                // Nor is anything asked later.
                do {
                    _ = try await context.delegate(raw: "later", bytes)
                } catch is CancellationError {
                    if isStopped { throw CancellationError() }
                }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(1)
        for id: Int64 in 1...2 { #expect(try await stage.coordinator.call(of: 1).id == id) }
        let cancellation = Cancellation(lease: LeaseID(1), reason: "no", grace: .seconds(60))
        await stage.coordinator.say(.cancel(cancellation), to: peer)
        #expect(try await stage.coordinator.result().report.outcome == .cancelled)
        try await stage.coordinator.finish(1, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A call that its handler gives up is let go of, and the subtask goes on")
    func givenUp() async throws {
        let asked = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { bytes, context in
                let slow = Task { try await context.delegate(raw: "slow", bytes) }
                await asked.wait()
                slow.cancel()
                guard case .failure(let error) = await slow.result, error is CancellationError
                else { return Array("1".utf8) }
                return try await context.delegate(raw: "fast", bytes)
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(1)
        #expect(try await stage.coordinator.call(of: 1).id == 1)
        asked.open()
        #expect(try await stage.coordinator.call(of: 1).id == 2)
        await stage.coordinator.reply(1, "1", to: peer)
        await stage.coordinator.reply(2, "2", to: peer)
        #expect(try await stage.coordinator.result().value == "2")
        try await stage.coordinator.finish(1, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A call that outlives its handler ends with it")
    func outlived() async throws {
        let ended = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { bytes, context in
                let begun = Gate()
                Task.detached {
                    begun.open()
                    do {
                        _ = try await context.delegate(raw: "quote", bytes)
                    } catch is CancellationError {
                        ended.open()
                    }
                }
                await begun.wait()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        while true {
            let next = await stage.coordinator.next()
            if case .result = next.message { break }
        }
        await ended.wait()
        try await stage.coordinator.finish(1, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("The end of the worker is the end of every wait")
    func workerEnds() async throws {
        let ended = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { bytes, context in
                _ = try? await context.delegate(raw: "quote", bytes)
                // The session is over, and still nothing waits for ever.
                _ = try? await context.delegate(raw: "quote", bytes)
                ended.open()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(1)
        #expect(try await stage.coordinator.call(of: 1).id == 1)
        stage.cancel()
        await ended.wait()
        #expect(try await stage.end() == .interrupted)
    }
}
