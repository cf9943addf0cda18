import Synchronization

/// Many seeds, one after the other and on several threads at once.
public struct Campaign: Sendable {
    /// The seeds to live.
    public var seeds: Range<UInt64>
    /// The kinds of faults that may be drawn.
    public var faults: FaultSet
    /// How many seeds are lived at once.
    public var threads: Int
    /// A mistake the simulated shell makes on purpose.
    public var mistake: ShellMistake?
    /// Whether to go on after the first violation.
    public var goesOn: Bool

    /// A campaign over these seeds.
    public init(
        seeds: Range<UInt64>,
        faults: FaultSet = .all,
        threads: Int = 1,
        mistake: ShellMistake? = nil,
        goesOn: Bool = false
    ) {
        self.seeds = seeds
        self.faults = faults
        self.threads = max(threads, 1)
        self.mistake = mistake
        self.goesOn = goesOn
    }

    /// Lives all seeds, or stops soon after the first violation.
    ///
    /// - Parameter progress: Told now and then how far it has come.
    /// - Returns: What it came to; the same for the same seeds, if it was not stopped early.
    public func run(
        progress: @escaping @Sendable (CampaignReport) -> Void = { _ in }
    ) async -> CampaignReport {
        let shared = Shared(first: seeds.lowerBound)
        let campaign = self
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<threads {
                group.addTask {
                    while let batch = shared.take(through: campaign.seeds.upperBound) {
                        let report = campaign.live(batch, lane: lane)
                        progress(shared.add(report))
                        if !report.failures.isEmpty, !campaign.goesOn { shared.stop() }
                    }
                }
            }
        }
        return shared.report
    }

    /// What the threads have in common.
    private final class Shared: Sendable {
        private let next: Mutex<UInt64>
        private let total = Mutex(CampaignReport())

        init(first: UInt64) { next = Mutex(first) }

        private static let batchSize: UInt64 = 50

        func take(through end: UInt64) -> Range<UInt64>? {
            next.withLock { next in
                guard next < end else { return nil }
                let first = next
                next = end - first > Shared.batchSize ? first + Shared.batchSize : end
                return first..<next
            }
        }

        func stop() { next.withLock { $0 = .max } }

        func add(_ report: CampaignReport) -> CampaignReport {
            total.withLock { total in
                total.add(report)
                return total
            }
        }

        var report: CampaignReport {
            total.withLock { total in
                total.failures.sort { $0.seed < $1.seed }
                return total
            }
        }
    }

    private func live(_ batch: Range<UInt64>, lane: Int) -> CampaignReport {
        var report = CampaignReport()
        for seed in batch {
            TrapNote.set(seed, lane: lane)
            var options = SimulationOptions(seed: seed, faults: faults)
            options.mistake = mistake
            var simulation = Simulation(options)
            report.add(CampaignReport(of: simulation.run(), options: options))
            if !report.failures.isEmpty, !goesOn { break }
        }
        return report
    }
}

/// What a campaign came to.
public struct CampaignReport: Hashable, Sendable {
    /// A seed with a violation.
    public struct Failed: Hashable, Sendable {
        /// The seed.
        public var seed: UInt64
        /// What went wrong.
        public var violation: Violation
    }

    /// How many seeds were lived.
    public var seeds = 0
    /// How many runs ended.
    public var runs = 0
    /// How many of them succeeded.
    public var succeeded = 0
    /// How many subtasks were handed to a worker.
    public var dispatches = 0
    /// How often what the checks are about has happened.
    public var coverage = Coverage()
    /// How many records were journaled.
    public var records = 0
    /// How many messages arrived.
    public var messages = 0
    /// How often a coordinator began.
    public var lives = 0
    /// How many processes were started.
    public var processes = 0
    /// The seeds with a violation, in order.
    public var failures: [Failed] = []

    /// Nothing yet.
    public init() {}

    /// What one seed came to.
    ///
    /// - Parameters:
    ///   - result: What it came to.
    ///   - options: Its options.
    public init(of result: SimulationResult, options: SimulationOptions) {
        seeds = 1
        runs = result.runs
        succeeded = result.succeeded
        dispatches = result.dispatches
        coverage = result.coverage
        records = result.records
        messages = result.messages
        lives = result.lives
        processes = result.processes
        if let violation = result.violation {
            failures = [Failed(seed: options.seed, violation: violation)]
        }
    }

    /// Adds what other seeds came to.
    ///
    /// - Parameter other: What they came to.
    public mutating func add(_ other: CampaignReport) {
        seeds += other.seeds
        runs += other.runs
        succeeded += other.succeeded
        dispatches += other.dispatches
        coverage = coverage + other.coverage
        records += other.records
        messages += other.messages
        lives += other.lives
        processes += other.processes
        failures += other.failures
    }
}
