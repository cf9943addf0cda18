import SwarmCore
import SwarmModel
import Synchronization

/// Many lives of a user's swarm: first without faults, to have something to compare with, then with
/// them.
public struct UserSwarmCampaign: Sendable {
    let user: UserSwarm
    let options: UserSwarmOptions
    let model: UserSwarmModel
    /// How many lives are lived at once.
    public var threads = 1
    /// The words of the command that everything else is repeated with.
    public var command = "swarm simulate"

    /// Prepares the lives.
    ///
    /// - Throws: ``UserSwarmProblem`` when the swarm cannot be lived.
    public init(
        _ user: UserSwarm,
        _ options: UserSwarmOptions = UserSwarmOptions()
    ) throws(UserSwarmProblem) {
        self.user = user
        self.options = options
        model = try UserSwarmModel(user)
    }

    /// Lives them.
    ///
    /// - Parameter progress: Told now and then how many runs there were.
    /// - Returns: What they came to; the same for the same options, whatever the threads.
    /// - Throws: ``UserSwarmProblem`` when not even a run without faults succeeds.
    public func run(
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(UserSwarmProblem) -> UserSwarmReport {
        var report = UserSwarmReport(
            topology: user.plan.topology.name,
            workflow: user.workflow.name,
            seed: options.seed,
            lives: lives.count,
            faults: options.faults.map(\.name),
            rate: options.rate,
            operators: options.operators
        )
        report.command = repeating(options.seed, runs: options.runs)
        report.assumptions = model.assumptions
        report.weaknesses = model.weaknesses(user)
        // Always by the same seed, so that a life is the same alone and among others.
        let first = live(Life(seed: 0, runs: 1), faults: [], usual: 1)
        guard first.violation == nil else {
            report.violations = broken([first])
            return report
        }
        let usual = try usualTime(of: first)
        let before = await liveAll(faults: [], usual: usual, progress: { _ in })
        let after = await liveAll(faults: options.faults, usual: usual, progress: progress)
        report.take(after, model, faults: options.faults)
        report.latencyWithoutFaults = UserSwarmReport.Latency(of: before)
        report.usdEachWithoutFaults = UserSwarmReport.usd(before.flatMap(\.log.runs))
        report.broke = breakages(after)
        report.weaknesses += model.patience(user, after)
        report.violations = broken(before + after)
        return report
    }

    /// What happened in one run of the first life, line by line: inputs, records, effects, and what
    /// befell workers and coordinator meanwhile.
    ///
    /// - Parameter run: Which run, from 1.
    /// - Returns: The lines; none when the life has no such run.
    /// - Throws: ``UserSwarmProblem`` when not even a run without faults succeeds.
    public func history(of run: UInt64) throws(UserSwarmProblem) -> [String] {
        guard let life = lives.first else { return [] }
        let usual = try usualTime(of: live(Life(seed: 0, runs: 1), faults: [], usual: 1))
        var simulation = simulation(of: life, faults: options.faults, usual: usual)
        let marks = ["r_\(run)/", "r_\(run)\"", "r_\(run) ", "-- "]
        // What the journal says, and what happened outside; not what follows from the former.
        let lines = simulation.runTraced().lines.filter { !$0.contains(" ms  do   ") }
        guard run <= simulation.shadow.runs.count else { return [] }
        let concerned = lines.indices.filter { line in
            marks.contains { lines[line].contains($0) }
        }
        let own = concerned.filter { !lines[$0].contains("-- ") }
        guard let first = own.first, let last = own.last else { return [] }
        return concerned.filter { $0 >= first && $0 <= last }.map { lines[$0] }
    }

    /// How long a run takes when nothing goes wrong.
    private func usualTime(of life: LifeSummary) throws(UserSwarmProblem) -> Int64 {
        if let refusal = life.log.refusal {
            throw UserSwarmProblem(
                "the coordinator refuses the workflow: \(refusal.message)",
                hint: "`swarm config check` says more"
            )
        }
        guard let run = life.log.runs.first, let ended = run.ended else {
            throw UserSwarmProblem(
                "a run does not end, even without faults",
                hint: "look for a capability that no agent of the topology may take"
            )
        }
        guard run.outcome == .succeeded else {
            let why = run.broke.map { "\($0.subtask): \($0.message)" } ?? run.failure?.message
            throw UserSwarmProblem(
                "a run ends as \(run.outcomeName), even without faults: \(why ?? "")",
                hint: "if calls take longer than their timeout or their run may, say how long "
                    + "they take with --duration"
            )
        }
        return max(ended - run.asked, 1_000)
    }

    // MARK: Lives

    /// One life to be lived.
    struct Life {
        var seed: UInt64
        var runs: Int
    }

    var lives: [Life] {
        let size = UserSwarmOptions.runsOfLife
        return stride(from: 0, to: options.runs, by: size).map { first in
            Life(
                seed: options.seed &+ UInt64(first / size),
                runs: min(size, options.runs - first)
            )
        }
    }

    private func liveAll(
        faults: [UserFault],
        usual: Int64,
        progress: @escaping @Sendable (Int) -> Void
    ) async -> [LifeSummary] {
        let shared = Shared(lives)
        let campaign = self
        TrapNote.set(command: "\(command) --runs \(UserSwarmOptions.runsOfLife)")
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<min(max(threads, 1), lives.count) {
                group.addTask {
                    while let (position, life) = shared.take() {
                        TrapNote.set(life.seed, lane: lane)
                        let summary = campaign.live(life, faults: faults, usual: usual)
                        progress(shared.add(summary, at: position))
                    }
                }
            }
        }
        return shared.summaries
    }

    /// What the threads have in common.
    private final class Shared: Sendable {
        private let lives: [Life]
        private let next = Mutex(0)
        private let done = Mutex<(summaries: [LifeSummary?], runs: Int)>(([], 0))

        init(_ lives: [Life]) {
            self.lives = lives
            done.withLock { $0.summaries = Array(repeating: nil, count: lives.count) }
        }

        func take() -> (position: Int, life: Life)? {
            next.withLock { next in
                guard next < lives.count else { return nil }
                defer { next += 1 }
                return (next, lives[next])
            }
        }

        /// Keeps what a life came to; gives how many runs there were so far.
        func add(_ summary: LifeSummary, at position: Int) -> Int {
            done.withLock { done in
                done.summaries[position] = summary
                done.runs += summary.runCount
                return done.runs
            }
        }

        /// In the order of the lives, whoever lived them.
        var summaries: [LifeSummary] { done.withLock { $0.summaries.compactMap(\.self) } }
    }

    /// One life: a swarm starts, and asks for a run whenever the one before could have ended.
    func live(_ life: Life, faults: [UserFault], usual: Int64) -> LifeSummary {
        var simulation = simulation(of: life, faults: faults, usual: usual)
        let result = simulation.run()
        var log = simulation.log ?? LifeLog(model.workflow)
        for run in simulation.waitingRuns {
            log.waits(run, isParked: simulation.shadow.runs[run].isParked)
        }
        return LifeSummary(
            seed: life.seed,
            runCount: life.runs,
            log: log,
            violation: log.refusal == nil ? result.violation : nil,
            restarts: result.lives - 1,
            launches: max(result.processes - simulation.scenario.workers.count, 0)
        )
    }

    private func simulation(of life: Life, faults: [UserFault], usual: Int64) -> Simulation {
        var shell = SimulationOptions(seed: life.seed)
        shell.mistake = options.mistake
        var simulation = Simulation(
            shell,
            model.scenario(
                life,
                usual: usual,
                sudden: faults.map(\.kind).filter { UserSwarmModel.sudden.contains($0) },
                options
            ),
            FaultPlan(faults, rate: options.rate)
        )
        simulation.log = LifeLog(model.workflow)
        return simulation
    }

    func repeating(_ seed: UInt64, runs: Int) -> String {
        "\(command) --runs \(runs) --seed \(seed)"
    }

    private func broken(_ lives: [LifeSummary]) -> [UserSwarmReport.Broken] {
        lives.compactMap { life in
            life.violation.map {
                UserSwarmReport.Broken(
                    seed: life.seed,
                    invariant: $0.invariant,
                    message: $0.message,
                    command: repeating(life.seed, runs: life.runCount)
                )
            }
        }
    }
}

extension UserSwarmModel {
    /// The kinds that strike by themselves, whatever the swarm does.
    static let sudden: [FaultKind] = [
        .kill, .stop, .disconnect, .partition, .crash, .freeze, .cancel,
    ]

    /// One life of it.
    ///
    /// A run is asked for when the one before could have ended, and not before 15 s
    /// have passed, so that the swarm can recover.
    func scenario(
        _ life: UserSwarmCampaign.Life,
        usual: Int64,
        sudden: [FaultKind],
        _ options: UserSwarmOptions
    ) -> Scenario {
        var workers: [WorkerID] = []
        var agentOf: [Int] = []
        for (position, agent) in plan.agents.enumerated() {
            for id in agent.configuration.instances {
                workers.append(id)
                agentOf.append(position)
            }
        }
        let spacing = max(usual, 15_000_000)
        // The swarm has a second to come up.
        let begin: Int64 = 1_000_000
        let deadline =
            workflow.workflow.limits.deadline ?? plan.topology.coordinator.limits.runDeadline
        let runs = (0..<life.runs).map {
            Scenario.PlannedRun(at: begin + Int64($0) * spacing, workflow: 0, cancelAfter: nil)
        }
        return Scenario(
            plan: plan,
            otherPlan: plan,
            capabilities: capabilities,
            capabilityPositions: capabilityPositions,
            workers: workers,
            agentOf: agentOf,
            workflows: [workflow],
            runs: runs,
            begin: 1_767_225_600_000_000,
            calmAfter: begin + Int64(life.runs) * spacing + max(10 * spacing, 60_000_000),
            seed: life.seed,
            user: UserSwarmLife(
                operators: options.operators,
                visits: 30_000_000,
                sudden: sudden,
                strikes: sudden.isEmpty
                    ? [] : strikes(runs, seed: life.seed, usual: usual, rate: options.rate),
                patience: 3_600_000_000 + 2 * deadline.wholeMicroseconds,
                limitsHolds: plan.topology.semaphores.contains { $0.maxHold != nil }
            )
        )
    }

    /// When something strikes: while a run that nothing disturbs would go on, once for each run and
    /// minute of it at the usual rate.
    private func strikes(
        _ runs: [Scenario.PlannedRun],
        seed: UInt64,
        usual: Int64,
        rate: Double
    ) -> [Int64] {
        var random = SimulationRandom(seed: seed, stream: 6)
        let each = rate / 0.1 * max(Double(usual) / 60_000_000, 1)
        var strikes: [Int64] = []
        for run in runs {
            let whole = Int(min(each, 10_000))
            let count = whole + (random.perMille(Int((each - Double(whole)) * 1000)) ? 1 : 0)
            for _ in 0..<count { strikes.append(run.at + Int64(random.below(Int(usual)))) }
        }
        return strikes
    }
}
