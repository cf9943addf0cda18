import SwarmModel

/// What one life of a user's swarm came to.
struct LifeSummary {
    var seed: UInt64
    var runCount: Int
    var log: LifeLog
    var violation: Violation?
    var restarts: Int
    var launches: Int
}

extension UserSwarmReport {
    /// Adds everything up.
    mutating func take(_ lives: [LifeSummary], _ model: UserSwarmModel, faults: [UserFault]) {
        let all = lives.flatMap(\.log.runs)
        runs = all.count
        right = all.count { $0.outcome == .succeeded }
        completion = runs > 0 ? Double(right) / Double(runs) : 0
        outcomes = UserSwarmReport.counts(all.map(\.outcomeName))
        askedPerson = all.count { $0.questions > 0 }
        decisions = all.reduce(0) { $0 + $1.decisions }
        failures = lives.reduce(0) { $0 + $1.log.failures }
        recovered = lives.reduce(0) { $0 + $1.log.recovered }
        recovery = failures > 0 ? Double(recovered) / Double(failures) : 1
        failureKinds = FailureKind.allCases.compactMap { kind in
            let count = lives.reduce(0) { $0 + ($1.log.failureKinds[kind] ?? 0) }
            return count > 0 ? Count(name: kind.rawValue, count: count) : nil
        }.sorted { $0.count > $1.count }
        latency = Latency(of: lives)
        usdEach = UserSwarmReport.usd(all)
        tokensEach =
            runs > 0
            ? Double(all.reduce(0 as Int64) { $0 + $1.cost.tokens }) / Double(runs) : 0
        injected = faults.map { fault in
            Count(
                name: fault.name,
                count: lives.reduce(0) { $0 + $1.log.count(of: fault.kind) }
            )
        }
        steps = model.workflow.definitions.indices.map { position in
            step(position, lives.map { $0.log.steps[position] }, model)
        }
        surroundings = Surroundings(
            coordinatorRestarts: lives.reduce(0) { $0 + $1.restarts },
            workerRestarts: lives.reduce(0) { $0 + $1.launches },
            quarantines: lives.reduce(0) { $0 + $1.log.quarantines },
            breakersOpened: lives.reduce(0) { $0 + $1.log.openings },
            undone: lives.reduce(0) { $0 + $1.log.undone },
            released: lives.reduce(0) { $0 + $1.log.releases },
            compensationsRepeated: lives.reduce(0) { $0 + $1.log.compensations },
            askedAgain: runs - lives.reduce(0) { $0 + $1.runCount },
            refused: lives.reduce(0) { $0 + $1.log.refusals }
        )
    }

    private func step(
        _ position: Int,
        _ parts: [LifeLog.Step],
        _ model: UserSwarmModel
    ) -> Step {
        func sum(_ field: KeyPath<LifeLog.Step, Int>) -> Int {
            parts.reduce(0) { $0 + $1[keyPath: field] }
        }
        let definition = model.workflow.definitions[position]
        let attempts = sum(\.attempts)
        let succeeded = sum(\.succeeded)
        return Step(
            subtask: definition.name,
            capability: model.capabilities[definition.capability].name,
            attempts: attempts,
            succeeded: succeeded,
            attemptsEach: succeeded > 0 ? Double(attempts) / Double(succeeded) : nil,
            failed: sum(\.failed),
            recovered: sum(\.recovered),
            questions: sum(\.questions),
            leftOut: sum(\.leftOut),
            replaced: sum(\.replaced),
            standing: sum(\.standing)
        )
    }

    /// How often each of these occurs, the most frequent first, in the order they come.
    static func counts(_ names: [String]) -> [Count] {
        var counts: [Count] = []
        for name in names {
            if let known = counts.firstIndex(where: { $0.name == name }) {
                counts[known].count += 1
            } else {
                counts.append(Count(name: name, count: 1))
            }
        }
        return counts.sorted { $0.count > $1.count }
    }

    /// What a run cost on average.
    static func usd(_ runs: [LifeLog.Run]) -> Double {
        guard !runs.isEmpty else { return 0 }
        let total = runs.reduce(0 as Int64) { $0 + $1.cost.microdollars }
        return Double(total) / 1_000_000 / Double(runs.count)
    }
}

extension UserSwarmReport.Latency {
    /// The percentiles of the runs that ended, by nearest rank.
    init(of lives: [LifeSummary]) {
        let times = lives.flatMap(\.log.runs).compactMap { run in
            run.ended.map { $0 - run.asked }
        }.sorted()
        func rank(_ percent: Int) -> Double? {
            guard !times.isEmpty else { return nil }
            let position = (times.count * percent + 99) / 100 - 1
            return Double(times[max(position, 0)]) / 1000
        }
        p50Ms = rank(50)
        p95Ms = rank(95)
        p99Ms = rank(99)
    }
}

extension LifeLog.Run {
    /// How it ended, or what it waits for.
    var outcomeName: String {
        if let outcome {
            return outcome == .failed && failure?.kind == .deadlineExceeded
                ? FailureKind.deadlineExceeded.rawValue : outcome.rawValue
        }
        return waitsFor ?? "running"
    }
}
