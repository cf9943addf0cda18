import SwarmModel
import SwarmWire
import Synchronization
import Testing

@testable import SwarmWorker

@Suite("Handlers", .timeLimit(.minutes(3)))
struct HandlerTests {
    struct Quote: Codable {
        var sku: String
        var items: [Item]

        struct Item: Codable {
            var quantity: Int
        }
    }

    struct Price: Codable {
        var cents: Int
        var sku: String
    }

    struct Odd: Error {}

    @Test("Arguments and results are Swift types, written as JSON with sorted keys")
    func typed() async throws {
        let stage = try await Stage { worker in
            worker.on("quote") { (quote: Quote, context) in
                Price(cents: quote.items.map(\.quantity).reduce(0, +) * 100, sku: quote.sku)
            }
        }
        let (hello, peer) = try await stage.coordinator.welcome()
        #expect(hello.capabilities == ["echo", "quote"])
        await stage.coordinator.assign(
            1,
            "quote",
            #"{"sku":"A/1","items":[{"quantity":2},{"quantity":3}]}"#,
            to: peer
        )
        let (_, value) = try await stage.coordinator.result()
        #expect(value == #"{"cents":500,"sku":"A/1"}"#)
        await stage.coordinator.acknowledge(1, to: peer)
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("Arguments that do not fit are a validation failure that names the place")
    func validation() async throws {
        let stage = try await Stage { worker in
            worker.on("quote") { (quote: Quote, _) in quote }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        let mistakes = [
            (#"{"items":[]}"#, "sku: is missing"),
            (#"{"sku":"A","items":[{"quantity":1},{}]}"#, "items[1].quantity: is missing"),
            (#"{"sku":"A","items":[{"quantity":"2"}]}"#, "items[0].quantity: expected Int"),
            (#"{"sku":null,"items":[]}"#, "sku: expected String, found null"),
            (#"[]"#, "the arguments: expected"),
            (#"{"sku":"#, "the arguments: "),
            ("", "sku: is missing"),
        ]
        for (index, (arguments, sentence)) in mistakes.enumerated() {
            let lease = UInt64(index + 1)
            await stage.coordinator.assign(lease, "quote", arguments, to: peer)
            let failure = try await stage.coordinator.failure()
            #expect(failure.kind == .validation)
            #expect(failure.message.hasPrefix(sentence), "\(failure.message)")
            #expect(failure.retryable == false)
            await stage.coordinator.acknowledge(lease, to: peer)
        }
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("A thrown WorkerFailure travels whole, anything else is internal")
    func failures() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "limited") { _, _ in
                throw WorkerFailure(
                    .rateLimited,
                    "HTTP 429",
                    retryable: true,
                    retryAfter: .seconds(3),
                    details: #"{"limit":10}"#
                )
            }
            worker.on(raw: "prose") { _, _ in
                throw WorkerFailure(.conflict, "taken", details: "by \"someone\"")
            }
            worker.on(raw: "odd") { _, _ in throw Odd() }
            worker.on(raw: "deep") { _, _ in
                throw WorkerFailure(.conflict, "taken", details: #"{"a":[{}]}"#)
            }
            worker.on(raw: "bytes") { _, _ in
                throw WorkerFailure(.conflict, String(repeating: "\u{1}\u{7F}", count: 4000))
            }
            worker.on(raw: "long") { _, _ in
                throw WorkerFailure(.notFound, String(repeating: "\u{1F600}", count: 2000))
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "limited", to: peer)
        #expect(
            try await stage.coordinator.failure()
                == Failure(
                    .rateLimited,
                    "HTTP 429",
                    retryable: true,
                    retryAfter: .seconds(3),
                    details: #"{"limit":10}"#
                )
        )
        await stage.coordinator.assign(2, "prose", to: peer)
        #expect(try await stage.coordinator.failure().details == #""by \"someone\"""#)
        await stage.coordinator.assign(3, "odd", to: peer)
        let odd = try await stage.coordinator.failure()
        #expect(odd.kind == .internal)
        #expect(odd.message.contains("Odd"))
        await stage.coordinator.assign(4, "long", to: peer)
        let long = try await stage.coordinator.failure()
        #expect(long.kind == .notFound)
        #expect(long.message == String(repeating: "\u{1F600}", count: 1024))
        // Three levels below a failure would be five in the header, one more than there may be.
        await stage.coordinator.assign(5, "deep", to: peer)
        #expect(try await stage.coordinator.failure().details == #""{\"a\":[{}]}""#)
        await stage.coordinator.assign(6, "bytes", to: peer)
        let bytes = try await stage.coordinator.failure()
        #expect(bytes.message.hasPrefix("\u{B7}\u{7F}\u{B7}"))
        #expect(bytes.message.utf8.count <= 4096)
        for lease: UInt64 in 1...6 { await stage.coordinator.acknowledge(lease, to: peer) }
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
        #expect(await stage.coordinator.violations.isEmpty)
    }

    @Test("A result over the limit is a failure that says what to do instead")
    func tooLarge() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "big") { bytes, _ in
                [UInt8](repeating: 0x31, count: Int(String(decoding: bytes, as: UTF8.self)) ?? 0)
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "big", "1048577", to: peer)
        let failure = try await stage.coordinator.failure()
        #expect(failure.kind == .validation)
        #expect(failure.retryable == false)
        #expect(failure.message.contains("1048577 bytes"))
        #expect(failure.message.contains("write the value to a file and return its path"))
        await stage.coordinator.assign(2, "big", "1048576", to: peer)
        #expect(try await stage.coordinator.result().value.utf8.count == 1_048_576)
        for lease: UInt64 in 1...2 { await stage.coordinator.acknowledge(lease, to: peer) }
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("A capability nobody offers is a failure that lists what there is")
    func unknownCapability() async throws {
        let stage = try await Stage()
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "price", to: peer)
        let failure = try await stage.coordinator.failure()
        #expect(failure.kind == .notFound)
        #expect(failure.message == "echo-3 has no capability \"price\"; it has: echo")
        await stage.coordinator.acknowledge(1, to: peer)
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("The context tells the handler everything TASK said")
    func context() async throws {
        let seen = Mutex<WorkerContext?>(nil)
        let stage = try await Stage { worker in
            worker.on(raw: "look") { bytes, context in
                seen.withLock { $0 = context }
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(
            5,
            "look",
            attempt: 3,
            deadline: .seconds(90),
            key: "order-7",
            to: peer
        )
        _ = try await stage.coordinator.result()
        let context = try #require(seen.withLock { $0 })
        #expect(context.subtask == "r_1/test[5]")
        #expect(context.capability == "look")
        #expect(context.attempt == 3)
        #expect(context.epoch == 1005)
        #expect(context.idempotencyKey == "order-7")
        #expect(context.traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-a-01")
        let remaining = try #require(context.remaining)
        #expect(remaining > .zero && remaining <= .seconds(90))
        #expect(!context.isCancelled)
        await stage.coordinator.assign(6, "look", to: peer)
        _ = try await stage.coordinator.result()
        let second = try #require(seen.withLock { $0 })
        #expect(second.idempotencyKey == "r_1/test[6]")
        #expect(second.deadline == nil && second.remaining == nil)
        for lease: UInt64 in 5...6 { await stage.coordinator.acknowledge(lease, to: peer) }
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }

    @Test("Progress is numbered from 0, stays within its credit, and the newest step is kept")
    func progress() async throws {
        let gate = Gate()
        let stage = try await Stage { worker in
            worker.on(raw: "steps") { bytes, context in
                for step in 1...1000 { context.progress(done: step, total: 1000) }
                await gate.wait()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome(progressCredit: 1)
        await stage.coordinator.assign(1, "steps", to: peer)
        try await stage.coordinator.started(1)
        var last = try await nextProgress(stage)
        #expect(last.sequence == 0)
        // Each grant brings the newest step there is by then; all steps between are skipped.
        while last.done != 1000 {
            await stage.coordinator.say(
                .progressCredit(ProgressCredit(lease: LeaseID(1), more: 1)),
                to: peer
            )
            let next = try await nextProgress(stage)
            #expect(next.sequence == last.sequence + 1)
            #expect(next.done ?? 0 > last.done ?? 0)
            last = next
        }
        #expect(last.total == 1000)
        gate.open()
        _ = try await stage.coordinator.result()
        await stage.coordinator.acknowledge(1, to: peer)
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
        #expect(await stage.coordinator.violations.isEmpty)
    }

    private func nextProgress(_ stage: Stage) async throws -> Progress {
        let heard = await stage.coordinator.next()
        guard case .progress(let progress) = heard.message else {
            throw Unexpected(heard: heard, expected: "PROGRESS")
        }
        return progress
    }

    @Test("Handlers that wait do not hold up the others")
    func waitingHandlers() async throws {
        let gate = Gate()
        let stage = try await Stage(concurrency: 64) { worker in
            worker.on(raw: "wait") { bytes, _ in
                await gate.wait()
                return bytes
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        for lease: UInt64 in 1...40 { await stage.coordinator.assign(lease, "wait", to: peer) }
        for lease: UInt64 in 41...60 {
            await stage.coordinator.assign(lease, "echo", to: peer)
        }
        for _ in 41...60 {
            let (report, _) = try await stage.coordinator.result()
            #expect(report.lease.number > 40)
        }
        gate.open()
        for _ in 1...40 {
            #expect(try await stage.coordinator.result().report.lease.number <= 40)
        }
        for lease: UInt64 in 1...60 { await stage.coordinator.acknowledge(lease, to: peer) }
        try await stage.coordinator.drain(peer)
        _ = try await stage.end()
    }
}
