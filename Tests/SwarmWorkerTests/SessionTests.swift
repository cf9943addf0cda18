import Glibc
import SwarmModel
import SwarmWire
import Testing

@testable import SwarmWorker

@Suite("A worker's session", .timeLimit(.minutes(3)))
struct SessionTests {
    @Test("HELLO says who the worker is, and a subtask comes back as a result")
    func firstSession() async throws {
        let stage = try await Stage(concurrency: 5)
        let (hello, peer) = try await stage.coordinator.welcome()
        #expect(hello.token == "secret-of-this-launch")
        #expect(hello.instance == WorkerID(agent: "echo", replica: 3))
        #expect(hello.credit == 5)
        #expect(hello.processID == getpid())
        #expect(hello.capabilities == ["echo"])
        #expect(hello.resume.isEmpty)
        #expect(hello.minors == .supported)
        await stage.coordinator.assign(91, "echo", #"{"a":1}"#, to: peer)
        let (report, value) = try await stage.coordinator.result()
        #expect(report.session.text == "s1")
        #expect(report.lease == LeaseID(91))
        #expect(report.outcome == .succeeded)
        #expect(value == #"{"a":1}"#)
        await stage.coordinator.acknowledge(91, to: peer)
        try await stage.coordinator.drain(peer)
        #expect(try await stage.end() == .drained)
        #expect(await stage.coordinator.violations.isEmpty)
    }

    @Test("A quick result needs no STARTED, a slow one has it")
    func startedIsElided() async throws {
        let gate = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "slow") { bytes, _ in
                await gate.wait()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "slow", to: peer)
        try await stage.coordinator.started(1)
        gate.open()
        let slow = await stage.coordinator.next()
        #expect(slow.message.verb == .result)
        await stage.coordinator.acknowledge(1, to: peer)
        try await stage.coordinator.drain(peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A handler that computes without a pause misses no beat, and is listed in each")
    func beatsWhileBusy() async throws {
        let gate = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "spin") { bytes, context in
                await gate.wait()
                while !context.isCancelled { sched_yield() }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome(heartbeat: .milliseconds(50))
        await stage.coordinator.assign(7, "spin", to: peer)
        try await stage.coordinator.started(7)
        let before = await stage.coordinator.beats.count
        gate.open()
        while await stage.coordinator.beats.count < before + 5 {
            try await Task.sleep(for: .milliseconds(5))
        }
        let beat = try #require(await stage.coordinator.beats.last)
        #expect(beat.busy == [LeaseID(7)])
        #expect(beat.session.text == "s1")
        #expect((beat.residentBytes ?? 0) > 100_000)
        await stage.coordinator.say(
            .cancel(Cancellation(lease: LeaseID(7), reason: "test", grace: .seconds(1))),
            to: peer
        )
        #expect(try await stage.coordinator.result().report.outcome == .succeeded)
        await stage.coordinator.acknowledge(7, to: peer)
        try await stage.coordinator.drain(peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("Twenty thousand subtasks, 256 at a time, are each answered exactly once")
    func manySubtasks() async throws {
        let stage = try await Stage(concurrency: 256)
        let (_, peer) = try await stage.coordinator.welcome()
        let total: UInt64 = 20_000
        var sent: UInt64 = 0
        var seen: Set<UInt64> = []
        while sent < 256 {
            sent += 1
            await stage.coordinator.assign(sent, "echo", "\(sent)", to: peer)
        }
        while seen.count < total {
            let (report, value) = try await stage.coordinator.result()
            let lease = report.lease.number
            #expect(value == "\(lease)")
            #expect(seen.insert(lease).inserted)
            await stage.coordinator.acknowledge(lease, to: peer)
            if sent < total {
                sent += 1
                await stage.coordinator.assign(sent, "echo", "\(sent)", to: peer)
            }
        }
        try await stage.coordinator.drain(peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A permanent refusal ends the worker with status 78")
    func refusedForGood() async throws {
        let stage = try await Stage()
        let hello = await stage.coordinator.next()
        await stage.coordinator.say(
            .refuse(Refusal(.badToken, "the token is not this launch's", isPermanent: true)),
            to: hello.sender
        )
        let end = try await stage.end()
        #expect(end == .refused(.badToken, "the token is not this launch's"))
        #expect(end.status == 78)
    }

    @Test("A refusal for now is followed by another HELLO, on another connection")
    func refusedForNow() async throws {
        let stage = try await Stage()
        let first = await stage.coordinator.next()
        await stage.coordinator.say(
            .refuse(Refusal(.shuttingDown, "going down", isPermanent: false)),
            to: first.sender
        )
        let (_, peer) = try await stage.coordinator.welcome()
        #expect(peer != first.sender)
        try await stage.coordinator.drain(peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("Without any coordinator the worker ends after the orphan timeout")
    func orphaned() async throws {
        let directory = try TemporaryDirectory()
        let environment = try directory.environment(
            endpoint: "ipc://\(directory.file("nobody"))",
            orphanTimeout: 150
        )
        let worker = Worker { environment[$0] }
        worker.on(raw: "echo") { bytes, _ in bytes }
        let end = try await worker.runUntilEnd(signals: []).get()
        #expect(end == .orphaned(.milliseconds(150)))
        #expect(end.status == 69)
    }

    @Test("Cancelling the worker's task ends it at once, whatever it holds")
    func cancelled() async throws {
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
        stage.cancel()
        #expect(try await stage.end() == .interrupted)
        gate.open()
    }

    @Test("Messages that are none are dropped, and the tenth costs the session")
    func malformedMessages() async throws {
        let stage = try await Stage()
        let (_, peer) = try await stage.coordinator.welcome()
        let broken: [[[UInt8]]] = [
            [[], [], []],
            [Array("XWP".utf8) + [1, 0x83, 0, 0, 0], Array("{}".utf8), []],
            [Verb.hello.prefix, Array("{}".utf8), []],
            [Verb.task.prefix, Array("{}".utf8), []],
            [Verb.task.prefix, Array("not json".utf8), []],
            [Verb.task.prefix, [UInt8](repeating: 0x20, count: 20_000), []],
            [Verb.cancel.prefix, Array(#"{"lease":"L0"}"#.utf8), []],
            [Verb.drain.prefix, Array(#"{"deadline_ms":-1}"#.utf8), []],
            [Verb.unknown.prefix, Array(#"{"!new":1}"#.utf8), []],
        ]
        for frames in broken { await stage.coordinator.sayRaw(frames, to: peer) }
        await stage.coordinator.assign(1, "echo", "1", to: peer)
        #expect(try await stage.coordinator.result().value == "1")
        await stage.coordinator.sayRaw(broken[0], to: peer)
        let (hello, second) = try await stage.coordinator.welcome("s2", adopt: [LeaseID(1)])
        #expect(hello.resume == [LeaseID(1)])
        #expect(try await stage.coordinator.result().report.session.text == "s2")
        await stage.coordinator.acknowledge(1, to: second)
        try await stage.coordinator.drain(second)
        #expect(try await stage.end() == .drained)
    }
}
