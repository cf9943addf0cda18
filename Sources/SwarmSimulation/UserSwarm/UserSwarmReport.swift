/// What a user's swarm came to under faults: the answer to "would it hold?".
public struct UserSwarmReport: Codable, Hashable, Sendable {
    /// How many of something there are.
    public struct Count: Codable, Hashable, Sendable {
        /// What is counted.
        public var name: String
        /// How many.
        public var count: Int
    }

    /// How long runs took in virtual time, from the wish to the end, in milliseconds; nil when
    /// none ended.
    public struct Latency: Codable, Hashable, Sendable {
        /// Half of the runs took at most so long.
        public var p50Ms: Double?
        /// 95 % did.
        public var p95Ms: Double?
        /// 99 % did.
        public var p99Ms: Double?

        enum CodingKeys: String, CodingKey {
            case p50Ms = "p50_ms"
            case p95Ms = "p95_ms"
            case p99Ms = "p99_ms"
        }
    }

    /// What became of one subtask of the workflow, over all runs and elements.
    public struct Step: Codable, Hashable, Sendable {
        /// Its name.
        public var subtask: String
        /// What it calls.
        public var capability: String
        /// How often it was handed to a worker.
        public var attempts: Int
        /// How often it succeeded.
        public var succeeded: Int
        /// Attempts for each success; nil without one.
        public var attemptsEach: Double?
        /// Attempts that ended without a result that counts.
        public var failed: Int
        /// How many of these were made good without a person.
        public var recovered: Int
        /// How often a person was asked about it.
        public var questions: Int
        /// How often it was left out.
        public var leftOut: Int
        /// How often another call took its place.
        public var replaced: Int
        /// How often its effect was left standing by a run that did not succeed.
        public var standing: Int

        enum CodingKeys: String, CodingKey {
            case subtask, capability, attempts, succeeded, failed, recovered, questions, replaced,
                standing
            case attemptsEach = "attempts_each"
            case leftOut = "left_out"
        }
    }

    /// A way in which runs did not succeed.
    public struct Breakage: Codable, Hashable, Sendable {
        /// The subtask whose failure ended them; nil when it was none, such as for a deadline.
        public var subtask: String?
        /// What it calls.
        public var capability: String?
        /// The kind of the failure.
        public var failure: String
        /// The rule that gave up, as `swarm show` names it.
        public var rule: String?
        /// One of the messages.
        public var message: String
        /// How many runs.
        public var runs: Int
        /// What would help.
        public var hint: String
        /// A life in which it happened: the command that repeats it.
        public var command: String
    }

    /// A step whose contract leaves something to luck.
    public struct Weakness: Codable, Hashable, Sendable {
        /// The subtask.
        public var subtask: String
        /// What it calls.
        public var capability: String
        /// What the step means for undoing a run, such as `undeclared`.
        public var kind: String
        /// What is missing.
        public var problem: String
        /// What would help.
        public var hint: String
    }

    /// An invariant that was broken: a bug of Swarm itself.
    public struct Broken: Codable, Hashable, Sendable {
        /// The seed of the life.
        public var seed: UInt64
        /// The invariant.
        public var invariant: String
        /// What was seen.
        public var message: String
        /// The command that repeats it.
        public var command: String
    }

    /// What the swarm around the runs went through.
    public struct Surroundings: Codable, Hashable, Sendable {
        /// How often a coordinator began anew.
        public var coordinatorRestarts: Int
        /// How many processes of workers were started, beyond the first of each.
        public var workerRestarts: Int
        /// How often a worker was quarantined.
        public var quarantines: Int
        /// How often a circuit breaker opened.
        public var breakersOpened: Int
        /// How many calls undid another.
        public var undone: Int
        /// How often somebody put a worker back.
        public var released: Int
        /// How often somebody had an undoing tried again.
        public var compensationsRepeated: Int
        /// How many runs were asked for again, because a coordinator died before it answered.
        public var askedAgain: Int
        /// How often a run was refused at first because the workflow's breaker was open.
        public var refused: Int

        enum CodingKeys: String, CodingKey {
            case askedAgain = "asked_again"
            case quarantines, undone, released, refused
            case coordinatorRestarts = "coordinator_restarts"
            case workerRestarts = "worker_restarts"
            case breakersOpened = "breakers_opened"
            case compensationsRepeated = "compensations_repeated"
        }
    }

    /// The swarm.
    public var topology: String
    /// The workflow.
    public var workflow: String
    /// The first seed.
    public var seed: UInt64
    /// How many lives of the swarm the runs were spread over.
    public var lives: Int
    /// The faults, by the names they were asked for.
    public var faults: [String]
    /// The share of calls that went wrong.
    public var rate: Double
    /// Who answered.
    public var operators: UserSwarmOptions.Operators
    /// How many runs there were.
    public var runs = 0
    /// How many of them succeeded, with the right output.
    public var right = 0
    /// The share of the two; 0 without runs.
    public var completion = 0.0
    /// The runs by how they ended; `waiting` for a person, `running` when nothing moved any more.
    public var outcomes: [Count] = []
    /// How many runs asked a person anything.
    public var askedPerson = 0
    /// How many decisions people took.
    public var decisions = 0
    /// Attempts that ended without a result that counts, while their run went on.
    public var failures = 0
    /// How many of these were made good without a person.
    public var recovered = 0
    /// The share of the two; 1 without failures.
    public var recovery = 1.0
    /// The failures by kind.
    public var failureKinds: [Count] = []
    /// How long runs took with the faults.
    public var latency = Latency()
    /// How long the same runs took without.
    public var latencyWithoutFaults = Latency()
    /// What a run cost on average, in US dollars; undone and repeated calls included.
    public var usdEach = 0.0
    /// The same in tokens.
    public var tokensEach = 0.0
    /// What a run cost without faults.
    public var usdEachWithoutFaults = 0.0
    /// The faults that struck, by name.
    public var injected: [Count] = []
    /// What became of each subtask, in the order of the workflow.
    public var steps: [Step] = []
    /// Why runs did not succeed, the most frequent first.
    public var broke: [Breakage] = []
    /// Steps whose contracts leave something to luck.
    public var weaknesses: [Weakness] = []
    /// What happened around the runs.
    public var surroundings = Surroundings(
        coordinatorRestarts: 0,
        workerRestarts: 0,
        quarantines: 0,
        breakersOpened: 0,
        undone: 0,
        released: 0,
        compensationsRepeated: 0,
        askedAgain: 0,
        refused: 0
    )
    /// What the figures rest on.
    public var assumptions: [String] = []
    /// Invariants that were broken.
    public var violations: [Broken] = []
    /// The command that repeats the whole.
    public var command = ""

    enum CodingKeys: String, CodingKey {
        case topology, workflow, seed, lives, faults, rate, operators, runs, right, completion,
            outcomes, decisions, failures, recovered, recovery, latency, injected, steps, broke,
            weaknesses, surroundings, assumptions, violations, command
        case askedPerson = "asked_person"
        case failureKinds = "failure_kinds"
        case latencyWithoutFaults = "latency_without_faults"
        case usdEach = "usd_each"
        case tokensEach = "tokens_each"
        case usdEachWithoutFaults = "usd_each_without_faults"
    }
}
