import SwarmCore
import SwarmModel
import Testing

@Suite("Compensation: what a run did is undone, in order, or listed by name")
struct CompensationTests {
    /// `act` is undone by `revert`; `look` tells whether an `act` happened.
    static func swarm(
        verify: Bool = false,
        _ adjust: @escaping @Sendable (inout CapabilityContract) -> Void = { _ in }
    ) -> Scenario {
        Scenario(
            TestAgent("bank", "act", replicas: 2, concurrency: 8).with {
                $0.sideEffect = .additive
                $0.idempotent = false
                $0.adjust = { contract in
                    contract.verifyWith = verify ? "look" : nil
                    contract.compensation = .call(
                        Compensation(
                            capability: "revert",
                            args: ["id": "$result.id", "of": "$args.n"]
                        )
                    )
                    adjust(&contract)
                }
            },
            TestAgent("undoer", "revert", concurrency: 8).with { $0.sideEffect = .destructive },
            TestAgent("plain", "look", "work", concurrency: 8),
            TestAgent("printer", "print").with { $0.sideEffect = .additive }
        )
    }

    /// a → b → c, all effectful, then a step that fails.
    static let chain = """
        {"schema_version": 1, "name": "chain", "subtasks": {
          "a": {"capability": "act", "args": {"n": 1}},
          "b": {"capability": "act", "args": {"n": 2}, "needs": ["a"]},
          "c": {"capability": "act", "args": {"n": 3}, "needs": ["b"]},
          "x": {"capability": "work", "needs": ["c"]}}}
        """

    static let broken = Failure(.permission, "no")

    /// Runs everything, with ids that count up, until `x` comes; fails `x`.
    static func breakDown(_ scenario: inout Scenario) throws {
        var id = 100
        while let dispatch = scenario.takeDispatches().first {
            guard dispatch.capability == "act" else {
                return scenario.fail(dispatch, broken)
            }
            id += 1
            scenario.succeed(dispatch, "{\"id\": \(id)}")
        }
        Issue.record("nothing failed")
    }

    @Test("The way back is journaled before the call that needs it")
    func registeredFirst() throws {
        var scenario = CompensationTests.swarm()
        try scenario.submit(CompensationTests.chain)
        var registered: Set<String> = []
        try CompensationTests.breakDown(&scenario)
        for (record, _) in scenario.journal {
            switch record {
            case .undoRegistered(let undo): registered.insert(undo.subtask.label)
            case .subtaskDispatched(let dispatch) where dispatch.capability == "act":
                #expect(registered.contains(dispatch.subtask.label))
            default: break
            }
        }
        #expect(registered == ["a", "b", "c"])
    }

    /// The chain with its subtasks listed in every order.
    static let listings: [[String]] = {
        let subtasks = [
            #""a": {"capability": "act", "args": {"n": 1}}"#,
            #""b": {"capability": "act", "args": {"n": 2}, "needs": ["a"]}"#,
            #""c": {"capability": "act", "args": {"n": 3}, "needs": ["b"]}"#,
            #""x": {"capability": "work", "needs": ["c"]}"#,
        ]
        func orders(_ rest: [String]) -> [[String]] {
            guard !rest.isEmpty else { return [[]] }
            return rest.indices.flatMap { index in
                var others = rest
                let first = others.remove(at: index)
                return orders(others).map { [first] + $0 }
            }
        }
        return orders(subtasks)
    }()

    @Test(
        "Each effect is undone once, whatever order its workflow lists it in",
        arguments: listings
    )
    func listed(subtasks: [String]) throws {
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(
            #"{"schema_version": 1, "name": "chain", "subtasks": {"#
                + subtasks.joined(separator: ", ") + "}}"
        )
        try CompensationTests.breakDown(&scenario)
        var undone: [String] = []
        while scenario.outcome(run) == nil, undone.count < 9 {
            for undo in scenario.takeDispatches() {
                undone.append(undo.subtask.label)
                scenario.succeed(undo)
            }
        }
        #expect(undone == ["c/undo", "b/undo", "a/undo"])
        #expect(scenario.outcome(run)?.outcome == .compensated)
    }

    @Test("A chain is undone from its end, each call with what it was given and returned")
    func reverse() throws {
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(CompensationTests.chain)
        try CompensationTests.breakDown(&scenario)
        var undone: [String] = []
        while let undo = scenario.takeDispatches().first {
            #expect(scenario.outcome(run) == nil)
            undone.append("\(undo.subtask.label) \(undo.text)")
            scenario.succeed(undo)
        }
        #expect(
            undone == [
                #"c/undo {"id":103,"of":3}"#, #"b/undo {"id":102,"of":2}"#,
                #"a/undo {"id":101,"of":1}"#,
            ]
        )
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .compensated)
        #expect(finished.failure?.kind == .permission)
        #expect(finished.standing.isEmpty)
    }

    @Test("Independent effects are undone side by side, and a join before its branches")
    func parallel() throws {
        let diamond = """
            {"schema_version": 1, "name": "diamond", "subtasks": {
              "a": {"capability": "act", "args": {"n": 1}},
              "b": {"capability": "act", "args": {"n": 2}, "needs": ["a"]},
              "c": {"capability": "act", "args": {"n": 3}, "needs": ["a"]},
              "d": {"capability": "act", "args": {"n": 4}, "needs": ["b", "c"]},
              "x": {"capability": "work", "needs": ["d"]}}}
            """
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(diamond)
        var failing: Dispatch?
        while failing == nil {
            for dispatch in scenario.takeDispatches() {
                if dispatch.capability == "work" {
                    failing = dispatch
                } else {
                    scenario.succeed(dispatch, "{\"id\": 1}")
                }
            }
        }
        scenario.fail(try #require(failing), CompensationTests.broken)
        var waves: [[String]] = []
        while true {
            let wave = scenario.takeDispatches()
            guard !wave.isEmpty else { break }
            waves.append(wave.map(\.subtask.label).sorted())
            for dispatch in wave { scenario.succeed(dispatch) }
        }
        #expect(waves == [["d/undo"], ["b/undo", "c/undo"], ["a/undo"]])
        #expect(scenario.outcome(run)?.outcome == .compensated)
    }

    @Test("A run that is cancelled is undone too, and ends cancelled")
    func cancelled() throws {
        var scenario = CompensationTests.swarm()
        let run = try #require(try scenario.submit(CompensationTests.chain))
        scenario.succeed(try #require(scenario.takeDispatches().first), "{\"id\": 5}")
        let second = try #require(scenario.takeDispatches().first)
        scenario.send(.cancelRequested(run, reason: "stop"))
        scenario.send(.returned(second.worker, second.lease))
        let undo = try #require(scenario.takeDispatches().first)
        #expect(undo.subtask.label == "a/undo")
        scenario.send(.cancelRequested(run, reason: "stop!"))
        scenario.succeed(undo)
        #expect(scenario.outcome(run)?.outcome == .cancelled)
    }

    @Test("A call in doubt when its run ends is verified first, and undone when it happened")
    func doubt() throws {
        var scenario = CompensationTests.swarm(verify: true)
        let run = try #require(try scenario.submit(CompensationTests.chain))
        let first = try #require(scenario.takeDispatches().first)
        scenario.send(.cancelRequested(run, reason: "stop"))
        scenario.send(.result(first.worker, first.lease, .cancelled))
        let look = try #require(scenario.takeDispatches().first)
        #expect(look.subtask.label == "a/verify")
        scenario.succeed(look, #"{"happened": true, "result": {"id": 9}}"#)
        let undo = try #require(scenario.takeDispatches().first)
        #expect(undo.text == #"{"id":9,"of":1}"#)
        scenario.succeed(undo)
        #expect(scenario.outcome(run)?.outcome == .cancelled)
    }

    @Test("A call in doubt that nobody can verify waits for a person, also when its run ends")
    func doubtAsked() throws {
        var scenario = CompensationTests.swarm()
        let run = try #require(try scenario.submit(CompensationTests.chain))
        let first = try #require(scenario.takeDispatches().first)
        scenario.kill(first.worker)
        scenario.send(.cancelRequested(run, reason: "stop"))
        #expect(scenario.outcome(run) == nil)
        #expect(scenario.questions == ["r_1/a"])
        #expect(scenario.decide("r_1/a", .didNotHappen) == nil)
        #expect(scenario.outcome(run)?.outcome == .cancelled)
        #expect(scenario.outcome(run)?.standing.isEmpty == true)
    }

    @Test("An undo that fails parks the run and touches nothing that came before it")
    func failed() throws {
        var scenario = CompensationTests.swarm()
        let run = try #require(try scenario.submit(CompensationTests.chain))
        try CompensationTests.breakDown(&scenario)
        scenario.succeed(try #require(scenario.takeDispatches().first))
        let second = try #require(scenario.takeDispatches().first)
        #expect(second.subtask.label == "b/undo")
        scenario.fail(second, CompensationTests.broken)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run) == nil)
        let parked = try #require(scenario.parked(run))
        let standing = parked.standing.map { "\($0.subtask.label) \($0.reason.rawValue)" }
        #expect(standing == ["a blocked", "b compensation_failed"])

        // The cause is mended: the same call is made again, under the same key.
        #expect(scenario.compensate(run) == nil)
        let again = try #require(scenario.takeDispatches().first)
        #expect(again.subtask == second.subtask)
        scenario.succeed(again)
        let last = try #require(scenario.takeDispatches().first)
        #expect(last.subtask.label == "a/undo")
        scenario.succeed(last)
        #expect(scenario.outcome(run)?.outcome == .compensated)
    }

    @Test("What a parked run leaves can be accepted, and the run ends with the list")
    func accepted() throws {
        var scenario = CompensationTests.swarm()
        let run = try #require(try scenario.submit(CompensationTests.chain))
        try CompensationTests.breakDown(&scenario)
        scenario.fail(try #require(scenario.takeDispatches().first), CompensationTests.broken)
        #expect(scenario.compensate(run, accept: true) == nil)
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .compensationFailed)
        #expect(finished.standing.map(\.subtask.label) == ["a", "b", "c"])
        #expect(scenario.compensate(run)?.kind == .notFound)
    }

    @Test("An undo is retried by its own contract, through the loss of its worker")
    func retried() throws {
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(CompensationTests.chain)
        try CompensationTests.breakDown(&scenario)
        let first = try #require(scenario.takeDispatches().first)
        scenario.kill(first.worker)
        scenario.advance(.seconds(5))
        scenario.join(first.worker)
        let second = try #require(scenario.takeDispatches().first)
        #expect(second.subtask == first.subtask)
        scenario.fail(second, Failure(.transient, "busy"))
        scenario.advance(.seconds(5))
        scenario.succeed(try #require(scenario.takeDispatches().first))
        while let undo = scenario.takeDispatches().first { scenario.succeed(undo) }
        #expect(scenario.outcome(run)?.outcome == .compensated)
    }

    @Test("What nothing undoes is listed, and does not keep the rest from being undone")
    func partial() throws {
        let text = """
            {"schema_version": 1, "name": "w", "subtasks": {
              "a": {"capability": "act", "args": {"n": 1}},
              "p": {"capability": "print", "needs": ["a"]},
              "x": {"capability": "work", "needs": ["p"]}}}
            """
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(text)
        scenario.succeed(try #require(scenario.takeDispatches().first), #"{"id": 1}"#)
        scenario.succeed(try #require(scenario.takeDispatches().first))
        scenario.fail(try #require(scenario.takeDispatches().first), CompensationTests.broken)
        scenario.succeed(try #require(scenario.takeDispatches().first))
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .partiallyCompensated)
        #expect(finished.standing.map(\.subtask.label) == ["p"])
        #expect(finished.standing.map(\.reason) == [.noCompensation])
    }

    @Test("A pivot that succeeded confirms itself and what it depends on: none of it is undone")
    func pivot() throws {
        let text = """
            {"schema_version": 1, "name": "w", "subtasks": {
              "a": {"capability": "act", "args": {"n": 1}},
              "p": {"capability": "act", "args": {"n": 2}, "needs": ["a"], "pivot": true},
              "side": {"capability": "act", "args": {"n": 3}},
              "x": {"capability": "work", "needs": ["p", "side"]}}}
            """
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(text)
        while scenario.outcome(run) == nil, let next = scenario.takeDispatchOrNil() {
            switch next.capability {
            case "work": scenario.fail(next, CompensationTests.broken)
            default: scenario.succeed(next, #"{"id": 1}"#)
            }
        }
        let undone = scenario.journal.compactMap { entry -> String? in
            guard case .callAdded(let call) = entry.record else { return nil }
            return call.subtask.label
        }
        #expect(undone == ["side/undo"])
        #expect(scenario.outcome(run)?.outcome == .compensated)
    }

    @Test("A workflow that could neither go on nor back is refused when it is submitted")
    func dangerous() throws {
        let text = """
            {"schema_version": 1, "name": "w", "subtasks": {
              "p": {"capability": "act", "pivot": true},
              "q": {"capability": "act", "pivot": true, "needs": ["p"]}}}
            """
        var scenario = CompensationTests.swarm()
        #expect(try scenario.submit(text) == nil)
        let reason = scenario.takeEffects().compactMap { effect -> Failure? in
            if case .rejected(_, let reason) = effect { reason } else { nil }
        }
        #expect(reason.map(\.kind) == [.validation])
        #expect(reason.first?.message.contains("subtasks.q") == true)
    }

    @Test("abort leaves everything, and lists it")
    func abort() throws {
        let text = CompensationTests.chain.replacing(
            #""capability": "work""#,
            with: #""capability": "work", "on_failure": "abort""#
        )
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(text)
        try CompensationTests.breakDown(&scenario)
        #expect(scenario.takeDispatches().isEmpty)
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .failed)
        #expect(finished.standing.map(\.reason) == [.left, .left, .left])
    }

    @Test("A compensation that needs a result nobody knows is left to a person, by name")
    func unbindable() throws {
        var scenario = CompensationTests.swarm()
        let run = try #require(try scenario.submit(CompensationTests.chain))
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        #expect(scenario.decide("r_1/a", .undo) == nil)
        let parked = try #require(scenario.parked(run))
        #expect(parked.standing.map(\.reason) == [.compensationFailed])
    }

    @Test("Cut after any record and folded, an undo goes on to the same end")
    func everyPrefix() throws {
        var whole = CompensationTests.swarm()
        let run = try #require(try whole.submit(CompensationTests.chain))
        try CompensationTests.breakDown(&whole)
        while let undo = whole.takeDispatches().first { whole.succeed(undo) }
        let start = try #require(
            whole.journal.firstIndex {
                if case .runEnding = $0.record { true } else { false }
            }
        )
        for count in start + 1..<whole.journal.count {
            var scenario = whole.truncated(to: count)
            scenario.restart()
            scenario.send(.configured(try #require(scenario.swarm.topology)))
            for view in scenario.swarm.workerViews {
                let held = scenario.held(by: view.id)
                scenario.join(view.id, resume: held)
            }
            while let (worker, lease) = scenario.allHeld().first {
                scenario.send(.result(worker, lease, .succeeded(.inline(Array("{}".utf8)))))
            }
            #expect(scenario.outcome(run)?.outcome == .compensated, "cut after \(count)")
        }
    }
}
