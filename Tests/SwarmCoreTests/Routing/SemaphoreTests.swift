import SwarmCore
import SwarmModel
import Testing

@Suite("Semaphores: how long one waits and holds, and who comes first")
struct SemaphoreTests {
    private static func call(_ name: String, _ extra: String) -> String {
        #"""
        {"schema_version":1,"name":"\#(name)","subtasks":{"a":{"capability":"echo"\#(extra)}}}
        """#
    }

    @Test("A subtask that waits too long for a permit fails, and says for which")
    func maxWait() throws {
        var scenario = Scenario(
            TestAgent("echo", concurrency: 8),
            semaphores: [NamedSemaphore(name: "disk", permits: 1, maxWait: .seconds(20))]
        )
        let text = Self.call("w", #","semaphores":["disk"]"#)
        try scenario.submit(text)
        let first = try #require(scenario.takeDispatches().first)
        let second = try scenario.submit(text)
        scenario.advance(.milliseconds(19_999))
        #expect(scenario.outcome(second) == nil)
        scenario.advance(.milliseconds(1))
        let failure = try #require(scenario.outcome(second)?.failure)
        #expect(failure.kind == .unavailable)
        #expect(failure.message == "it waited 20s for semaphore \"disk\", and may wait 20s")
        // One that gets its permit in time is left alone.
        let third = try scenario.submit(text)
        scenario.advance(.seconds(10))
        scenario.succeed(first)
        #expect(scenario.takeDispatches().count == 1)
        scenario.advance(.seconds(30))
        #expect(scenario.outcome(third) == nil)
    }

    @Test("The semaphore of an agent limits waiting, too, unless another agent has none")
    func maxWaitOfAgents() throws {
        let limited = TestAgent("limited", "echo", concurrency: 8).with { $0.semaphores = ["llm"] }
        let semaphore = NamedSemaphore(name: "llm", permits: 1, maxWait: .seconds(5))
        var scenario = Scenario(limited, semaphores: [semaphore])
        try scenario.submit(Self.call("w", ""))
        let second = try scenario.submit(Self.call("w", ""))
        scenario.advance(.seconds(5))
        #expect(scenario.outcome(second)?.failure?.kind == .unavailable)
        var two = Scenario(limited, TestAgent("free", "echo"), semaphores: [semaphore])
        for _ in 0..<2 { try two.submit(Self.call("w", "")) }
        #expect(two.takeDispatches().count == 2)
        let third = try two.submit(Self.call("w", ""))
        two.advance(.seconds(30))
        #expect(two.outcome(third) == nil)
    }

    @Test("An attempt that holds a semaphore lasts no longer than it may be held")
    func maxHold() throws {
        var scenario = Scenario(
            TestAgent("echo", concurrency: 8),
            semaphores: [
                NamedSemaphore(name: "disk", permits: 2, maxHold: .seconds(7)),
                NamedSemaphore(name: "net", permits: 2, maxHold: .seconds(9)),
            ]
        )
        try scenario.submit(Self.call("w", #","semaphores":["net","disk"]"#))
        let call = try #require(scenario.takeDispatches().first)
        let limit = scenario.now + .seconds(7)
        #expect(call.deadline == limit)
        try scenario.submit(Self.call("v", ""))
        let free = try #require(scenario.takeDispatches().first)
        let timeout = scenario.now + .seconds(60)
        #expect(free.deadline == timeout)
    }

    @Test("One that needs two semaphores is not starved by those that need one each")
    func reservation() throws {
        var scenario = Scenario(
            TestAgent("echo", concurrency: 8),
            semaphores: [
                NamedSemaphore(name: "disk", permits: 1), NamedSemaphore(name: "net", permits: 1),
            ]
        )
        func submit(_ semaphores: String) throws {
            try scenario.submit(Self.call("s", #","semaphores":[\#(semaphores)]"#))
        }
        try submit(#""disk""#)
        try submit(#""net""#)
        var running = scenario.takeDispatches()
        try submit(#""disk","net""#)
        // Every second one of them ends, the two in turn, and another like it is there already.
        var both: Dispatch?
        var seconds = 0
        while both == nil, seconds < 60 {
            seconds += 1
            scenario.advance(.seconds(1))
            try submit(seconds % 2 == 0 ? #""disk""# : #""net""#)
            scenario.succeed(running.removeFirst())
            running += scenario.takeDispatches()
            both = running.first { $0.subtask.run.number == 3 }
            if running.isEmpty { break }
        }
        #expect(both != nil)
        // Ten seconds until it keeps what is free, and one for each of the two to be given back.
        #expect(seconds <= 12)
    }

    @Test("Waiting counts: small priority goes before large after five minutes at the latest")
    func aging() throws {
        var scenario = Scenario(TestAgent("echo"))
        try scenario.submit(Self.call("busy", ""))
        var running = try #require(scenario.takeDispatches().first)
        let patient = try #require(try scenario.submit(Self.call("low", #","priority":-1000"#)))
        var seconds = 0
        while running.subtask.run != patient, seconds < 400 {
            for _ in 0..<2 { try scenario.submit(Self.call("high", #","priority":1000"#)) }
            seconds += 10
            scenario.advance(.seconds(10))
            scenario.succeed(running)
            running = try #require(scenario.takeDispatches().first)
        }
        #expect(seconds == 300)
    }

    @Test("Ten seconds of waiting are worth one of priority")
    func agingStep() throws {
        var scenario = Scenario(TestAgent("echo"))
        try scenario.submit(Self.call("busy", ""))
        let first = try #require(scenario.takeDispatches().first)
        let early = try scenario.submit(Self.call("early", #","priority":2"#))
        scenario.advance(.seconds(20))
        let late = try scenario.submit(Self.call("late", #","priority":4"#))
        let later = try scenario.submit(Self.call("later", #","priority":5"#))
        scenario.succeed(first)
        var order: [RunID?] = []
        while let next = scenario.takeDispatches().first {
            order.append(next.subtask.run)
            scenario.succeed(next)
        }
        #expect(order == [later, early, late])
    }

    @Test("A worker that does not let go is listed as a holder when its run has ended, too")
    func holderOfAnEndedRun() throws {
        var scenario = Scenario(
            TestAgent("echo", concurrency: 8),
            semaphores: [NamedSemaphore(name: "disk", permits: 1)]
        )
        let run = try #require(try scenario.submit(Self.call("w", #","semaphores":["disk"]"#)))
        scenario.send(.cancelRequested(run, reason: "no longer needed"))
        scenario.advance(.seconds(60))
        #expect(scenario.outcome(run)?.outcome == .cancelled)
        let disk = try #require(scenario.swarm.semaphoreViews.first)
        #expect(disk.held == 1)
        #expect(disk.holders.map(\.subtask.run) == [run])
    }
}
