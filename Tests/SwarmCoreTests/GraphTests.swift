import SwarmCore
import SwarmModel
import Testing

@Suite("Dependencies and data")
struct GraphTests {
    @Test("A subtask starts only after everything it needs has succeeded")
    func order() throws {
        var scenario = Scenario(TestAgent("echo", concurrency: 10))
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"diamond","subtasks":{
              "a":{"capability":"echo"},
              "b":{"capability":"echo","needs":["a"]},
              "c":{"capability":"echo","needs":["a"]},
              "d":{"capability":"echo","needs":["b","c"]}}}
            """
        )
        var first = scenario.takeDispatches()
        #expect(first.map(\.subtask.name) == ["a"])
        scenario.succeed(first.removeFirst())
        let second = scenario.takeDispatches()
        #expect(second.map(\.subtask.name) == ["b", "c"])
        scenario.succeed(second[1])
        #expect(scenario.takeDispatches().isEmpty)
        scenario.succeed(second[0])
        #expect(scenario.takeDispatches().map(\.subtask.name) == ["d"])
        #expect(scenario.outcome(run) == nil)
    }

    @Test("A reference alone keeps its type and inside text becomes text")
    func references() throws {
        var scenario = Scenario(TestAgent("echo", concurrency: 10))
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"refs","subtasks":{
              "a":{"capability":"echo","args":{"n":"${input.n}","t":"n is ${input.n}!"}},
              "b":{"capability":"echo","args":{"whole":"${a}","deep":"${a.t}","cost":"$${x}"}}},
             "output":{"b":"${b.whole.n}","list":["${input.xs[1].y}"]}}
            """,
            input: #"{"n":7.50,"xs":[{"y":1},{"y":null}]}"#
        )
        let first = try #require(scenario.takeDispatches().first)
        #expect(first.text == #"{"n":7.50,"t":"n is 7.50!"}"#)
        scenario.succeed(first, first.text)
        let second = try #require(scenario.takeDispatches().first)
        #expect(
            second.text
                == #"{"whole":{"n":7.50,"t":"n is 7.50!"},"deep":"n is 7.50!","cost":"${x}"}"#
        )
        scenario.succeed(second, second.text)
        let end = try #require(scenario.outcome(run))
        #expect(end.outcome == .succeeded)
        #expect(end.output.text == #"{"b":7.50,"list":[null]}"#)
    }

    @Test("for_each makes one subtask for each element and gathers results in element order")
    func fanOut() throws {
        var scenario = Scenario(TestAgent("echo", concurrency: 10))
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"fan","subtasks":{
              "each":{"capability":"echo","for_each":"${input.xs}",
                      "args":{"v":"${item.v}","i":"${item_index}"}},
              "all":{"capability":"echo","args":{"vs":"${each[*].v}","second":"${each[1].i}"}}},
             "output":"${all}"}
            """,
            input: #"{"xs":[{"v":"a"},{"v":"b"},{"v":"c"}]}"#
        )
        let dispatches = scenario.takeDispatches()
        #expect(dispatches.map(\.subtask.label) == ["each[0]", "each[1]", "each[2]"])
        for dispatch in dispatches.reversed() { scenario.succeed(dispatch, dispatch.text) }
        scenario.echoAll()
        #expect(
            scenario.outcome(run)?.output.text == #"{"vs":["a","b","c"],"second":1}"#
        )
    }

    @Test("An empty for_each succeeds at once and what needs it goes on")
    func emptyFanOut() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"empty","subtasks":{
              "each":{"capability":"echo","for_each":"${input.xs}"},
              "then":{"capability":"echo","args":{"all":"${each}"}}},"output":"${then.all}"}
            """,
            input: #"{"xs":[]}"#
        )
        scenario.echoAll()
        #expect(scenario.outcome(run)?.output.text == "[]")
    }

    @Test("max_parallel holds back the rest of a fan-out")
    func maximumParallel() throws {
        var scenario = Scenario(TestAgent("echo", concurrency: 10))
        try scenario.submit(
            """
            {"schema_version":1,"name":"few","subtasks":{
              "each":{"capability":"echo","for_each":"${input.xs}","max_parallel":2}}}
            """,
            input: #"{"xs":[1,2,3,4,5]}"#
        )
        let first = scenario.takeDispatches()
        #expect(first.count == 2)
        scenario.succeed(first[0])
        let next = scenario.takeDispatches()
        #expect(next.map(\.subtask.item) == [2])
        #expect(scenario.swarm.view(of: RunID(1))?.running == 2)
    }

    @Test("A reference to something that was not returned fails the run and says what is missing")
    func unresolved() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"lost","subtasks":{
              "a":{"capability":"echo"},
              "b":{"capability":"echo","args":{"x":"${a.size}"}}}}
            """
        )
        scenario.echoAll()
        let end = try #require(scenario.outcome(run))
        #expect(end.outcome == .failed)
        #expect(end.failure?.kind == .unresolved)
        #expect(end.failure?.message == #"${a.size}: there is no key "size""#)
    }

    @Test("A for_each over something that is not an array fails the run")
    func notAnArray() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"odd","subtasks":{
              "each":{"capability":"echo","for_each":"${input.xs}"}}}
            """,
            input: #"{"xs":{"a":1}}"#
        )
        #expect(scenario.outcome(run)?.failure?.kind == .unresolved)
    }

    @Test("A fan-out beyond limits.max_subtasks is refused before any of it starts")
    func tooMany() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"big","limits":{"max_subtasks":3},"subtasks":{
              "each":{"capability":"echo","for_each":"${input.xs}"}}}
            """,
            input: #"{"xs":[1,2,3,4]}"#
        )
        #expect(scenario.outcome(run)?.failure?.kind == .validation)
        #expect(scenario.takeDispatches().isEmpty)
    }

    @Test("A workflow that calls what no agent offers is rejected and leaves no trace")
    func unknownCapability() throws {
        var scenario = Scenario(TestAgent("echo"))
        let before = scenario.journal.count
        let run = try scenario.submit(
            #"{"schema_version":1,"name":"x","subtasks":{"a":{"capability":"fly"}}}"#
        )
        #expect(run == nil)
        #expect(scenario.journal.count == before)
        let isRejected = scenario.effects.contains { effect in
            if case .rejected(_, let reason) = effect { reason.kind == .notFound } else { false }
        }
        #expect(isRejected)
    }

    @Test("A cycle is named step by step")
    func cycle() throws {
        let json = try JSON(
            parsing: Array(
                """
                {"schema_version":1,"name":"c","subtasks":{
                  "a":{"capability":"echo","needs":["c"]},
                  "b":{"capability":"echo","needs":["a"]},
                  "c":{"capability":"echo","needs":["b"]}}}
                """.utf8
            )
        )
        #expect(
            throws: WorkflowError(
                path: "subtasks",
                reason: "a cycle: a needs c needs b needs a"
            )
        ) { try Workflow(json: json) }
    }
}
