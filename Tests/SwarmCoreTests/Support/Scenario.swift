import SwarmCore
import SwarmModel
import Testing

/// A swarm and a world around it that does what it is told, one input at a time.
///
/// After each input the records of the step are folded into a second swarm, which must then equal
/// the first: no state may change but by a record.
struct Scenario {
    private(set) var swarm = Swarm()
    private var folded = Swarm()
    var now = Instant(microseconds: 1_700_000_000_000_000)
    private(set) var journal: [(record: Record, time: Instant)] = []
    var effects: [Effect] = []
    private(set) var processes: Int32 = 1000
    private var tokens: UInt64 = 0
    private var sessions: UInt64 = 0
    /// The latest moment the core asked to be called at.
    private var wake: Instant?

    init() {}

    /// A swarm whose workers have all said HELLO.
    init(_ agents: TestAgent..., semaphores: [NamedSemaphore] = []) {
        send(.opened(epoch: 1, seed: 42))
        configure(agents, semaphores: semaphores)
        for view in swarm.workerViews where view.phase == .launching { join(view.id) }
    }

    /// A swarm under this supervision, whose workers have said HELLO as far as dependencies let.
    init(agents: [TestAgent], supervision change: (inout SupervisionPolicy) -> Void) {
        send(.opened(epoch: 1, seed: 42))
        var plan = TestAgent.plan(agents, semaphores: [])
        change(&plan.topology.supervision)
        send(.configured(plan))
        for view in swarm.workerViews where view.phase == .launching { join(view.id) }
    }

    mutating func configure(_ agents: [TestAgent], semaphores: [NamedSemaphore] = []) {
        send(.configured(TestAgent.plan(agents, semaphores: semaphores)))
    }

    /// Starts the process of a worker and has it say HELLO.
    mutating func join(_ worker: WorkerID, resume: [LeaseID] = []) {
        guard let view = view(worker) else { return }
        if view.process == nil {
            processes += 1
            send(
                .launched(
                    worker,
                    view.incarnation,
                    ProcessIdentity(pid: processes, startTime: 1)
                )
            )
        }
        hello(worker, resume: resume)
    }

    mutating func hello(_ worker: WorkerID, resume: [LeaseID] = [], counts: Bool = true) {
        guard let view = view(worker), let agent = swarm.topology?.agent(named: worker.agent)
        else { return }
        sessions += 1
        send(
            .hello(
                worker,
                view.incarnation,
                Greeting(
                    session: sessions,
                    credit: agent.configuration.concurrency,
                    capabilities: agent.manifest.capabilities.map(\.name),
                    resume: resume,
                    sequence: counts ? Int64(sessions) : nil
                )
            )
        )
    }

    /// Tells the core something, and holds it to its records.
    @discardableResult
    mutating func send(_ input: Input) -> Step {
        let step = swarm.handle(input, at: now)
        for record in step.records {
            folded.apply(record, at: now)
            journal.append((record, now))
        }
        #expect(folded == swarm, "state changed without a record on \(input)")
        for effect in step.effects {
            if case .wake(let at) = effect { wake = at } else { effects.append(effect) }
        }
        return step
    }

    /// Lets time pass, with a tick whenever the core asked for one.
    mutating func advance(_ duration: Duration) {
        let end = now + duration
        while let next = takeWake(notAfter: end) {
            now = max(now, next)
            send(.tick)
        }
        now = end
    }

    /// Submits a workflow written as JSON; nil when it was rejected.
    @discardableResult
    mutating func submit(_ text: String, input: String = "{}") throws -> RunID? {
        let workflow = try Workflow(json: JSON(parsing: Array(text.utf8)))
        tokens += 1
        var digest = [UInt8](repeating: 0, count: 32)
        for (place, byte) in text.utf8.enumerated() {
            digest[place % 32] = digest[place % 32] &* 31 &+ byte
        }
        let step = send(
            .submitted(
                Submission(
                    token: tokens,
                    workflow: workflow,
                    digest: try #require(Digest(digest)),
                    input: .inline(Array(input.utf8))
                )
            )
        )
        for effect in step.effects {
            if case .accepted(_, let run) = effect { return run }
        }
        return nil
    }

    /// Everything asked for since the last call, in order.
    mutating func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    /// The dispatches asked for since the last call.
    mutating func takeDispatches() -> [Dispatch] {
        let dispatches = effects.compactMap { effect in
            if case .dispatch(let dispatch) = effect { dispatch } else { nil }
        }
        effects.removeAll { if case .dispatch = $0 { true } else { false } }
        return dispatches
    }

    /// The first of the dispatches asked for, leaving the others.
    mutating func takeDispatchOrNil() -> Dispatch? {
        for (position, effect) in effects.enumerated() {
            guard case .dispatch(let dispatch) = effect else { continue }
            effects.remove(at: position)
            return dispatch
        }
        return nil
    }

    /// The leases a worker was given and, by the journal, has not lost.
    func held(by worker: WorkerID) -> [LeaseID] {
        allHeld().filter { $0.worker == worker }.map(\.lease)
    }

    /// All leases that were given and have not ended.
    func allHeld() -> [(worker: WorkerID, lease: LeaseID)] {
        var held: [(worker: WorkerID, lease: LeaseID)] = []
        for (record, _) in journal {
            switch record {
            case .subtaskDispatched(let dispatch): held.append((dispatch.worker, dispatch.lease))
            case .subtaskSucceeded(let success): held.removeAll { $0.lease == success.lease }
            case .attemptEnded(let end): held.removeAll { $0.lease == end.lease }
            default: break
            }
        }
        return held
    }

    mutating func succeed(_ dispatch: Dispatch, _ result: String = "{}") {
        send(.result(dispatch.worker, dispatch.lease, .succeeded(.inline(Array(result.utf8)))))
    }

    mutating func fail(_ dispatch: Dispatch, _ failure: Failure) {
        send(.result(dispatch.worker, dispatch.lease, .failed(failure)))
    }

    /// Answers every dispatch with its own arguments until nothing is dispatched any more.
    mutating func echoAll() {
        while true {
            let dispatches = takeDispatches()
            guard !dispatches.isEmpty else { return }
            for dispatch in dispatches {
                send(
                    .result(
                        dispatch.worker,
                        dispatch.lease,
                        .succeeded(.inline(dispatch.arguments))
                    )
                )
            }
        }
    }

    func view(_ worker: WorkerID) -> WorkerView? { swarm.workerViews.first { $0.id == worker } }

    func phase(_ worker: String) -> WorkerPhase? {
        WorkerID(worker).flatMap { view($0) }?.phase
    }

    /// How a run ended; nil while it lives.
    func outcome(_ run: RunID?) -> RunFinished? {
        for (record, _) in journal {
            if case .runFinished(let finished) = record, finished.run == run { return finished }
        }
        return nil
    }

    /// The subtasks that wait for a person, in the order they were asked about.
    var questions: [String] {
        var open: [String] = []
        for (record, _) in journal {
            switch record {
            case .attemptEnded(let end):
                if case .ask = end.directive { open.append(end.subtask.description) }
            case .questionAsked(let question): open.append(question.subtask.description)
            case .decided(let decided): open.removeAll { $0 == decided.subtask.description }
            default: break
            }
        }
        return open
    }

    /// Answers the question a subtask waits with; gives back what was wrong with the answer.
    @discardableResult
    mutating func decide(
        _ subtask: String,
        _ decision: Decision,
        result: String? = nil
    ) -> Failure? {
        let parts = subtask.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let run = RunID(parts[0]) else { return nil }
        tokens += 1
        let step = send(
            .decisionMade(
                DecisionMade(
                    token: tokens,
                    run: run,
                    label: String(parts[1]),
                    decision: decision,
                    result: result.map { .inline(Array($0.utf8)) },
                    reason: "a test says so",
                    by: "tester"
                )
            )
        )
        return answer(in: step)
    }

    /// Has a run undone, or what it leaves accepted.
    @discardableResult
    mutating func compensate(_ run: RunID, accept: Bool = false) -> Failure? {
        tokens += 1
        let step = send(
            .compensateRequested(
                CompensateRequest(
                    token: tokens,
                    run: run,
                    accepts: accept,
                    reason: "a test says so",
                    by: "tester"
                )
            )
        )
        return answer(in: step)
    }

    private func answer(in step: Step) -> Failure? {
        for effect in step.effects {
            if case .answered(_, let problem) = effect { return problem }
        }
        Issue.record("nobody answered")
        return nil
    }

    /// Ends the process of a worker by signal 9.
    mutating func kill(_ worker: WorkerID) {
        guard let view = view(worker) else { return }
        send(.exited(worker, view.incarnation, .signalled(9)))
    }

    /// A swarm rebuilt from the journal alone.
    func refolded() -> Swarm {
        var swarm = Swarm()
        for (record, time) in journal { swarm.apply(record, at: time) }
        return swarm
    }

    /// The same world with only the first records of its journal.
    func truncated(to count: Int) -> Scenario {
        var copy = self
        copy.journal = Array(journal.prefix(count))
        copy.effects = []
        copy.wake = nil
        return copy
    }

    /// Goes on with the swarm the journal gives, as a restarted coordinator does.
    mutating func restart() {
        swarm = refolded()
        folded = swarm
        effects = []
        wake = nil
        send(.opened(epoch: 2, seed: 7))
    }

    private mutating func takeWake(notAfter end: Instant) -> Instant? {
        guard let next = wake, next <= end else { return nil }
        wake = nil
        return next
    }
}

/// An agent for tests, with one contract for all its capabilities.
struct TestAgent {
    var name: String
    var capabilities: [String]
    var replicas = 1
    var concurrency = 1
    var sideEffect = SideEffect.none
    var idempotent = true
    var timeout: Duration = .seconds(60)
    var usd = 0.0
    var version = "1.0.0"
    var semaphores: [String] = []
    var restart = RestartPolicy()
    var dependsOn: [AgentDependency] = []
    var attempts = 3
    var budget: Budget?
    /// Last changes to a contract, by its capability.
    var adjust: @Sendable (inout CapabilityContract) -> Void = { _ in }

    init(_ name: String, _ capabilities: String..., replicas: Int = 1, concurrency: Int = 1) {
        self.name = name
        self.capabilities = capabilities.isEmpty ? [name] : capabilities
        self.replicas = replicas
        self.concurrency = concurrency
    }

    func with(_ change: (inout TestAgent) -> Void) -> TestAgent {
        var copy = self
        change(&copy)
        return copy
    }

    private var contracts: [CapabilityContract] {
        capabilities.map { name in
            var contract = CapabilityContract(name: name, parameters: ["type": "object"])
            contract.sideEffect = sideEffect
            contract.idempotent = idempotent
            contract.timeout = timeout
            contract.version = version
            contract.costEstimate.usd = usd
            contract.retryPolicy.maxAttempts = attempts
            adjust(&contract)
            return contract
        }
    }

    static func plan(_ agents: [TestAgent], semaphores: [NamedSemaphore]) -> SwarmPlan {
        let plans = agents.map { agent in
            var configuration = AgentConfiguration(name: agent.name, manifest: "agent.json")
            configuration.replicas = agent.replicas
            configuration.concurrency = agent.concurrency
            configuration.semaphores = agent.semaphores
            configuration.restart = agent.restart
            configuration.dependsOn = agent.dependsOn
            configuration.budget = agent.budget
            let manifest = AgentManifest(
                name: agent.name,
                version: agent.version,
                capabilities: agent.contracts
            )
            return AgentPlan(
                configuration: configuration,
                manifest: manifest,
                manifestDigest: Digest(words: (1, 2, 3, 4)),
                directory: "/agents"
            )
        }
        return SwarmPlan(
            topology: Topology(name: "test", semaphores: semaphores, agents: []),
            agents: plans,
            directory: "/"
        )
    }
}

extension Dispatch {
    /// The arguments as text.
    var text: String { String(decoding: arguments, as: UTF8.self) }
}

extension Payload {
    /// The bytes as text.
    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
}
