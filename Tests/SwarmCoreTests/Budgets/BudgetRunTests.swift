import SwarmCore
import SwarmModel
import Testing

@Suite("Runs with a budget")
struct BudgetRunTests {
    /// Ten calls of a capability, side by side.
    private static let ten =
        #"{"schema_version":1,"name":"w","subtasks":{"all":{"capability":"work","#
        + #""for_each":[0,1,2,3,4,5,6,7,8,9],"args":{"id":"${item}"}}}}"#

    private static func work(usd: Double = 0, concurrency: Int = 10) -> TestAgent {
        TestAgent("work", concurrency: concurrency).with { $0.usd = usd }
    }

    private func cost(cents: Int64) -> Cost { Cost(microdollars: cents * 10_000) }

    private func exhausted(_ scenario: Scenario) -> [BudgetExhausted] {
        scenario.records { if case .budgetExhausted(let exhausted) = $0 { exhausted } else { nil } }
    }

    @Test("What is under way counts, and calls wait until others have been paid")
    func holdsCallsBack() throws {
        var scenario = Scenario(agents: [Self.work(usd: 0.30)]) {
            $0.runBudget = Budget(usd: 1)
        }
        let run = try scenario.submit(Self.ten)
        var open = scenario.takeDispatches()
        // 3 * 0.30 fit into 1.00, the fourth would not.
        #expect(open.count == 3)
        #expect(open.map { $0.allowance.microdollars } == [700_000, 400_000, 100_000])
        // Each turns out to cost 0.07, so that ten cost 0.70 and all can be made.
        var most = 0
        while !open.isEmpty {
            most = max(most, open.count)
            let next = open.removeFirst()
            let result = AttemptOutcome.succeeded(.inline([]))
            scenario.send(.result(next.worker, next.lease, result, cost: cost(cents: 7)))
            open += scenario.takeDispatches()
        }
        #expect(most <= 3)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        #expect(exhausted(scenario).isEmpty)
    }

    @Test("When the budget is used up no call starts, and the run ends and is undone")
    func stops() throws {
        let work = Self.work(usd: 0.30).with {
            $0.capabilities = ["work", "undo"]
            $0.sideEffect = .additive
            $0.adjust = { contract in
                guard contract.name == "work" else { return }
                contract.compensation = .call(Compensation(capability: "undo", args: [:]))
            }
        }
        var scenario = Scenario(agents: [work]) { $0.runBudget = Budget(usd: 1) }
        let run = try scenario.submit(Self.ten)
        let first = scenario.takeDispatches()
        #expect(first.count == 3)
        for dispatch in first {
            let result = AttemptOutcome.succeeded(.inline([]))
            scenario.send(.result(dispatch.worker, dispatch.lease, result, cost: cost(cents: 40)))
        }
        // 0.80 are spent when the second has ended; the third is still under way, and may not be
        // stopped by what it costs.
        let found = exhausted(scenario)
        #expect(found.map(\.dimension) == [.money])
        #expect(found.first?.agent == nil)
        #expect(found.first?.limit == 1_000_000)
        #expect(found.first?.wrapsUp == false)
        let undos = scenario.takeDispatches()
        #expect(undos.map(\.capability) == ["undo", "undo", "undo"])
        for undo in undos { scenario.succeed(undo) }
        let outcome = try #require(scenario.outcome(run))
        #expect(outcome.outcome == .compensated)
        #expect(outcome.failure?.kind == .budgetExhausted)
        #expect(outcome.failure?.message.contains("1.00 USD") == true)
        #expect(scenario.dispatchedNames.count { !$0.hasSuffix("/undo") } == 3)
    }

    @Test(
        "Calls and tokens are limited like money",
        arguments: [Budget(tokens: 100), Budget(calls: 4)]
    )
    func limitsCallsAndTokens(budget: Budget) throws {
        var scenario = Scenario(agents: [Self.work(concurrency: 1)]) { $0.runBudget = budget }
        let run = try scenario.submit(Self.ten)
        while let dispatch = scenario.takeDispatchOrNil() {
            let result = AttemptOutcome.succeeded(.inline([]))
            scenario.send(
                .result(dispatch.worker, dispatch.lease, result, cost: Cost(tokens: 25))
            )
        }
        #expect(scenario.dispatchedNames.count == 4)
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
    }

    @Test("Retries are calls too")
    func countsRetries() throws {
        var scenario = Scenario(agents: [Self.work()]) { $0.runBudget = Budget(calls: 2) }
        let run = try scenario.submit(AttemptTests.single.replacing("echo", with: "work"))
        for _ in 0..<2 {
            scenario.fail(try scenario.takeDispatch(), Failure(.transient, "busy"))
            scenario.advance(.seconds(20))
        }
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
    }

    @Test("After its time no call of a run starts")
    func limitsTime() throws {
        var scenario = Scenario(agents: [Self.work(concurrency: 1)]) {
            $0.runBudget = Budget(time: .seconds(10))
        }
        let run = try scenario.submit(Self.ten)
        scenario.advance(.seconds(9))
        scenario.succeed(try scenario.takeDispatch())
        scenario.advance(.seconds(1))
        // The second had begun in time.
        scenario.succeed(try scenario.takeDispatch())
        #expect(scenario.takeDispatches().isEmpty)
        #expect(exhausted(scenario).map(\.dimension) == [.time])
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
    }

    @Test("A workflow lowers the budget, and says what happens then")
    func lowersBudgets() throws {
        var scenario = Scenario(agents: [Self.work(concurrency: 1)]) {
            $0.runBudget = Budget(calls: 100)
        }
        let lower = Self.ten.replacing(#""name":"w","#, with: #""name":"w","budget":{"calls":1},"#)
        let run = try scenario.submit(lower)
        scenario.succeed(try scenario.takeDispatch())
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
    }

    @Test("A run that can never pay is told so, however many wait for money before it")
    func looksBehindTheHeldBack() throws {
        var scenario = Scenario(agents: [Self.work(usd: 0.30)]) { $0.runBudget = Budget(usd: 1) }
        let items = (0..<1000).map(String.init).joined(separator: ",")
        try scenario.submit(Self.ten.replacing("0,1,2,3,4,5,6,7,8,9", with: items))
        #expect(scenario.takeDispatches().count == 3)
        let poor = Self.ten.replacing(#""name":"w","#, with: #""name":"x","budget":{"usd":0.1},"#)
        let run = try scenario.submit(poor)
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
    }

    @Test("What never began costs nothing")
    func forgivesReturns() throws {
        var scenario = Scenario(agents: [Self.work(concurrency: 1)]) {
            $0.runBudget = Budget(calls: 1)
        }
        let run = try scenario.submit(AttemptTests.single.replacing("echo", with: "work"))
        for _ in 0..<5 {
            let dispatch = try scenario.takeDispatch()
            scenario.send(.returned(dispatch.worker, dispatch.lease))
        }
        scenario.succeed(try scenario.takeDispatch())
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A run that wraps up leaves out the rest, runs what is marked finally, and has failed")
    func wrapsUp() throws {
        var scenario = Scenario(agents: [Self.work(concurrency: 2), TestAgent("report")]) {
            $0.runBudget = Budget(calls: 3)
            $0.onExhausted = .wrapUp
        }
        let run = try scenario.submit(
            #"{"schema_version":1,"name":"w","subtasks":{"#
                + #""all":{"capability":"work","for_each":[0,1,2,3,4,5],"max_parallel":2,"#
                + #""args":{"id":"${item}"}},"#
                + #""sum":{"capability":"work","needs":["all"]},"#
                + #""report":{"capability":"report","needs":["sum"],"finally":true,"#
                + #""args":{"sum":"${sum}"}}},"#
                + #""output":{"report":"${report}"}}"#
        )
        while let dispatch = scenario.takeDispatchOrNil() {
            let isReport = dispatch.capability == "report"
            if isReport { #expect(dispatch.text == #"{"sum":null}"#) }
            scenario.succeed(dispatch, isReport ? #""so far""# : "1")
        }
        #expect(
            scenario.dispatchedNames == [
                "r_1/all[0]", "r_1/all[1]", "r_1/all[2]", "r_1/report",
            ]
        )
        let outcome = try #require(scenario.outcome(run))
        #expect(outcome.outcome == .failed)
        #expect(outcome.failure?.kind == .budgetExhausted)
        #expect(outcome.output.text == #"{"report":"so far"}"#)
        #expect(exhausted(scenario).map(\.wrapsUp) == [true])
    }

    @Test("A run that wraps up ends what was delegated by a subtask it leaves out")
    func wrapsUpBelow() throws {
        let agents = [
            TestAgent("plan"), TestAgent("research"), Self.work(usd: 0.30, concurrency: 1),
        ]
        var scenario = Scenario(agents: agents) {
            $0.runBudget = Budget(usd: 1)
            $0.onExhausted = .wrapUp
        }
        let run = try scenario.submit(
            #"{"schema_version":1,"name":"w","subtasks":{"plan":{"capability":"plan"},"#
                + #""all":{"capability":"work","for_each":[0,1],"args":{"id":"${item}"}}}}"#
        )
        let first = scenario.takeDispatches()
        let plan = try #require(first.first { $0.capability == "plan" })
        let work = try #require(first.first { $0.capability == "work" })
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        // It waits to be tried again, and would claim what it has called.
        scenario.fail(plan, Failure(.transient, "503"))
        let result = AttemptOutcome.succeeded(.inline([]))
        scenario.send(.result(work.worker, work.lease, result, cost: cost(cents: 200)))
        let ends = scenario.records { if case .attemptEnded(let end) = $0 { end } else { nil } }
        let last = ends.filter { $0.lease == nil || $0.lease == research.lease }
        #expect(last.contains { $0.subtask == plan.subtask && $0.directive == .skip })
        #expect(last.contains { $0.subtask == research.subtask && $0.directive == .cancel })
        scenario.send(.result(research.worker, research.lease, .cancelled))
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
        #expect(scenario.allHeld().isEmpty)
    }

    @Test("An agent that has spent its part is passed over for another, then the subtask fails")
    func limitsAgents() throws {
        let agents = [
            TestAgent("cheap", "work").with { $0.budget = Budget(calls: 2) },
            TestAgent("dear", "work").with {
                $0.usd = 1
                $0.budget = Budget(calls: 1)
            },
        ]
        var scenario = Scenario(agents: agents) { _ in }
        let run = try scenario.submit(Self.ten)
        var workers: [String] = []
        while let dispatch = scenario.takeDispatchOrNil() {
            workers.append(dispatch.worker.agent)
            scenario.succeed(dispatch)
        }
        #expect(workers.sorted() == ["cheap", "cheap", "dear"])
        #expect(exhausted(scenario).count == 1)
        #expect(exhausted(scenario).first?.agent != nil)
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
        // The next run begins with full accounts.
        try scenario.submit(Self.ten)
        #expect(scenario.takeDispatches().count == 2)
    }

    @Test("Another agent that has money is waited for while it is busy, or not there yet")
    func waitsForWhoHasMoney() throws {
        let agents = [
            TestAgent("poor", "work").with { $0.budget = Budget(calls: 1) },
            TestAgent("rich", "work").with { $0.usd = 1 },
        ]
        var scenario = Scenario(agents: agents) { _ in }
        let run = try scenario.submit(Self.ten)
        let first = scenario.takeDispatches()
        #expect(first.map(\.worker.agent).sorted() == ["poor", "rich"])
        for dispatch in first where dispatch.worker.agent == "poor" { scenario.succeed(dispatch) }
        // The free one has spent what it may.
        #expect(scenario.takeDispatches().isEmpty)
        #expect(exhausted(scenario).isEmpty)
        for dispatch in first where dispatch.worker.agent == "rich" { scenario.succeed(dispatch) }
        while let dispatch = scenario.takeDispatchOrNil() {
            #expect(dispatch.worker.agent == "rich")
            scenario.succeed(dispatch)
        }
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("Of those behind one that must wait for money, who has waited long goes first")
    func keepsTheOrderBehindWhoWaits() throws {
        var scenario = Scenario(agents: [Self.work(usd: 0.6, concurrency: 2)]) { _ in }
        let one = #"{"schema_version":1,"name":"w","subtasks":{"a":{"capability":"work"}}}"#
        let two =
            #"{"schema_version":1,"name":"w","budget":{"usd":1},"subtasks":{"#
            + #""a":{"capability":"work","priority":9},"b":{"capability":"work","priority":9}}}"#
        try scenario.submit(one)
        try scenario.submit(two)
        let open = scenario.takeDispatches()
        #expect(open.count == 2)
        let old = try #require(try scenario.submit(one))
        scenario.advance(.seconds(25))
        let urgent = one.replacing(#""work""#, with: #""work","priority":1"#)
        let new = try #require(try scenario.submit(urgent))
        #expect(scenario.takeDispatches().isEmpty)
        // 9 goes before all, and must wait for money; 0 is worth 2 after 25 s, and 1 is worth 1.
        scenario.succeed(open[0])
        #expect(scenario.takeDispatches().map(\.subtask.run) == [old])
        #expect(scenario.outcome(new) == nil)
    }

    // MARK: Delegation

    @Test("A caller gives a part of what it has; when that is spent, the call fails and it goes on")
    func givesAllowances() throws {
        let agents = [TestAgent("plan"), TestAgent("a"), TestAgent("b").with { $0.usd = 0.10 }]
        var scenario = Scenario(agents: agents) { $0.runBudget = Budget(usd: 1) }
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        #expect(plan.allowance.microdollars == 1_000_000)
        scenario.call(plan, 1, "a", allowance: Allowance(microdollars: 250_000, calls: 9))
        let a = try scenario.takeDispatch()
        #expect(a.allowance == Allowance(microdollars: 250_000, calls: 8))
        for number in 1...3 as ClosedRange<UInt64> {
            scenario.call(a, number, "b", "[\(number)]")
            guard let b = scenario.takeDispatchOrNil() else { continue }
            scenario.succeed(b)
        }
        let replies = scenario.takeReplies()
        #expect(replies.map(\.failure?.kind) == [nil, nil, .budgetExhausted])
        #expect(replies.last?.failure?.message.contains("its caller gave it") == true)
        scenario.succeed(a)
        // What was not spent has come back: 0.80 are left.
        for number in 11...18 as ClosedRange<UInt64> {
            scenario.call(plan, number, "b", "[\(number)]")
            scenario.succeed(try scenario.takeDispatch())
        }
        scenario.succeed(plan)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A caller whose own estimate stands in the way of its call hears so, and never waits")
    func neverWaitsForItself() throws {
        let agents = [
            TestAgent("plan").with { $0.usd = 0.60 }, TestAgent("b").with { $0.usd = 0.5 },
        ]
        var scenario = Scenario(agents: agents) { $0.runBudget = Budget(usd: 1) }
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "b")
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.takeReplies().first?.failure?.kind == .cancelled)
        scenario.send(.result(plan.worker, plan.lease, .cancelled))
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
    }

    @Test("A restarted coordinator knows what was spent and what is reserved")
    func remembersAfterRestart() throws {
        let agents = [Self.work(usd: 0.30)]
        var scenario = Scenario(agents: agents) { $0.runBudget = Budget(usd: 1) }
        try scenario.submit(Self.ten)
        let open = scenario.takeDispatches()
        let result = AttemptOutcome.succeeded(.inline([]))
        scenario.send(.result(open[0].worker, open[0].lease, result, cost: cost(cents: 10)))
        #expect(scenario.takeDispatches().count == 1)
        scenario.restart()
        scenario.configure(agents)
        scenario.hello(open[0].worker, resume: scenario.held(by: open[0].worker))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.send(.result(open[1].worker, open[1].lease, result, cost: cost(cents: 10)))
        // 0.20 spent and 0.60 reserved: no further 0.30.
        #expect(scenario.takeDispatches().isEmpty)
        scenario.send(.result(open[2].worker, open[2].lease, result, cost: cost(cents: 10)))
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("Runs without a budget do not wait for one that has spent its own")
    func keepsRunsApart() throws {
        var scenario = Scenario(agents: [Self.work(usd: 0.6)]) { _ in }
        let budget = #""name":"w","budget":{"usd":1},"#
        try scenario.submit(Self.ten.replacing(#""name":"w","#, with: budget))
        #expect(scenario.takeDispatches().count == 1)
        let other = try #require(try scenario.submit(Self.ten))
        #expect(scenario.takeDispatches().filter { $0.subtask.run == other }.count == 9)
    }
}
