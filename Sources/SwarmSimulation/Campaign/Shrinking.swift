/// Finds the smallest history that still breaks the same invariant.
public struct Shrinking {
    /// The options of that history.
    public private(set) var options: SimulationOptions
    /// What it comes to.
    public private(set) var result: SimulationResult
    /// How many histories were tried.
    public private(set) var attempts = 0

    /// Shrinks a failing history: fault kinds off, then less of everything, then healing sooner.
    ///
    /// - Parameter options: Options whose history breaks an invariant; else nothing is shrunk.
    public init(_ options: SimulationOptions) {
        self.options = options
        var simulation = Simulation(options)
        result = simulation.run()
        guard result.violation != nil else { return }
        // Only what was drawn can be left out.
        leave(FaultSet(simulation.faults.kinds.kinds))
        for kind in self.options.faults.kinds { leave(self.options.faults.without(kind)) }
        for runs in [1, 2, 3, 4, 6] { attempt { $0.maximumRuns = min(runs, $0.maximumRuns) } }
        for size in [6, 12, 24, 48, 96] {
            attempt { $0.maximumSubtasks = min(size, $0.maximumSubtasks) }
        }
        for replicas in [1, 2] {
            attempt { $0.maximumReplicas = min(replicas, $0.maximumReplicas) }
        }
        for _ in 0..<6 { attempt { $0.horizon /= 2 } }
        for kind in self.options.faults.kinds { leave(self.options.faults.without(kind)) }
    }

    private mutating func leave(_ faults: FaultSet) { attempt { $0.faults = faults } }

    /// Keeps a change if the same invariant still breaks.
    private mutating func attempt(_ change: (inout SimulationOptions) -> Void) {
        var candidate = options
        change(&candidate)
        guard candidate != options else { return }
        attempts += 1
        var simulation = Simulation(candidate)
        let found = simulation.run()
        guard found.violation?.invariant == result.violation?.invariant else { return }
        options = candidate
        result = found
    }

    /// The failure as a person reads it: what broke, the command that repeats it, and what the
    /// journal and the messages say of the run concerned, last.
    ///
    /// - Parameter limit: How many lines of history to show.
    /// - Returns: The lines.
    public func report(lines limit: Int = 40) -> [String] {
        guard let violation = result.violation else { return ["nothing is wrong"] }
        var simulation = Simulation(options)
        let history = simulation.runTraced().lines
        let marks = violation.run.map { ["r_\($0)/", "r_\($0),", "r_\($0) ", "r_\($0)\"", "-- "] }
        let concerned = history.filter { line in
            guard let marks else { return true }
            return marks.contains { line.contains($0) }
        }
        return [
            "\(violation.invariant) at \(violation.time / 1000) ms: \(violation.message)",
            "repeat it with: \(options.command)",
            "the last \(min(limit, concerned.count)) of \(concerned.count) lines of its history:",
        ] + concerned.suffix(limit).map { "  " + String($0.prefix(400)) }
    }
}
