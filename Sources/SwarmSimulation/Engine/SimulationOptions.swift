/// What a simulation is asked to do; with the code, it decides everything that happens.
public struct SimulationOptions: Hashable, Sendable {
    /// Where all chance comes from.
    public var seed: UInt64
    /// The kinds of faults that may be drawn.
    public var faults: FaultSet
    /// The most runs of a swarm life.
    public var maximumRuns: Int
    /// The most subtasks a workflow is drawn with.
    public var maximumSubtasks: Int
    /// The most instances of an agent.
    public var maximumReplicas: Int
    /// When faults end at the latest, in microseconds from the beginning.
    public var horizon: Int64
    /// A mistake the simulated shell makes on purpose, to see that it is caught.
    public var mistake: ShellMistake?

    /// A simulation with every kind of fault and the usual sizes.
    public init(seed: UInt64, faults: FaultSet = .all) {
        self.seed = seed
        self.faults = faults
        maximumRuns = 8
        maximumSubtasks = 160
        maximumReplicas = 3
        horizon = 60_000_000
    }

    /// The command that repeats it.
    public var command: String {
        let usual = SimulationOptions(seed: seed)
        var words = ["swarm simulate --seed \(seed)"]
        if faults != usual.faults {
            let names = faults.kinds.map(\.rawValue).joined(separator: ",")
            words.append("--faults \(names.isEmpty ? "none" : names)")
        }
        if maximumRuns != usual.maximumRuns { words.append("--max-runs \(maximumRuns)") }
        if maximumSubtasks != usual.maximumSubtasks {
            words.append("--max-subtasks \(maximumSubtasks)")
        }
        if maximumReplicas != usual.maximumReplicas {
            words.append("--max-replicas \(maximumReplicas)")
        }
        if horizon != usual.horizon { words.append("--horizon \(horizon / 1000)ms") }
        if let mistake { words.append("--mistake \(mistake.rawValue)") }
        return words.joined(separator: " ")
    }
}

/// A bug in the simulated shell, planted to show that the checks see it.
public enum ShellMistake: String, Hashable, Sendable, CaseIterable {
    /// Effects run when they are decided, before their records are durable.
    case effectsFirst = "effects-first"
    /// A commit that failed counts as done.
    case ignoredDisk = "ignored-disk"
    /// A restart leaves out the last batch of the journal.
    case lostBatch = "lost-batch"
    /// A restart forgets the timers.
    case forgottenWake = "forgotten-wake"
    /// Processes that ended while no coordinator ran are not looked for.
    case unwatched
}

/// Where an invariant was broken.
public struct Violation: Hashable, Sendable {
    /// Which invariant, such as `I8`.
    public var invariant: String
    /// What was seen, in one sentence.
    public var message: String
    /// When, in microseconds from the beginning.
    public var time: Int64
    /// The run concerned, if one is.
    public var run: UInt64?

    /// A broken invariant.
    public init(_ invariant: String, _ message: String, time: Int64, run: UInt64? = nil) {
        self.invariant = invariant
        self.message = message
        self.time = time
        self.run = run
    }
}

/// What one simulated swarm life came to.
public struct SimulationResult: Hashable, Sendable {
    /// The invariant that was broken, if one was.
    public var violation: Violation?
    /// How many runs ended.
    public var runs = 0
    /// How many of them succeeded.
    public var succeeded = 0
    /// How many subtasks were handed to a worker.
    public var dispatches = 0
    /// How many subtasks succeeded.
    public var subtasks = 0
    /// How often what the checks are about has happened.
    public var coverage = Coverage()
    /// How many records were journaled.
    public var records = 0
    /// How many messages arrived.
    public var messages = 0
    /// How many times the coordinator began.
    public var lives = 0
    /// How many processes of workers were started.
    public var processes = 0
    /// The virtual time it took, in microseconds.
    public var duration: Int64 = 0
    /// A digest of the journal.
    public var journalHash: UInt64 = 0
    /// A digest of all messages, with their times.
    public var messageHash: UInt64 = 0
}
