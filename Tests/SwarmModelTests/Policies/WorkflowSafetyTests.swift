import SwarmModel
import Testing

@Suite("What is refused because a run could neither go on nor back")
struct WorkflowSafetyTests {
    /// One capability of each kind, all offered by agent `bank`; `look` by `desk` too.
    private static func plan(_ change: (inout SwarmPlan) -> Void = { _ in }) throws -> SwarmPlan {
        func contract(
            _ name: String,
            _ sideEffect: SideEffect,
            idempotent: Bool = false,
            _ compensation: CompensationPolicy = .undeclared
        ) -> CapabilityContract {
            CapabilityContract(
                name: name,
                parameters: true,
                sideEffect: sideEffect,
                idempotent: idempotent,
                compensation: compensation
            )
        }
        let undo = CompensationPolicy.call(Compensation(capability: "release", args: [:]))
        func agent(_ name: String, _ contracts: [CapabilityContract]) throws -> AgentPlan {
            AgentPlan(
                configuration: AgentConfiguration(name: name, manifest: "agent.json"),
                manifest: AgentManifest(name: name, exec: ["./a"], capabilities: contracts),
                manifestDigest: try #require(Digest(Array(repeating: 0, count: 32))),
                directory: "/"
            )
        }
        let bank = try agent(
            "bank",
            [
                contract("look", .read), contract("put", .additive, idempotent: true),
                contract("hold", .additive, undo),
                contract("release", .destructive, idempotent: true),
                contract("pay", .destructive, CompensationPolicy.none),
                contract("note", .additive),
                contract("hold_twice", .additive, idempotent: true, undo),
            ]
        )
        var plan = SwarmPlan(
            topology: Topology(name: "t", agents: []),
            agents: [bank, try agent("desk", [contract("look", .read)])],
            directory: "/"
        )
        change(&plan)
        return plan
    }

    private func findings(
        _ subtasks: String,
        _ extra: String = "",
        in plan: SwarmPlan? = nil
    ) throws -> [SafetyFinding] {
        let text = #"{"schema_version":1,"name":"w","subtasks":{\#(subtasks)}\#(extra)}"#
        let workflow = try Workflow(json: JSON(parsing: text))
        return WorkflowSafety(try plan ?? Self.plan())
            .findings(in: workflow, order: try DependencyOrder(of: workflow))
    }

    /// Rule and place of each finding.
    private func rules(
        _ subtasks: String,
        _ extra: String = "",
        in plan: SwarmPlan? = nil
    ) throws -> [String] {
        try findings(subtasks, extra, in: plan).map { "\($0.rule.rawValue) \($0.path)" }
    }

    @Test("Compensatable steps, one pivot, then steps that are safe to repeat: nothing to say")
    func saga() throws {
        let found = try rules(
            """
            "hold":{"capability":"hold"},
            "note":{"capability":"note"},
            "pay":{"capability":"pay","pivot":true,"needs":["hold","note"]},
            "put":{"capability":"put","needs":["pay"]},
            "twice":{"capability":"hold_twice","needs":["put"]},
            "look":{"capability":"look","needs":["put"],"finally":true}
            """
        )
        #expect(found == [])
    }

    @Test("The kind of a step follows from its contract")
    func kinds() throws {
        let plan = try Self.plan()
        let kinds = plan.agents[0].manifest.capabilities.map {
            "\($0.name) \($0.stepKind.rawValue)"
        }
        #expect(
            kinds == [
                "look read_only", "put retriable", "hold compensatable", "release retriable",
                "pay irreversible", "note undeclared", "hold_twice compensatable",
            ]
        )
    }

    @Test("A second pivot on a path is refused, however far away; side by side two are fine")
    func pivots() throws {
        let chain = """
            "pay":{"capability":"pay","pivot":true},
            "look":{"capability":"look","needs":["pay"]},
            "put":{"capability":"put","args":{"x":"${look}"}},
            "again":{"capability":"pay","pivot":true,"needs":["put"]}
            """
        #expect(try rules(chain) == ["second_pivot subtasks.again.pivot"])
        let sides = """
            "a":{"capability":"pay","pivot":true},"b":{"capability":"pay","pivot":true},
            "end":{"capability":"put","needs":["a","b"]}
            """
        #expect(try rules(sides) == [])
    }

    @Test(
        "After a pivot a step must be safe to repeat",
        arguments: [
            ("hold", false), ("note", false), ("pay", false), ("put", true), ("look", true),
        ]
    )
    func afterPivot(capability: String, isFine: Bool) throws {
        let found = try rules(
            """
            "buy":{"capability":"pay","pivot":true},
            "then":{"capability":"\(capability)","needs":["buy"]},
            "last":{"capability":"\(capability)","needs":["buy"],"finally":true}
            """
        )
        let refused = [
            "after_pivot subtasks.then.capability", "after_pivot subtasks.last.capability",
        ]
        #expect(found == (isFine ? [] : refused))
    }

    @Test("What cannot be undone or repeated is refused unless it is the pivot")
    func irreversible() throws {
        let found = try findings(#""pay":{"capability":"pay"}"#)
        #expect(
            found == [
                SafetyFinding(
                    .irreversible,
                    at: ["subtasks", "pay", "capability"],
                    "its capability, \"pay\", is destructive, not safe to repeat, and its contract "
                        + "says that nothing undoes it",
                    hint: "add \"pivot\": true, the point of no return of the run, or name its "
                        + "\"compensation\""
                )
            ]
        )
    }

    @Test("A pivot that fans out is a warning, unless each of its calls may be repeated")
    func fanOut() throws {
        let found = try findings(
            #""pay":{"capability":"pay","pivot":true,"for_each":[1,2]}"#
        )
        #expect(found.map(\.rule) == [.pivotFansOut])
        #expect(found.map(\.rule.isWarning) == [true])
        #expect(try rules(#""put":{"capability":"put","pivot":true,"for_each":[1,2]}"#) == [])
    }

    @Test("A fallback is held to the same rules, whichever level names it")
    func fallbacks() throws {
        let steps = """
            "buy":{"capability":"pay","pivot":true},
            "put":{"capability":"put","needs":["buy"]
            """
        #expect(
            try rules(steps + #","on_failure":{"fallback":{"capability":"note"}}}"#)
                == ["after_pivot subtasks.put.on_failure.fallback.capability"]
        )
        #expect(
            try rules(steps + #","on_failure":{"fallback":{"capability":"look","agent":"desk"}}}"#)
                == []
        )
        #expect(
            try rules(steps + #","on_failure":{"fallback":{"capability":"put","agent":"desk"}}}"#)
                == ["unknown_fallback subtasks.put.on_failure.fallback.agent"]
        )
        #expect(
            try rules(
                steps + #","on_failure":"skip"}"#,
                #","failure":{"on_failure":{"fallback":{"capability":"none_such"}}}"#
            ) == ["unknown_fallback failure.on_failure"]
        )
        let plan = try Self.plan { plan in
            plan.agents[0].manifest.capabilities[1].onFailure = .fallback(
                Fallback(capability: "hold")
            )
        }
        #expect(try rules(steps + "}", in: plan) == ["after_pivot subtasks.put.capability"])
    }

    @Test("What runs at the end is not waited for by what does not, and is no pivot")
    func finally() throws {
        let found = try rules(
            """
            "tell":{"capability":"put","finally":true},
            "end":{"capability":"put","finally":true,"needs":["tell"]},
            "put":{"capability":"look","needs":["tell"]},
            "last":{"capability":"pay","finally":true,"pivot":true}
            """
        )
        #expect(
            found == ["finally_needed subtasks.tell.finally", "finally_pivot subtasks.last.pivot"]
        )
    }

    @Test("A workflow that asks for more than its topology allows is refused, each limit by name")
    func bounds() throws {
        let plan = try Self.plan { plan in
            plan.topology.coordinator.limits.runBudget = Budget(
                usd: 5,
                tokens: 100,
                calls: 10,
                time: .seconds(60)
            )
        }
        let more = """
            ,"budget":{"usd":5.01,"tokens":101,"calls":11,"time":"61s"},
            "limits":{"delegation_depth":5,"children":33,"delegated_subtasks":1001,
            "repeat_threshold":4}
            """
        let look = #""look":{"capability":"look"}"#
        #expect(
            try rules(look, more, in: plan) == [
                "limit_raised budget.usd", "limit_raised budget.tokens",
                "limit_raised budget.calls", "limit_raised budget.time",
                "limit_raised limits.delegation_depth", "limit_raised limits.children",
                "limit_raised limits.delegated_subtasks", "limit_raised limits.repeat_threshold",
            ]
        )
        let same = """
            ,"budget":{"usd":5,"tokens":100,"calls":10,"time":"60s"},
            "limits":{"delegation_depth":4,"children":32,"delegated_subtasks":1000,
            "repeat_threshold":3}
            """
        #expect(try rules(look, same, in: plan) == [])
        #expect(try rules(look, #","budget":{"usd":1000000}"#) == [])
    }

    @Test("Subtasks that are certain to be too many are counted before the run")
    func count() throws {
        let subtasks = #""a":{"capability":"look","for_each":[1,2,3]},"b":{"capability":"look"}"#
        #expect(try rules(subtasks, #","limits":{"max_subtasks":4}"#) == [])
        #expect(
            try rules(subtasks, #","limits":{"max_subtasks":3}"#)
                == ["too_many_subtasks limits.max_subtasks"]
        )
    }

    @Test("Wrapping up with nothing to run is a warning")
    func wrapUp() throws {
        let extra = #","on_exhausted":"wrap_up""#
        #expect(
            try rules(#""a":{"capability":"look"}"#, extra) == ["nothing_to_wrap_up on_exhausted"]
        )
        #expect(try rules(#""a":{"capability":"look","finally":true}"#, extra) == [])
    }

    @Test("A contract that names what nobody offers is refused with the step that uses it")
    func contracts() throws {
        let plan = try Self.plan { plan in
            plan.agents[0].manifest.capabilities.removeAll { $0.name == "release" }
            plan.agents[0].manifest.capabilities[1].verifyWith = "note"
        }
        let found = try rules(
            #""a":{"capability":"hold"},"b":{"capability":"put"},"c":{"capability":"look"}"#,
            in: plan
        )
        #expect(
            found == [
                "unknown_compensation subtasks.a.capability", "unverifiable subtasks.b.capability",
            ]
        )
    }

    @Test("Findings are limited, so that a hostile workflow costs no more than others")
    func limited() throws {
        let subtasks = (0..<300).map { #""s\#($0)":{"capability":"pay"}"# }
        let found = try findings(subtasks.joined(separator: ","))
        #expect(found.count == WorkflowSafety.findingLimit)
    }

    @Test("A plan tells who offers a capability, of one version and of one agent when asked")
    func offers() throws {
        let plan = try Self.plan { plan in
            plan.agents[1].manifest.capabilities[0].version = "2.1.0"
        }
        func agents(_ capability: String, _ agent: String? = nil) -> [String] {
            plan.offers(of: capability, by: agent).map(\.agent)
        }
        #expect(agents("look") == ["bank", "desk"])
        #expect(agents("look@1") == ["bank"])
        #expect(agents("look@2.1") == ["desk"])
        #expect(agents("look@2.10") == [])
        #expect(agents("look", "desk") == ["desk"])
        #expect(agents("look@1", "desk") == [])
        #expect(agents("none_such") == [])
    }

    @Test("A capability nobody is known to offer says nothing about the step")
    func unknown() throws {
        let workflow = try Workflow(
            json: JSON(
                parsing: #"{"schema_version":1,"name":"w","subtasks":{"a":{"capability":"pay"}}}"#
            )
        )
        let safety = WorkflowSafety(limits: RunLimits(), failure: FailurePolicy()) { _, _ in nil }
        #expect(safety.findings(in: workflow, order: try DependencyOrder(of: workflow)) == [])
    }
}
