import SwarmCore
import SwarmModel
import Testing

/// Random histories of workers that are slow, fail, die and come back, with everything on that has
/// a say in routing: breakers, hedges, retry tokens, semaphores with limits, priorities.
///
/// `Scenario` holds every step to its records. Beyond that no history may trap, no call may be with
/// more workers than it may, and once all is well every run must end and every permit be free.
@Suite("Histories of routing")
struct RoutingHistoryTests {
    private struct Dice {
        var state: UInt64

        mutating func roll(_ count: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return Int((mixed ^ (mixed >> 31)) % UInt64(count))
        }

        mutating func pick<Value>(_ values: [Value]) -> Value { values[roll(values.count)] }
    }

    private static let hedgeLimit = 2

    private static func agents(_ dice: inout Dice) -> [TestAgent] {
        ["x", "y"].map { name in
            let threshold = 1 + dice.roll(4)
            let rate: Double? = dice.roll(2) == 0 ? nil : 0.4
            let probes = 1 + dice.roll(3)
            let probeTimeout: Duration? = dice.roll(2) == 0 ? nil : .seconds(3)
            let hedges = dice.roll(3) > 0
            let tokens = dice.pick([0, 20, 500])
            return TestAgent(name, "a", "b", replicas: 1 + dice.roll(3), concurrency: 2).with {
                $0.attempts = 3
                $0.timeout = .seconds(20)
                $0.semaphores = name == "x" ? ["llm"] : []
                $0.adjust = {
                    $0.circuitBreaker = PartialCircuitBreakerPolicy(
                        errorThreshold: threshold,
                        recoveryTimeout: .seconds(5),
                        halfOpenCalls: probes,
                        errorRate: rate,
                        minimumCalls: 2,
                        maxRecoveryTimeout: .seconds(20),
                        probeTimeout: probeTimeout
                    )
                    $0.retryBudget = PartialRetryBudgetPolicy(tokens: tokens)
                    if hedges { $0.hedge = HedgePolicy(after: .seconds(2), maximum: hedgeLimit) }
                }
            }
        }
    }

    private static func workflow(_ dice: inout Dice) -> String {
        var subtasks: [String] = []
        for number in 0..<(2 + dice.roll(5)) {
            var members = [#""capability":"\#(dice.pick(["a", "b"]))""#]
            let semaphores = dice.pick([[], [], ["disk"], ["net"], ["disk", "net"]])
            if !semaphores.isEmpty {
                let names = semaphores.map { "\"\($0)\"" }.joined(separator: ",")
                members.append(#""semaphores":[\#(names)]"#)
            }
            if dice.roll(3) == 0 { members.append(#""priority":\#(dice.roll(20) - 10)"#) }
            if number > 0, dice.roll(2) == 0 {
                members.append(#""needs":["s\#(dice.roll(number))"]"#)
            }
            if dice.roll(6) == 0 { members.append(#""on_unavailable":"fail""#) }
            if dice.roll(6) == 0 { members.append(#""on_failure":"skip""#) }
            subtasks.append(#""s\#(number)":{\#(members.joined(separator: ","))}"#)
        }
        let name = dice.pick(["one", "two"])
        return
            #"{"schema_version":1,"name":"\#(name)","subtasks":{\#(subtasks.joined(separator: ","))}}"#
    }

    private static let kinds: [FailureKind] = [
        .transient, .transient, .timeout, .unavailable, .internal, .rateLimited, .validation,
    ]

    /// What must have happened often enough for the histories to prove anything.
    private struct Seen {
        var hedges = 0
        var yields = 0
        var moves: [BreakerState: Int] = [:]
        var trials = 0
        var blocked = 0
        var waitedTooLong = 0
        var refusedRetries = 0
    }

    @Test("No history traps, oversteps a limit, or leaves anything behind")
    func histories() throws {
        var seen = Seen()
        for seed in 0..<20 as Range<UInt64> { try Self.history(seed, &seen) }
        #expect(seen.hedges > 20 && seen.yields > 20)
        for state in [BreakerState.open, .halfOpen, .closed] {
            #expect(seen.moves[state, default: 0] > 20)
        }
        #expect(seen.trials > 20 && seen.blocked > 5)
        #expect(seen.waitedTooLong > 0 && seen.refusedRetries > 5)
    }

    private static func history(_ seed: UInt64, _ seen: inout Seen) throws {
        var dice = Dice(state: seed)
        let agents = agents(&dice)
        let semaphores = [
            NamedSemaphore(name: "disk", permits: 1 + dice.roll(2), maxWait: .seconds(20)),
            NamedSemaphore(name: "net", permits: 1 + dice.roll(2), maxHold: .seconds(9)),
            NamedSemaphore(name: "llm", permits: 1 + dice.roll(3)),
        ]
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: seed))
        scenario.configure(agents, semaphores: semaphores)
        var open: [Dispatch] = []
        var runs: [RunID] = []
        for _ in 0..<120 {
            for view in scenario.swarm.workerViews where view.phase == .launching {
                scenario.join(view.id)
            }
            open += scenario.takeDispatches()
            for view in scenario.swarm.workerViews { #expect(view.held <= max(view.credit, 2)) }
            for view in scenario.swarm.semaphoreViews { #expect(view.held <= view.permits) }
            let call = open.isEmpty ? nil : open.remove(at: dice.roll(open.count))
            switch (dice.roll(20), call) {
            case (0..<4, _):
                if let call { open.append(call) }
                if let run = try scenario.submit(workflow(&dice)) { runs.append(run) }
            case (4..<9, let call?): scenario.succeed(call)
            case (9..<14, let call?): scenario.fail(call, Failure(dice.pick(kinds), "no"))
            case (14, let call?): scenario.kill(call.worker)
            case (15, let call?): scenario.send(.returned(call.worker, call.lease))
            case (16, let call?): scenario.send(.vanished(call.worker))
            case (17, let call?) where dice.roll(3) == 0:
                scenario.send(.cancelRequested(call.subtask.run, reason: "no longer needed"))
            case (18, _):
                if let call { open.append(call) }
                order(dice.pick([.open, .close]), dice.pick(scenario.swarm.workerViews), &scenario)
            default:
                if let call { open.append(call) }
                scenario.advance(dice.pick([.milliseconds(300), .seconds(2), .seconds(7)]))
            }
        }
        settle(&scenario, open, runs)
        for run in runs { #expect(scenario.outcome(run) != nil, "\(run), seed \(seed)") }
        #expect(scenario.swarm.workerViews.allSatisfy { $0.held == 0 }, "seed \(seed)")
        #expect(scenario.swarm.semaphoreViews.allSatisfy { $0.held == 0 }, "seed \(seed)")
        note(scenario.journal.map(\.record), &seen)
    }

    private static func order(
        _ command: BreakerCommand,
        _ worker: WorkerView,
        _ scenario: inout Scenario
    ) {
        scenario.send(
            .breakerCommanded(
                BreakerOrder(
                    token: 1,
                    target: .agent(worker.id),
                    command: command,
                    reason: "chance",
                    by: "dice"
                )
            )
        )
    }

    /// Counts what a journal shows, and that no subtask was with more workers than it may be.
    private static func note(_ records: [Record], _ seen: inout Seen) {
        var copies: [SubtaskID: Int] = [:]
        for record in records {
            switch record {
            case .subtaskDispatched(let dispatch):
                copies[dispatch.subtask, default: 0] += 1
                #expect(copies[dispatch.subtask, default: 0] <= 1 + hedgeLimit)
                if dispatch.isHedge { seen.hedges += 1 }
                seen.trials += dispatch.probes.count
            case .subtaskSucceeded(let success):
                #expect(copies[success.subtask] == 1)
                copies[success.subtask] = 0
            case .attemptEnded(let end):
                if end.lease != nil { copies[end.subtask, default: 0] -= 1 }
                if end.directive == .yield { seen.yields += 1 }
                if end.rule.contains("max_wait") { seen.waitedTooLong += 1 }
                if end.rule.contains("retry_budget") { seen.refusedRetries += 1 }
            case .breakerMoved(let move): seen.moves[move.state, default: 0] += 1
            case .subtaskBlocked: seen.blocked += 1
            default: break
            }
        }
    }

    /// Lets all go well from now on, for as long as it may take.
    private static func settle(
        _ scenario: inout Scenario,
        _ open: [Dispatch],
        _ runs: [RunID]
    ) {
        var open = open
        for view in scenario.swarm.workerViews { order(.close, view, &scenario) }
        for round in 0..<400 {
            for view in scenario.swarm.workerViews {
                switch view.phase {
                case .launching, .expected: scenario.join(view.id)
                case .lost: scenario.send(.back(view.id))
                case .stopping: scenario.kill(view.id)
                case .quarantined: scenario.send(.released(view.id))
                default: break
                }
            }
            let calls = open + scenario.takeDispatches()
            for call in calls { scenario.succeed(call) }
            open = scenario.takeDispatches()
            scenario.advance(.seconds(5))
            let isQuiet = scenario.swarm.workerViews.allSatisfy { $0.held == 0 }
            if round % 8 == 7, isQuiet, runs.allSatisfy({ scenario.swarm.view(of: $0) == nil }) {
                return
            }
        }
    }
}
