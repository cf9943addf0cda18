import SwarmCore
import SwarmModel
import Testing

@Suite("Runs that go round in circles")
struct LoopStoppingTests {
    static let agents = [
        TestAgent("plan").with {
            // An orchestrator does nothing by itself.
            $0.sideEffect = .none
        },
        TestAgent("cleanup", "cleanup", "restore").with {
            $0.sideEffect = .destructive
            $0.idempotent = false
            $0.adjust = { contract in
                guard contract.name == "cleanup" else { return }
                let args: JSON = ["batch": "$result.batch"]
                contract.compensation = .call(Compensation(capability: "restore", args: args))
            }
        },
        TestAgent("status").with { $0.adjust = { $0.repeatThreshold = 50 } },
        TestAgent("ask"),
    ]

    @Test("A cleanup asked for in ever new words is stopped at the fourth, and undone")
    func stopsTheIncident() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        var wordings = Rewordings(seed: 247)
        for number in 1...1400 as ClosedRange<UInt64> {
            scenario.call(plan, number, "cleanup", wordings.arguments())
            guard let cleanup = scenario.takeDispatchOrNil() else { continue }
            scenario.succeed(cleanup, #"{"batch":\#(number)}"#)
        }
        let cleanups = scenario.dispatchedNames.count { $0.hasPrefix("r_1/plan/") }
        #expect(cleanups == 3)
        let stopped = scenario.records { record -> LoopStopped? in
            if case .loopStopped(let stopped) = record { stopped } else { nil }
        }
        #expect(stopped.map(\.pattern) == [.reworded])
        #expect(stopped.first?.count == 3)
        #expect(stopped.first?.reason.hasPrefix("plan -> cleanup: \"cleanup\" has been") == true)
        let refusal = scenario.takeReplies().first { $0.failure?.kind == .loopStopped }
        #expect(refusal?.request.number == 4)
        #expect(scenario.takeCancels() == [plan.lease: .abandoned])
        scenario.send(.result(plan.worker, plan.lease, .cancelled))
        for _ in 0..<3 {
            let undo = try scenario.takeDispatch()
            #expect(undo.capability == "restore")
            scenario.succeed(undo)
        }
        // The last cleanup first.
        #expect(
            scenario.dispatchedNames.suffix(3) == [
                "r_1/plan/3/undo", "r_1/plan/2/undo", "r_1/plan/1/undo",
            ]
        )
        let outcome = try #require(scenario.outcome(run))
        #expect(outcome.outcome == .compensated)
        #expect(outcome.failure?.kind == .loopStopped)
        #expect(outcome.standing.isEmpty)
    }

    @Test("The loop is found over the whole tree, whichever agents take part in it")
    func stopsAcrossAgents() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        var wordings = Rewordings(seed: 1)
        var made = 0
        for number in 1...9 as ClosedRange<UInt64> where scenario.outcome(run) == nil {
            scenario.call(plan, number, "ask", "[\(number)]")
            guard let ask = scenario.takeDispatchOrNil() else { break }
            scenario.call(ask, 1, "cleanup", wordings.arguments())
            guard let cleanup = scenario.takeDispatchOrNil() else { break }
            made += 1
            scenario.succeed(cleanup, #"{"batch":1}"#)
            scenario.succeed(ask)
        }
        #expect(made == 3)
        #expect(scenario.takeReplies().last?.failure?.kind == .loopStopped)
    }

    @Test("A restarted coordinator remembers what went before", arguments: [1, 2, 3])
    func remembersAfterRestart(restartAfter: Int) throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        for number in 1...4 {
            scenario.call(
                plan,
                UInt64(number),
                "cleanup",
                #"{"request":"wording \#(number) of it"}"#
            )
            if let cleanup = scenario.takeDispatchOrNil() { scenario.succeed(cleanup) }
            guard number == restartAfter else { continue }
            scenario.restart()
            scenario.configure(Self.agents)
            for view in scenario.swarm.workerViews {
                scenario.hello(view.id, resume: scenario.held(by: view.id))
            }
        }
        let replies = scenario.takeReplies()
        #expect(replies.last?.request.number == 4)
        #expect(replies.last?.failure?.kind == .loopStopped)
    }

    @Test("A poll is stopped when it brings nothing new; its contract may allow more of them")
    func countsPolls() throws {
        var scenario = Scenario(agents: Self.agents) {
            $0.children = 200
        }
        func polls(_ capability: String, _ answer: (UInt64) -> String) throws -> Int {
            let run = try scenario.submit(DelegationTests.workflow)
            let plan = try scenario.takeDispatch()
            var made = 0
            for number in 1...100 as ClosedRange<UInt64> {
                scenario.call(plan, number, capability, #"{"job":7}"#)
                guard let poll = scenario.takeDispatchOrNil() else { break }
                made += 1
                scenario.succeed(poll, answer(number))
            }
            scenario.send(.result(plan.worker, plan.lease, .cancelled))
            scenario.effects = []
            if scenario.outcome(run) == nil, let run {
                scenario.send(.cancelRequested(run, reason: "done"))
            }
            return made
        }
        #expect(try polls("ask") { _ in #"{"percent":10}"# } == 3)
        #expect(try polls("status") { _ in #"{"percent":10}"# } == 50)
        #expect(try polls("ask") { #"{"percent":\#($0)}"# } == 100)
    }

    @Test("A fan-out of which every item looks up the same is no loop")
    func letsFanOutsPass() throws {
        let plan = TestAgent("plan", concurrency: 40)
        var scenario = Scenario(agents: [plan, TestAgent("ask")]) { _ in }
        let items = (0..<40).map(String.init).joined(separator: ",")
        let run = try scenario.submit(
            #"{"schema_version":1,"name":"w","subtasks":{"all":{"capability":"plan","#
                + #""for_each":[\#(items)],"args":{"id":"${item}"}}}}"#
        )
        for plan in scenario.takeDispatches() {
            scenario.call(plan, 1, "ask", #"{"rate":"EUR"}"#)
            scenario.succeed(try scenario.takeDispatch(), "1.1")
            scenario.succeed(plan)
        }
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A dry run first, then its plan for ever: four calls are made")
    func stopsPlannedCleanups() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        let reasons = [
            "tidy up the books", "purge", "weed these rows please", "sweep it", "once more",
        ]
        for (number, reason) in reasons.enumerated() {
            let order = number == 0 ? #""dry_run":true"# : #""plan":"9f3a""#
            let arguments = #"{"ledger":"books.db",\#(order),"reason":"\#(reason)"}"#
            scenario.call(plan, UInt64(number), "cleanup", arguments)
            guard let cleanup = scenario.takeDispatchOrNil() else { continue }
            if number > 1 {
                scenario.fail(cleanup, Failure(.validation, "the plan names \(number) other rows"))
            } else {
                scenario.succeed(cleanup, #"{"batch":null}"#)
            }
        }
        let replies = scenario.takeReplies().map(\.failure?.kind)
        #expect(replies == [nil, nil, .validation, .validation, .loopStopped])
    }

    @Test("Another way to name the same capability makes no other call")
    func seesThroughVersions() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        let names = ["cleanup", "cleanup@1", "cleanup@1.0", "cleanup@1.0.0", "cleanup"]
        for (number, name) in names.enumerated() {
            scenario.call(plan, UInt64(number), name)
            if let cleanup = scenario.takeDispatchOrNil() { scenario.succeed(cleanup) }
        }
        #expect(scenario.takeReplies().map(\.failure?.kind).contains(.loopStopped))
        #expect(scenario.dispatchedNames.count == 4)
    }

    @Test("A workflow may lower the threshold")
    func lowersTheThreshold() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(
            #"{"schema_version":1,"name":"w","limits":{"repeat_threshold":1},"#
                + #""subtasks":{"plan":{"capability":"plan"}}}"#
        )
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "ask")
        scenario.succeed(try scenario.takeDispatch())
        scenario.call(plan, 2, "ask")
        #expect(scenario.takeReplies().last?.failure?.kind == .loopStopped)
    }
}
