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
}
