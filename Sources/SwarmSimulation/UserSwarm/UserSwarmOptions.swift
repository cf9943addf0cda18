/// How a user's swarm is tried.
public struct UserSwarmOptions: Hashable, Sendable {
    /// Who answers questions and puts quarantined workers back.
    public enum Operators: String, Hashable, Sendable, CaseIterable, Codable {
        /// Somebody looks after the swarm every 30 s, and tells the truth.
        case answers
        /// Nobody; what waits for a person waits.
        case absent
    }

    /// How many runs.
    public var runs: Int
    /// Where all chance comes from; the first life has this seed, the next one more.
    public var seed: UInt64
    /// The kinds of faults.
    public var faults: [UserFault]
    /// The share of calls that go wrong, above 0 and at most 1.
    public var rate: Double
    /// Who answers.
    public var operators: Operators
    /// A mistake the simulated shell makes on purpose, to see that it is caught.
    public var mistake: ShellMistake?

    /// The most runs.
    public static let runLimit = 1_000_000
    /// How many runs one life of the swarm has.
    public static let runsOfLife = 10

    /// A hundred runs under everything a swarm should bear.
    public init(
        runs: Int = 100,
        seed: UInt64 = 1,
        faults: [UserFault] = UserFault.bearable,
        rate: Double = 0.1,
        operators: Operators = .answers
    ) {
        self.runs = runs
        self.seed = seed
        self.faults = faults
        self.rate = rate
        self.operators = operators
    }
}
