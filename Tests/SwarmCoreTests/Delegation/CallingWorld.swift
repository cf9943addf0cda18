import SwarmCore
import SwarmModel
import Testing

/// Workers that call one another at random, and die.
struct CallingWorld {
    var scenario: Scenario
    var run: RunID?
    private(set) var problems: [String] = []
    private var chance: Rewordings
    /// What workers have in hand, and the last number each has used for a call.
    private var open: [(dispatch: Dispatch, calls: UInt64, waits: Bool)] = []
    /// The first answer to each call.
    private var answers: [CallReference: CallAnswer] = [:]
    private var isHealing = false
    private let isMetered: Bool

    static let agents = [
        TestAgent("plan"),
        TestAgent("a", "a", "b", replicas: 2).with { $0.usd = 0.25 },
        TestAgent("post", concurrency: 2).with {
            $0.sideEffect = .additive
            $0.idempotent = false
        },
    ]

    /// Without meter, calls cost nothing; with one, many of them are more than the run may spend.
    init(seed: UInt64, isMetered: Bool) {
        chance = Rewordings(seed: seed)
        self.isMetered = isMetered
        let limits = CallingWorld.limits(isMetered: isMetered, wrapsUp: seed.isMultiple(of: 4))
        scenario = Scenario(agents: CallingWorld.agents) { $0 = limits }
        self.limits = limits
    }

    private let limits: RunLimits

    private static func limits(isMetered: Bool, wrapsUp: Bool) -> RunLimits {
        RunLimits(
            runBudget: isMetered ? Budget(usd: 1.5, calls: 14) : nil,
            onExhausted: wrapsUp ? .wrapUp : .stop,
            repeatThreshold: 1000
        )
    }

    mutating func start() throws {
        run = try scenario.submit(
            #"{"schema_version":1,"name":"w","subtasks":{"all":{"capability":"plan","#
                + #""for_each":[1,2,3],"args":{"path":"${item}"}}}}"#
        )
    }

    mutating func step() throws {
        take()
        switch chance.draw(isHealing ? 12 : 20) {
        case 0..<5: call()
        case 5..<11: answer()
        case 11: scenario.advance(.milliseconds(chance.draw(3000)))
        case 12, 13: kill()
        case 14: restart()
        case 15: askAgain()
        case 16: scenario.advance(.seconds(10))
        default: answer()
        }
        hear()
    }

    /// No more faults; everything that can must end.
    mutating func heal() throws {
        isHealing = true
        for _ in 0..<3000 where scenario.outcome(run) == nil {
            for view in scenario.swarm.workerViews where view.phase == .launching {
                scenario.join(view.id)
            }
            for question in scenario.questions { scenario.decide(question, .happened) }
            take()
            if chance.draw(4) == 0 { scenario.advance(.seconds(1)) }
            answer()
            hear()
        }
    }

    /// Processes end when they are told to.
    private mutating func obeySignals() {
        var told: [(WorkerID, Incarnation)] = []
        scenario.effects.removeAll { effect in
            guard case .signal(let worker, let incarnation, _) = effect else { return false }
            told.append((worker, incarnation))
            return true
        }
        for (worker, incarnation) in told {
            open.removeAll { $0.dispatch.worker == worker }
            scenario.send(.exited(worker, incarnation, .signalled(15)))
        }
    }

    private mutating func take() {
        obeySignals()
        open += scenario.takeDispatches().map { ($0, 0, false) }
        for lease in scenario.takeCancels().keys {
            guard let position = open.firstIndex(where: { $0.dispatch.lease == lease }) else {
                continue
            }
            let dispatch = open.remove(at: position).dispatch
            scenario.send(.result(dispatch.worker, dispatch.lease, .cancelled))
        }
    }

    private mutating func call() {
        guard let position = idle() else { return }
        open[position].calls += 1
        open[position].waits = true
        let capability = chance.pick(["a", "b", "post", "post", "fly"])
        let arguments = "[\(chance.draw(4)),\(open[position].dispatch.depthLeft)]"
        let given = Allowance(microdollars: Int64(chance.draw(8)) * 100_000)
        scenario.call(
            open[position].dispatch,
            open[position].calls,
            capability,
            arguments,
            allowance: isMetered && chance.draw(2) == 0 ? given : nil
        )
    }

    private mutating func answer() {
        guard let position = idle() else { return }
        let dispatch = open.remove(at: position).dispatch
        switch chance.draw(isHealing ? 6 : 9) {
        case 7: scenario.fail(dispatch, Failure(.transient, "busy", retryable: true))
        case 8: scenario.fail(dispatch, Failure(.permission, "no"))
        default:
            let cost = Cost(microdollars: Int64(chance.draw(5)) * 100_000)
            let outcome = AttemptOutcome.succeeded(
                .inline(Array("\(dispatch.lease.number)".utf8))
            )
            scenario.send(
                .result(
                    dispatch.worker,
                    dispatch.lease,
                    outcome,
                    cost: chance.draw(3) == 0 ? nil : cost
                )
            )
        }
    }

    private mutating func askAgain() {
        guard let waiting = open.first(where: { $0.waits }) else { return }
        scenario.call(waiting.dispatch, waiting.calls, "a")
    }

    private mutating func idle() -> Int? {
        let ready = open.indices.filter { !open[$0].waits }
        return ready.isEmpty ? nil : ready[chance.draw(ready.count)]
    }

    private mutating func kill() {
        let views = scenario.swarm.workerViews
        let victim = views[chance.draw(views.count)].id
        open.removeAll { $0.dispatch.worker == victim }
        scenario.kill(victim)
        scenario.advance(.seconds(chance.draw(3)))
        for view in scenario.swarm.workerViews where view.phase == .launching {
            scenario.join(view.id)
        }
    }

    private mutating func restart() {
        take()
        scenario.restart()
        var plan = TestAgent.plan(CallingWorld.agents, semaphores: [])
        plan.topology.coordinator.limits = limits
        scenario.send(.configured(plan))
        for view in scenario.swarm.workerViews where view.process != nil {
            let held = open.filter { $0.dispatch.worker == view.id }.map(\.dispatch.lease)
            scenario.hello(view.id, resume: held)
        }
        for position in open.indices where open[position].waits {
            scenario.call(open[position].dispatch, open[position].calls, "a")
        }
    }

    /// Workers take the answers; two answers to one call must be the same.
    private mutating func hear() {
        if let limit = limits.runBudget?.calls, let run,
            let view = scenario.swarm.view(of: run),
            view.spent.calls + view.reserved.calls > limit
        {
            problems.append("\(view.spent) spent and \(view.reserved) reserved are too much")
        }
        for reply in scenario.takeReplies() {
            let known = answers[reply.request]
            if known == nil { answers[reply.request] = reply.answer }
            if let known, known != reply.answer, reply.failure?.kind != .cancelled {
                problems.append("\(reply.request) got \(known) and then \(reply.answer)")
            }
            let position = open.firstIndex {
                $0.dispatch.lease == reply.request.lease && $0.calls == reply.request.number
            }
            if let position { open[position].waits = false }
        }
    }
}
