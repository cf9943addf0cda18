import SwarmCore
import SwarmJournal
import SwarmModel

/// One simulated life of a swarm: the real core and the real journal encoding, with everything
/// around them made up from one seed, in virtual time.
///
/// First any faults the seed allows, and nothing wrong may happen (safety). Then everything heals,
/// and everything must come to an end in bounded time (liveness).
public struct Simulation {
    let options: SimulationOptions
    let scenario: Scenario
    var faults: FaultPlan
    /// Virtual time in microseconds since the beginning.
    var now: Int64 = 0
    var events = EventQueue<SimulationEvent>()
    /// Chance of the network, of the disk and of what comes from outside.
    var network: SimulationRandom
    var disk: SimulationRandom
    var outside: SimulationRandom

    var coordinator: CoordinatorModel
    var store = StoreModel()
    var processes: [ProcessModel] = []
    /// The process of each worker that was started last.
    var current: [Int32]
    var world: World
    var shadow: JournalShadow
    var workerPositions: [WorkerID: Int] = [:]

    var result = SimulationResult()
    var messageHash = HistoryHash()
    /// Whether faults have ended.
    var isCalm = false
    /// When it is over, once everything that was asked for has ended.
    private var endsAt: Int64?
    /// Runs not yet submitted, or submitted and not known to have been accepted.
    var unanswered = 0
    var submitted: [UInt64: Int] = [:]
    var lastToken: UInt64 = 0
    /// Whether readable traces are kept, for a history that failed.
    var trace: SimulationTrace?

    /// What a report on a user's swarm is made of; nil when nobody asks for one.
    var log: LifeLog?
    /// How many events have come at this very moment.
    private var standing = 0
    /// No swarm has this much to do at one moment.
    private static let standingLimit = 1_000_000

    /// Draws the scenario and the faults of a seed.
    public init(_ options: SimulationOptions) {
        var drawing = SimulationRandom(seed: options.seed, stream: 2)
        let faults = FaultPlan(allowed: options.faults, random: &drawing)
        self.init(options, Scenario(options: options, faults: faults), faults)
    }

    /// A life of this scenario, however it was made.
    init(_ options: SimulationOptions, _ scenario: Scenario, _ faults: FaultPlan) {
        self.options = options
        self.faults = faults
        self.scenario = scenario
        network = SimulationRandom(seed: options.seed, stream: 3)
        disk = SimulationRandom(seed: options.seed, stream: 4)
        outside = SimulationRandom(seed: options.seed, stream: 5)
        coordinator = CoordinatorModel(workers: scenario.workers.count)
        current = Array(repeating: -1, count: scenario.workers.count)
        world = World()
        shadow = JournalShadow(scenario: scenario)
        shadow.givesBack = faults.kinds.contains(.giveback)
        for (position, worker) in scenario.workers.enumerated() {
            workerPositions[worker] = position
        }
    }

    /// Lives it to the end and keeps what happened, to be read.
    public mutating func runTraced() -> (result: SimulationResult, lines: [String]) {
        trace = SimulationTrace()
        let result = run()
        return (result, trace?.lines ?? [])
    }

    /// Lives it to the end.
    public mutating func run() -> SimulationResult {
        events.add(.beginCoordinator, at: 0)
        for run in scenario.runs.indices {
            events.add(.submit(Int32(run)), at: scenario.runs[run].at)
            unanswered += 1
        }
        for moment in scenario.user?.strikes ?? (faults.kinds == [] ? [] : [faults.interval]) {
            events.add(.fault, at: moment)
        }
        events.add(.calm, at: scenario.calmAfter)
        if let user = scenario.user { events.add(.attend, at: user.visits) }
        while result.violation == nil, let next = events.removeFirst() {
            standing = next.time > now ? 0 : standing + 1
            now = next.time
            guard standing < Simulation.standingLimit else {
                fail("I22", "the swarm is busy without end at one moment")
                break
            }
            handle(next.event)
            guard isFinished else { continue }
            // For a while yet, what runs have left behind may turn up.
            let until = endsAt ?? now + 5_000_000
            endsAt = until
            if isCalm || scenario.user != nil || now >= until { break }
        }
        finish()
        return result
    }

    /// Whether everything that was asked for has been answered and has ended.
    private var isFinished: Bool {
        log?.isStuck == true
            || unanswered == 0 && shadow.liveRuns == unattendedRuns && coordinator.isUp
                && coordinator.pending.isEmpty
                && store.isIdle
    }

    private mutating func finish() {
        if result.violation == nil, !isFinished {
            fail(
                "I20",
                "the swarm has nothing more to do, and \(shadow.liveRuns) runs have not ended"
            )
        }
        if result.violation == nil { compareWithJournal() }
        if result.violation == nil { checkEnd() }
        result.runs = shadow.finishedRuns
        result.succeeded = shadow.succeededRuns
        result.dispatches = shadow.dispatches
        result.subtasks = shadow.successes
        result.coverage = shadow.coverage
        result.records = shadow.records
        result.lives = Int(coordinator.life)
        result.processes = processes.count
        result.duration = now
        result.journalHash = store.hash.value
        result.messageHash = messageHash.value
    }

    /// Notes the first invariant that breaks; what comes after it proves nothing.
    mutating func fail(_ invariant: String, _ message: String, run: UInt64? = nil) {
        guard result.violation == nil else { return }
        result.violation = Violation(invariant, message, time: now, run: run)
    }

    private mutating func handle(_ event: SimulationEvent) {
        switch event {
        case .toCoordinator(let process, let connection, let word):
            arriveAtCoordinator(process, connection, word)
        case .toWorker(let process, let connection, let word):
            guard !isDeferred(process, event) else { return }
            arriveAtWorker(Int(process), connection, word)
        case .turn(let life): turn(life)
        case .committed(let life): committed(life)
        case .wake(let life, let number): wake(life, number)
        case .liveness(let life): checkLiveness(life)
        case .beginCoordinator: beginCoordinator()
        case .resumeCoordinator(let life): resumeCoordinator(life)
        case .exitSeen(let process): exitSeen(Int(process))
        case .processBegins(let process):
            guard !isDeferred(process, event) else { return }
            processBegins(Int(process))
        case .handlerActs(let process, let handler):
            guard !isDeferred(process, event) else { return }
            handlerActs(Int(process), Int(handler))
        case .handlerEnds(let process, let handler):
            guard !isDeferred(process, event) else { return }
            handlerEnds(Int(process), Int(handler))
        case .handlerCalls(let process, let handler):
            guard !isDeferred(process, event) else { return }
            handlerCalls(Int(process), Int(handler))
        case .beat(let process, let connection):
            guard !isDeferred(process, event) else { return }
            beat(Int(process), connection)
        case .reconnect(let process):
            guard !isDeferred(process, event) else { return }
            connect(Int(process))
        case .orphaned(let process):
            guard !isDeferred(process, event) else { return }
            checkOrphan(Int(process))
        case .drainEnds(let process):
            guard !isDeferred(process, event) else { return }
            drainEnds(Int(process))
        case .die(let process, let status): die(Int(process), status)
        case .resume(let process): resumeProcess(Int(process))
        case .submit(let run): submit(Int(run))
        case .cancelRun(let run): cancelRun(run)
        case .fault: strike()
        case .calm: calm()
        case .attend: scenario.user == nil ? attend() : attendUserSwarm()
        case .mendLink(let process): processes[Int(process)].cutUntil = 0
        }
    }

    /// A stopped process does nothing now; all that should have happened happens when it goes on.
    private mutating func isDeferred(_ process: Int32, _ event: SimulationEvent) -> Bool {
        guard processes[Int(process)].isAlive else { return true }
        guard processes[Int(process)].isStopped else { return false }
        processes[Int(process)].deferred.append(event)
        return true
    }

    /// Puts something ahead, so many microseconds from now.
    mutating func after(_ delay: Int64, _ event: SimulationEvent) {
        events.add(event, at: now + max(delay, 0))
    }
}
