import SwarmConfig
import SwarmModel
import SwarmSimulation
import Testing

@Suite("A user's own swarm", .onOwnThread)
struct UserSwarmTests {
    @Test(
        "What ships comes out right without faults, and what is made up satisfies its contracts",
        arguments: ["month-end", "package-audit", "loan-reconciliation", "incident-0247"]
    )
    func shipped(name: String) async throws {
        let user = try UserSwarmSamples.shipped(name)
        for made in try user.madeUpResults() {
            let subtask = try #require(user.workflow.subtasks.first { $0.name == made.subtask })
            let contract = try #require(user.plan.offers(of: subtask.capability).first?.contract)
            let returns = try JSONSchema(compiling: #require(contract.returns))
            #expect(returns.validate(made.result).isEmpty, "\(made.subtask): \(made.result)")
        }
        let report = try await UserSwarmCampaign(user, UserSwarmOptions(runs: 12, faults: [])).run()
        #expect(report.violations.isEmpty)
        #expect(report.lives == 2)
        #expect(report.runs == 12)
        #expect(report.right == 12)
        #expect(report.completion == 1)
        #expect(report.recovery == 1)
        #expect(report.broke.isEmpty)
        #expect(report.latency == report.latencyWithoutFaults)
        #expect(report.steps.map(\.subtask) == user.workflow.subtasks.map(\.name))
        #expect(report.steps.allSatisfy { $0.attempts == $0.succeeded })
    }

    @Test("Faults that pass are made good without a person, in every run of what ships")
    func transient() async throws {
        let user = try UserSwarmSamples.shipped("month-end")
        let faults = ["kill", "errors", "crash-coordinator", "disconnect"]
        let report = try await UserSwarmCampaign(
            user,
            UserSwarmOptions(runs: 40, faults: faults.compactMap { UserFault.named($0) })
        ).run()
        #expect(report.violations.isEmpty)
        #expect(report.injected.map(\.name) == faults)
        #expect(report.injected.allSatisfy { $0.count > 0 })
        #expect(report.completion == 1)
        #expect(report.failures > 10)
        #expect(report.recovered == report.failures)
        #expect(report.askedPerson == 0)
        #expect(report.surroundings.coordinatorRestarts > 0)
        #expect(report.surroundings.workerRestarts > 0)
        let slow = try #require(report.latency.p95Ms)
        #expect(try slow > #require(report.latencyWithoutFaults.p95Ms))
    }

    @Test("The same seed gives the same report, however many threads live it")
    func repeatable() async throws {
        let user = try UserSwarmSamples.shipped("month-end")
        let options = UserSwarmOptions(runs: 30, seed: 7)
        let one = try await UserSwarmCampaign(user, options).run()
        var campaign = try UserSwarmCampaign(user, options)
        campaign.threads = 2
        #expect(try await campaign.run() == one)
        var other = options
        other.seed = 8
        #expect(try await UserSwarmCampaign(user, other).run().latency != one.latency)
    }

    @Test("A life is the same alone as among others")
    func lives() async throws {
        let user = try UserSwarmSamples.shipped("month-end")
        var runs: [Int] = []
        var dispatches: [Int] = []
        for (seed, count) in [(3, 20), (3, 10), (4, 10)] as [(UInt64, Int)] {
            let report = try await UserSwarmCampaign(
                user,
                UserSwarmOptions(runs: count, seed: seed)
            ).run()
            runs.append(report.right)
            dispatches.append(report.steps.reduce(0) { $0 + $1.attempts })
        }
        #expect(runs[0] == runs[1] + runs[2])
        #expect(dispatches[0] == dispatches[1] + dispatches[2])
    }

    @Test("Whether a lost call happened is asked of a person, who may be absent")
    func blind() async throws {
        let user = try UserSwarmSamples.single(
            #"{"side_effect": "additive", "idempotent": false, "timeout": "5s"}"#
        )
        let kill = [try #require(UserFault.named("kill"))]
        let attended = try await UserSwarmCampaign(
            user,
            UserSwarmOptions(runs: 40, faults: kill)
        ).run()
        #expect(attended.violations.isEmpty)
        #expect(attended.askedPerson > 0)
        #expect(attended.decisions >= attended.askedPerson)
        #expect(attended.outcomes.allSatisfy { $0.name != "waiting" })
        // A failure that a person had to settle was not made good by the swarm.
        #expect(attended.recovered < attended.failures)

        let alone = try await UserSwarmCampaign(
            user,
            UserSwarmOptions(runs: 40, faults: kill, operators: .absent)
        ).run()
        #expect(alone.violations.isEmpty)
        let waiting = try #require(
            alone.outcomes.first { $0.name == "waiting" },
            "\(alone.outcomes)"
        )
        #expect(waiting.count > 0)
        #expect(alone.decisions == 0)
        #expect(alone.completion < 1)
        let broke = try #require(alone.broke.first)
        #expect(broke.subtask == "work")
        #expect(broke.failure == "waiting")
        #expect(broke.hint.contains("verify_with"))

        let problems = alone.weaknesses.map(\.problem)
        #expect(problems.contains { $0.contains("only a person knows") })
        #expect(problems.contains { $0.contains("nothing undoes it") })
        #expect(alone.weaknesses.allSatisfy { $0.kind == "undeclared" })
    }

    @Test("A call that can be verified needs nobody")
    func verified() async throws {
        let user = try UserSwarmSamples.single(
            """
            {"side_effect": "additive", "idempotent": false, "timeout": "5s",
             "verify_with": "look"}
            """
        )
        let report = try await UserSwarmCampaign(
            user,
            UserSwarmOptions(
                runs: 40,
                faults: [try #require(UserFault.named("kill"))],
                operators: .absent
            )
        ).run()
        #expect(report.violations.isEmpty)
        #expect(report.failures > 0)
        #expect(report.askedPerson == 0)
        #expect(report.completion == 1)
        #expect(report.recovery == 1)
    }

    @Test(
        "Policies of every kind are lived without an invariant breaking",
        arguments: UserSwarmOptions.Operators.allCases
    )
    func rich(operators: UserSwarmOptions.Operators) async throws {
        let user = try RichSwarm.swarm()
        let calm = try await UserSwarmCampaign(user, UserSwarmOptions(runs: 10, faults: [])).run()
        #expect(calm.completion == 1)
        // One plan, 8 bookings at two cents, and a tenth of a cent for each word of advice.
        #expect(abs(calm.usdEach - 0.172) < 0.000_001)
        let report = try await UserSwarmCampaign(
            user,
            UserSwarmOptions(runs: 60, faults: UserFault.all, rate: 0.2, operators: operators)
        ).run()
        #expect(report.violations.isEmpty, "\(report.violations)")
        #expect(report.right > 0)
        #expect(report.broke.count > 2)
        let replaced = report.steps.reduce(0) { $0 + $1.replaced }
        let leftOut = report.steps.reduce(0) { $0 + $1.leftOut }
        #expect(replaced > 0)
        #expect(leftOut > 0)
        #expect(report.surroundings.undone > 0)
        #expect((report.decisions > 0) == (operators == .answers))
        #expect(report.askedPerson > 0)
    }

    @Test("A policy that gives up too soon is named, with what would help and how to see it")
    func hasty() async throws {
        let user = try UserSwarmSamples.single(
            """
            {"side_effect": "read", "idempotent": true, "timeout": "5s",
             "retry_policy": {"max_attempts": 1}}
            """
        )
        let report = try await UserSwarmCampaign(
            user,
            UserSwarmOptions(runs: 40, faults: [try #require(UserFault.named("errors"))], rate: 0.3)
        ).run()
        #expect(report.violations.isEmpty)
        let broke = try #require(report.broke.first)
        #expect(broke.subtask == "work")
        #expect(broke.capability == "act")
        #expect(broke.rule?.hasPrefix("contract.retry") == true)
        #expect(broke.hint.contains("max_attempts"))
        #expect(report.broke.reduce(0) { $0 + $1.runs } == report.runs - report.right)
        #expect(report.weaknesses.contains { $0.problem.contains("its first failure is its last") })

        // The command of a breakage names a life and a run of it; there its end can be read.
        let words = broke.command.split(separator: " ").map(String.init)
        let seed = try #require(UInt64(words[words.count - 3]))
        let run = try #require(RunID(words[words.count - 1]))
        let history = try UserSwarmCampaign(
            user,
            UserSwarmOptions(
                runs: 10,
                seed: seed,
                faults: [try #require(UserFault.named("errors"))],
                rate: 0.3
            )
        ).history(of: run.number)
        #expect(history.contains { $0.contains("run_finished") && $0.contains("outcome") })
        #expect(history.contains { $0.contains("attempt_ended") && $0.contains("it failed") })
    }

    @Test("What a hedge is worth shows in the times, and in what calls cost")
    func hedged() async throws {
        func report(_ hedge: String) async throws -> UserSwarmReport {
            var user = try UserSwarmSamples.single(
                """
                {"side_effect": "read", "idempotent": true, "timeout": "60s",
                 "cost_estimate": {"usd": 0.01, "latency": "100ms"}\(hedge)}
                """
            )
            var agents = user.plan.agents
            agents[0].configuration.replicas = 2
            user.plan = SwarmPlan(topology: user.plan.topology, agents: agents, directory: "/")
            let slow = try #require(UserFault.named("slow"))
            return try await UserSwarmCampaign(
                user,
                UserSwarmOptions(runs: 200, faults: [slow], rate: 0.2)
            ).run()
        }
        let plain = try await report("")
        let hedged = try await report(#", "hedge": {"after": "300ms", "max": 1}"#)
        #expect(plain.violations.isEmpty && hedged.violations.isEmpty)
        #expect(plain.right == plain.runs && hedged.right == hedged.runs)
        // A slow call takes fifty times as long, and its copy is as likely slow as any other.
        let before = try #require(plain.latency.p95Ms)
        let after = try #require(hedged.latency.p95Ms)
        #expect(after < before / 2)
        #expect(plain.steps.first?.attemptsEach == 1)
        #expect(hedged.usdEach > plain.usdEach)
        #expect(hedged.failures == 0)
    }

    @Test("What a report advises helps")
    func advice() async throws {
        var user = try UserSwarmSamples.shipped("month-end")
        let options = UserSwarmOptions(
            runs: 40,
            faults: [try #require(UserFault.named("bad-output"))]
        )
        let before = try await UserSwarmCampaign(user, options).run()
        #expect(before.broke.first?.hint.hasPrefix("give its agent \"replicas\": 2") == true)
        var agents = user.plan.agents
        for position in agents.indices { agents[position].configuration.replicas = 2 }
        user.plan = SwarmPlan(
            topology: user.plan.topology,
            agents: agents,
            directory: user.plan.directory
        )
        let after = try await UserSwarmCampaign(user, options).run()
        #expect(after.violations.isEmpty)
        #expect(after.right > before.right + 5)
    }

    @Test(
        "A mistake of the shell is an invariant that broke, so the checks mean something",
        arguments: [ShellMistake.effectsFirst, .lostBatch]
    )
    func planted(mistake: ShellMistake) async throws {
        let user = try UserSwarmSamples.shipped("month-end")
        var options = UserSwarmOptions(
            runs: 40,
            faults: [try #require(UserFault.named("crash-coordinator"))]
        )
        options.mistake = mistake
        let report = try await UserSwarmCampaign(user, options).run()
        let broken = try #require(report.violations.first)
        #expect(broken.command.hasSuffix("--seed \(broken.seed)"))
    }

    @Test("A swarm that fails without any fault is refused, with what to look at")
    func hopeless() async throws {
        var user = try UserSwarmSamples.single(
            #"{"side_effect": "read", "idempotent": true, "timeout": "1s"}"#
        )
        user.durations["act"] = .seconds(5)
        let campaign = try UserSwarmCampaign(user)
        let problem = await #expect(throws: UserSwarmProblem.self) { try await campaign.run() }
        #expect(problem?.message.contains("even without faults") == true)
        #expect(problem?.hint.contains("--duration") == true)
    }

    @Test("Each kind of fault has one name; the names that seeds use are understood")
    func names() {
        #expect(Set(UserFault.all.map(\.name)).count == UserFault.all.count)
        #expect(UserFault.named("errors") == UserFault.named("fail"))
        #expect(UserFault.named("nonsense") == nil)
        let unbearable = UserFault.all.filter { !UserFault.bearable.contains($0) }
        #expect(unbearable.map(\.name) == ["refusals", "cancel"])
    }
}
