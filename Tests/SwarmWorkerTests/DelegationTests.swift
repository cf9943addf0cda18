import SwarmModel
import SwarmWire
import Synchronization
import Testing

@testable import SwarmWorker

@Suite("Delegation", .timeLimit(.minutes(3)))
struct DelegationTests {
    struct Sku: Codable {
        var sku: String
    }

    struct Price: Codable, Equatable {
        var cents: Int
    }

    @Test("A call goes out as it was made, after its subtask's start, and brings a Swift value")
    func typed() async throws {
        let stage = try await Stage { worker in
            worker.on("plan") { (sku: Sku, context) in
                let price: Price = try await context.delegate(
                    "quote",
                    sku,
                    agent: "pricing",
                    budget: Budget(usd: 0.25, tokens: 500, calls: 2, time: .seconds(9)),
                    timeout: .milliseconds(1500),
                    note: "line 7"
                )
                let left = context.budgetLeft
                #expect(left?.calls == 7)
                #expect(left?.usd == 0.000001)
                return Price(cents: price.cents + 1)
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", #"{"sku":"A/1"}"#, depth: 3, to: peer)
        try await stage.coordinator.started(1)
        let (id, request) = try await stage.coordinator.call(of: 1)
        #expect(id == 1)
        #expect(
            request
                == #"{"capability":"quote","arguments":{"sku":"A/1"},"agent":"pricing","#
                + #""budget":{"usd":0.25,"tokens":500,"calls":2,"time_ms":9000},"#
                + #""timeout_ms":1500,"note":"line 7"}"#
        )
        let left = Allowance(microdollars: 1, calls: 7)
        await stage.coordinator.reply(id, #"{"cents":1999}"#, budget: left, to: peer)
        #expect(try await stage.coordinator.result().value == #"{"cents":2000}"#)
        try await stage.coordinator.finish(1, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A subtask knows the calls that led to it and what is left for it")
    func surroundings() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "look") { _, context in
                let stack = context.stack.map(\.description).joined(separator: " > ")
                let left = context.budgetLeft.map { "\($0.usd ?? -1) \($0.tokens ?? -1)" }
                return Array(#""\#(context.depthLeft): \#(stack): \#(left ?? "any")""#.utf8)
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(
            1,
            "look",
            depth: 2,
            budget: Allowance(microdollars: 1_500_000, time: .seconds(60)),
            stack: [
                SwarmWire.CallFrame(subtask: "r_1/plan", capability: "plan", agent: "planner"),
                SwarmWire.CallFrame(subtask: "r_1/plan/1", capability: "ask", agent: ""),
            ],
            to: peer
        )
        #expect(
            try await stage.coordinator.result().value
                == #""2: r_1/plan (planner.plan) > r_1/plan/1 (ask): 1.5 -1""#
        )
        await stage.coordinator.acknowledge(1, to: peer)
        await stage.coordinator.assign(2, "look", depth: nil, to: peer)
        #expect(try await stage.coordinator.result().value == #""0: : any""#)
        try await stage.coordinator.finish(2, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("The time of a budget runs on after it was told")
    func timeRunsOn() {
        let allowance = Allowance(calls: 3, time: .seconds(10))
        #expect(Budget(allowance, usedUp: .seconds(4)).time == .seconds(6))
        #expect(Budget(allowance, usedUp: .seconds(11)).time == .zero)
        #expect(Budget(allowance, usedUp: .seconds(11)).calls == 3)
    }

    @Test("A failed call throws what happened to it, and a refused one the chain that led there")
    func failures() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { _, context in
                do {
                    return try await context.delegate(raw: "quote")
                } catch let failure as WorkerFailure {
                    let chain = failure.chain.map(\.subtask).joined(separator: " ")
                    let parts = [
                        failure.description, "\(failure.retryable.map { "\($0)" } ?? "-")", chain,
                        failure.details ?? "-",
                    ]
                    return JSON.string(parts.joined(separator: "|")).encoded()
                }
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        let failed = Failure(.notFound, "no such sku", details: #"{"sku":7}"#)
        let refused = Failure(.loopStopped, "the same call again", retryable: false)
        let frame = SwarmWire.CallFrame(subtask: "r_1/a", capability: "plan", agent: "echo")
        let cases: [(UInt64, Reply.Outcome, [SwarmWire.CallFrame], String)] = [
            (1, .failed(failed), [], #"not_found: no such sku|-||{"sku":7}"#),
            (2, .refused(refused), [frame], "loop_stopped: the same call again|false|r_1/a|-"),
        ]
        for (lease, outcome, chain, expected) in cases {
            await stage.coordinator.assign(lease, "plan", depth: 1, to: peer)
            try await stage.coordinator.started(lease)
            let id = try await stage.coordinator.call(of: lease).id
            #expect(id == Int64(lease))
            await stage.coordinator.reply(id, outcome, chain: chain, to: peer)
            let value = try await stage.coordinator.result().value
            #expect(value == JSON.string(expected).description)
            await stage.coordinator.acknowledge(lease, to: peer)
        }
        try await stage.coordinator.drain(peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A failure that a handler lets pass is its own, and names the calls that led to it")
    func passedOn() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { _, context in try await context.delegate(raw: "quote") }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        let frame = SwarmWire.CallFrame(subtask: "r_1/a/1", capability: "quote", agent: "pricing")
        let chain = #"{"chain":["r_1/a/1 (pricing.quote)"]}"#
        let cases: [(Failure, Failure)] = [
            (
                Failure(.conflict, "taken", retryable: true, retryAfter: .seconds(2)),
                Failure(
                    .conflict,
                    "taken",
                    retryable: true,
                    retryAfter: .seconds(2),
                    details: chain
                )
            ),
            (
                Failure(.workerLost, "pricing-2 ended", details: "[1]"),
                Failure(
                    .internal,
                    "worker_lost: pricing-2 ended",
                    retryable: false,
                    details: "[1]"
                )
            ),
        ]
        for (index, (told, reported)) in cases.enumerated() {
            let lease = UInt64(index + 1)
            await stage.coordinator.assign(lease, "plan", depth: 1, to: peer)
            try await stage.coordinator.started(lease)
            let id = try await stage.coordinator.call(of: lease).id
            await stage.coordinator.reply(id, .failed(told), chain: [frame], to: peer)
            #expect(try await stage.coordinator.failure() == reported)
            await stage.coordinator.acknowledge(lease, to: peer)
        }
        try await stage.coordinator.drain(peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("What can never be asked is refused at once, and a result that does not fit says so")
    func mistakes() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { bytes, context in
                let large = Array(#"{"a":"\#(String(repeating: "x", count: 1_048_576))"}"#.utf8)
                switch String(decoding: bytes, as: UTF8.self) {
                case "1": return try await context.delegate(raw: "No Name")
                case "2": return try await context.delegate(raw: "quote", Array("[]".utf8))
                case "3": return try await context.delegate(raw: "quote", Array(#"{"a""#.utf8))
                case "4": return try await context.delegate(raw: "quote", large)
                default:
                    let price: Price = try await context.delegate("quote", Sku(sku: "A"))
                    return Array("\(price.cents)".utf8)
                }
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        let sentences = [
            #"No Name cannot be delegated: "capability" has"#,
            #"quote cannot be delegated: "arguments" is an object"#,
            "quote cannot be delegated: ",
            "the call has 1048619 bytes and a payload at most 1048576",
        ]
        for (index, sentence) in sentences.enumerated() {
            let lease = UInt64(index + 1)
            await stage.coordinator.assign(lease, "plan", "\(lease)", depth: 1, to: peer)
            let failure = try await stage.coordinator.failure()
            #expect(failure.kind == .validation)
            #expect(failure.retryable == false)
            #expect(failure.message.hasPrefix(sentence), "\(failure.message)")
            await stage.coordinator.acknowledge(lease, to: peer)
        }
        await stage.coordinator.assign(5, "plan", "5", depth: 1, to: peer)
        try await stage.coordinator.started(5)
        let id = try await stage.coordinator.call(of: 5).id
        await stage.coordinator.reply(id, #"{"cents":"many"}"#, to: peer)
        let failure = try await stage.coordinator.failure()
        #expect(failure.kind == .internal)
        #expect(failure.message == "the result of quote is no Price: cents: expected Int")
        try await stage.coordinator.finish(5, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("Calls of one subtask run side by side, the 65th when one of 64 is answered")
    func many() async throws {
        let stage = try await Stage { worker in
            worker.on(raw: "plan") { _, context in
                let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<70 {
                        group.addTask {
                            let price: Price = try await context.delegate(
                                "quote",
                                Sku(sku: "\(number)")
                            )
                            return price.cents
                        }
                    }
                    return try await group.reduce(0, +)
                }
                return Array("\(sum)".utf8)
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(1)
        var ids: [Int64] = []
        for _ in 0..<64 { ids.append(try await stage.coordinator.call(of: 1).id) }
        #expect(ids == Array(1...64))
        // Whatever else was to come would have come before the answer to a beat that is sent later.
        let beats = await stage.coordinator.beats.count
        while await stage.coordinator.beats.count < beats + 2 { await Task.yield() }
        #expect(await stage.coordinator.backlog.isEmpty)
        for id in ids.reversed() { await stage.coordinator.reply(id, #"{"cents":1}"#, to: peer) }
        for id in Int64(65)...70 {
            #expect(try await stage.coordinator.call(of: 1).id == id)
            await stage.coordinator.reply(id, #"{"cents":100}"#, to: peer)
        }
        #expect(try await stage.coordinator.result().value == "664")
        try await stage.coordinator.finish(1, peer)
        #expect(try await stage.end() == .drained)
    }

    @Test("A worker carries out what it has itself delegated, however little it runs at once")
    func toItself() async throws {
        let stage = try await Stage(concurrency: 1) { worker in
            worker.on(raw: "plan") { _, context in
                try await context.delegate(raw: "echo", Array(#"{"deep":1}"#.utf8))
            }
        }
        let (_, peer) = try await stage.coordinator.welcome()
        await stage.coordinator.assign(1, "plan", depth: 1, to: peer)
        try await stage.coordinator.started(1)
        let id = try await stage.coordinator.call(of: 1).id
        await stage.coordinator.assign(2, "echo", #"{"deep":1}"#, depth: 0, to: peer)
        let (inner, value) = try await stage.coordinator.result()
        #expect(inner.lease == LeaseID(2))
        await stage.coordinator.acknowledge(2, to: peer)
        await stage.coordinator.reply(id, value, to: peer)
        #expect(try await stage.coordinator.result().value == #"{"deep":1}"#)
        try await stage.coordinator.finish(1, peer)
        #expect(try await stage.end() == .drained)
    }
}
