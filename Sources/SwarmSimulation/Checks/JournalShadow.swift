import SwarmCore
import SwarmModel

/// A second opinion on the journal: what the swarm may have written, worked out from the records
/// alone and from what the simulator knows of its own workflows and contracts.
///
/// It hears of a record when the record is durable, so a crash never takes back what it has heard.
/// It shares no code with the core.
struct JournalShadow {
    /// An invariant that a record or an effect broke.
    struct Broken {
        var invariant: String
        var message: String
        var run: UInt64?
    }

    enum Phase: UInt8 {
        case unknown, held, ready, running, waiting, doubtful, succeeded, failed, skipped, cancelled
    }

    /// Why a run has a subtask.
    enum Origin {
        case workflow
        /// It undoes another, by its place.
        case undo(of: Int)
        /// It says whether another happened.
        case verify(of: Int)
        /// A handler asked for it, at this place.
        case delegated(by: Int)
    }

    struct Subtask {
        var definition: Int32
        var item: Int32
        var phase = Phase.unknown
        var attempts: Int32 = 0
        var returns: Int32 = 0
        var lease: UInt64 = 0
        var value: Int64 = 0
        /// When its retry delay ends.
        var retryAt = Instant(microseconds: .min)
        /// When it became ready, as the number of the record that made it so.
        var order: UInt64 = 0
        var index: Int32 = -1
        var origin = Origin.workflow
        /// The attempts before its call was replaced or made anew.
        var attemptsBefore: Int32 = 0
        /// Attempts a person or a tool gave it beyond its policy.
        var granted: Int32 = 0
        var invalid: Int32 = 0
        /// Its lane, when it is not that of its definition.
        var lane: Int32 = -1
        var name = ""
        /// Its position among the delegated calls of its run; -1 when it is none.
        var delegated: Int32 = -1
        /// The records that began its first attempt and that ended its last.
        var began: UInt64 = 0
        var ended: UInt64 = 0
        /// Under which coordinator it ended, and with which commit.
        var endedIn = (epoch: 0 as UInt64, commit: 0)
        /// Whether a worker that returned nonsense is avoided for it, and which.
        var avoids = false
        var avoided: Int32 = -1
        /// Whether another call took the place of its first.
        var isReplaced = false
        /// Whether an attempt may have happened, and nobody has found out since.
        var isDoubted = false
        /// Whether a person, a tool or a late word said what became of a call in doubt.
        var isDecided = false

        /// Whether the end of its run does not reach it.
        var isProtected: Bool {
            switch origin {
            case .workflow, .delegated: false
            case .undo, .verify: true
            }
        }
    }

    struct Group {
        /// The first of its subtasks among those of the run; -1 before they exist.
        var base: Int32 = -1
        var count: Int32 = 0
        var succeeded: Int32 = 0
        var released: Int32 = 0
        var skipped: Int32 = 0
        var isComplete = false
        var isDue = false
        /// Whether something it needs was left out.
        var isMissing = false

        var isSkipped: Bool { count > 0 && skipped == count }
    }

    struct Run {
        enum State { case live, ending, finished }

        var workflow: Int
        var state = State.live
        var deadline: Instant?
        var subtasks: [Subtask] = []
        var groups: [Group]
        /// The place of a subtask among ``subtasks``, by the index the core gave it.
        var places: [Int32] = []
        var incomplete: Int
        var running = 0
        /// How it must end, once it is ending.
        var outcome: RunOutcome?
        var undoes = true
        /// When it began to end, and with which commit.
        var ending = (at: Instant(microseconds: 0), commit: 0)
        /// Whether a person decided to leave what it did.
        var isAborted = false
        var isParked = false
        /// Places of calls, by the index the core gave them.
        var calls: [Int32: Int32] = [:]
        var delegated: [Delegated] = []
        /// Which delegated call each request is about.
        var requests: [CallReference: Int32] = [:]
        var refused: [CallReference] = []
        /// Arguments of those that may delegate, by place.
        var arguments: [Int: [UInt8]] = [:]
        /// Whether it was stopped because it went round in circles.
        var isLoop = false
        var isWrappingUp = false
        var spending = Spending()
        /// What was listed as left standing when it finished.
        var standing: [Int32] = []
    }

    struct Lease {
        enum State: UInt8 { case live, revoked, ended }

        var state = State.live
        var run: UInt64
        var place: Int32
        var worker: Int32
        var capability: Int32
        var semaphores: UInt64
        var deadline: Instant
        var dispatched: Instant
        var probes: [BreakerTarget] = []
        /// The generations its breakers had when it was given: of the tool, of the agent.
        var generations: (tool: UInt64, agent: UInt64) = (1, 1)
        /// Whether its worker was asked to stop.
        var isCalledOff = false
        /// Whether its breakers have been told how it ended.
        var isCounted = false
        /// Whether its worker waits for calls it delegated.
        var isParked = false
        /// What its handler has asked for, by number from 1.
        var asked: [PlannedCall] = []
    }

    /// Something that waits for a person.
    struct Question {
        var run: UInt64
        var place: Int
        var label: String
        var doubt: Doubt
    }

    struct Worker {
        var phase = WorkerPhase.stopped
        var incarnation: UInt64 = 0
        var credit = 0
        var held = 0
        var isRetired = true
        var isReplaced = false
        /// When it came into its phase.
        var since = Instant(microseconds: .min)
        var restarts: [Instant] = []
        var restartAt: Instant?
        var semaphores: UInt64 = 0
        var agent: Int
    }

    /// Subtasks with the same needs: when one of them can run, it must not lie about.
    struct Lane {
        var capability: Int
        var agent: Int?
        var semaphores: UInt64
        /// Run, place and priority of each that is ready, in no order.
        var ready: [Waiting] = []
    }

    struct Waiting {
        var run: UInt64
        var place: Int32
        var priority: Int
        var order: UInt64
        var since: Instant
    }

    let scenario: Scenario
    var breakers: [BreakerTarget: Breaker] = [:]
    /// Breakers something was counted at since the last rest.
    var counted: [BreakerTarget] = []
    /// When the coordinator last began or went on; before it, nothing could be on time.
    var resumed = Instant(microseconds: .min)
    /// How many times records became durable; their effects run before the next time.
    var commits = 0
    /// The worker that ended last.
    var lastEnded = -1
    var questions: [Question] = []
    var runs: [Run] = []
    var leases: [Lease] = []
    var workers: [Worker]
    var lanes: [Lane] = []
    /// The lane of each definition of each workflow.
    var laneOf: [[Int]] = []
    var permits: [Int]
    var holders: [Int]
    var workflowOf: [Digest: Int] = [:]
    var workerPositions: [WorkerID: Int] = [:]
    var plan: SwarmPlan?
    var isStopping = false
    var epoch: UInt64 = 0
    var order: UInt64 = 0
    /// The moment of the record that is taken in.
    var moment = Instant(microseconds: 0)

    private(set) var records = 0
    var finishedRuns = 0
    var succeededRuns = 0
    var liveRuns = 0
    var dispatches = 0
    var successes = 0
    var coverage = Coverage()
    /// Whether workers give subtasks back, so that one may really come back a hundred times.
    var givesBack = false
    /// Live leases whose handlers have delegated.
    var awaiting: [UInt64] = []
    /// Runs that must have begun to end when the coordinator rests.
    var mustEnd: [Int] = []
    /// What retries of each capability have taken and successes have not given back.
    var tokensSpent: [Int: Int] = [:]
    /// Whether anything limits what is spent.
    let spends: Bool
    /// Leases that were taken back while their workers have them, and under which coordinator and
    /// with which commit.
    var takenBack: [(lease: UInt64, epoch: UInt64, commit: Int)] = []
    /// Memory that is used again and again.
    var scratch: [UInt8] = []

    init(scenario: Scenario) {
        self.scenario = scenario
        let budgets =
            [scenario.plan.topology.coordinator.limits.runBudget]
            + scenario.plan.agents.map(\.configuration.budget)
            + scenario.workflows.map(\.workflow.budget)
        spends = scenario.spending != nil || budgets.contains { $0 != nil }
        workers = scenario.agentOf.map { Worker(agent: $0) }
        let semaphores = scenario.plan.topology.semaphores
        permits = semaphores.map(\.permits)
        holders = Array(repeating: 0, count: semaphores.count)
        for (position, worker) in scenario.workers.enumerated() {
            workerPositions[worker] = position
        }
        for (number, workflow) in scenario.workflows.enumerated() {
            workflowOf[workflow.digest] = number
            laneOf.append([])
            for definition in workflow.definitions {
                let mask = definition.semaphores.reduce(0) { $0 | 1 << UInt64($1) } as UInt64
                let known = lanes.firstIndex {
                    $0.capability == definition.capability && $0.agent == definition.agent
                        && $0.semaphores == mask
                }
                if known == nil {
                    lanes.append(
                        Lane(
                            capability: definition.capability,
                            agent: definition.agent,
                            semaphores: mask
                        )
                    )
                }
                laneOf[number].append(known ?? lanes.count - 1)
            }
        }
    }

    // MARK: What others ask

    /// Which workflow a run executes.
    func workflow(of run: UInt64) -> Int { runs[Int(run) - 1].workflow }

    /// The definition and element of a subtask.
    func place(of subtask: SubtaskID) -> (definition: Int, item: Int)? {
        guard subtask.run.number > 0, subtask.run.number <= UInt64(runs.count) else { return nil }
        let run = Int(subtask.run.number) - 1
        if let place = runs[run].calls[subtask.index] {
            let call = runs[run].subtasks[Int(place)]
            guard call.name == subtask.name else { return nil }
            let subject = subject(of: call, in: run)
            return (Int(subject.definition), Int(subject.item))
        }
        let workflow = scenario.workflows[runs[run].workflow]
        guard let definition = workflow.positions[subtask.name] else { return nil }
        return (definition, Int(subtask.item ?? -1))
    }

    /// The subtask that a call undoes or verifies; itself, when it does neither.
    func subject(of call: Subtask, in run: Int) -> Subtask {
        switch call.origin {
        case .workflow, .delegated: call
        case .undo(let place), .verify(let place): runs[run].subtasks[place]
        }
    }

    /// The index of the subtask that a call is about.
    func subjectIndex(run: UInt64, index: Int32) -> Int32 {
        guard let place = runs[Int(run) - 1].calls[index] else { return index }
        return subject(of: runs[Int(run) - 1].subtasks[Int(place)], in: Int(run) - 1).index
    }

    /// Takes in the next durable record.
    mutating func take(_ record: Record, at time: Instant, world: borrowing World) -> Broken? {
        records += 1
        order += 1
        moment = time
        switch record {
        case .opened(let epoch, _): return opened(epoch)
        case .configured(let plan): configured(plan)
        case .stopping: isStopping = true
        case .stopped: isStopping = true
        case .workflowRegistered(let digest, _):
            guard workflowOf[digest] != nil else {
                return Broken(invariant: "I4", message: "a workflow nobody submitted", run: nil)
            }
        case .runSubmitted(let submitted): return runSubmitted(submitted)
        case .runEnding(let ending): return runEnding(ending)
        case .runFinished(let finished): return runFinished(finished, world)
        case .subtaskExpanded(let expanded): return self.expanded(expanded)
        case .subtaskReady(let subtask): return becameReady(subtask, at: time)
        case .subtaskDispatched(let dispatched): return self.dispatched(dispatched, world, at: time)
        case .subtaskStarted(let subtask, let lease, let worker):
            return holds(lease, subtask, worker, "started")
        case .subtaskSucceeded(let succeeded): return self.succeeded(succeeded, world)
        case .attemptEnded(let ended): return attemptEnded(ended, world, at: time)
        case .leaseReleased(let lease, let worker): return released(lease, worker)
        case .workerLaunching(let worker, let incarnation):
            return launching(worker, incarnation, at: time)
        case .workerLaunched(let worker, _, _):
            modify(worker) { if $0.phase == .launching { $0.phase = .expected } }
        case .workerReady(let ready): return joined(ready)
        case .workerCredit(let worker, let credit): modify(worker) { $0.credit = credit }
        case .workerMoved(let worker, let phase, let reason):
            return moved(worker, phase, because: reason)
        case .workerSignalled(let worker, _, _): modify(worker) { $0.phase = .stopping }
        case .workerExited(let exited): return self.exited(exited, at: time)
        default: return takeGovernance(record, at: time)
        }
        return nil
    }

    func broken(_ invariant: String, _ message: String, _ run: UInt64? = nil) -> Broken {
        Broken(invariant: invariant, message: message, run: run)
    }

    mutating func modify(_ worker: WorkerID, _ change: (inout Worker) -> Void) {
        guard let position = workerPositions[worker] else { return }
        change(&workers[position])
    }
}
