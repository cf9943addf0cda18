import SwarmModel

/// The circuit breakers of a swarm: one for each capability at each worker, one for each worker,
/// and one for each workflow that has run.
struct BreakerTable: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let target: BreakerTarget
        var breaker: CircuitBreaker
        /// Whether outcomes are counted at all; an operator can open it even so.
        var isCounting: Bool
        /// The share of calls that failed lately, in 65,536ths: a moving average, each call
        /// weighing an eighth.
        private var errorRate: Int64 = 0
        private var lastFailure = Instant(microseconds: 0)
        /// When a worker was last lost with calls in its hands.
        var lastLoss: Instant?

        init(_ target: BreakerTarget, _ breaker: CircuitBreaker, isCounting: Bool) {
            self.target = target
            self.breaker = breaker
            self.isCounting = isCounting
        }

        var isClosed: Bool { breaker.state == .closed || breaker.state == .disabled }

        /// Whether a success would change nothing.
        var isUntroubled: Bool {
            errorRate == 0 && breaker.state == .closed && !breaker.settings.countsSuccesses
        }

        /// The share of calls that failed lately, halved for each half minute without a failure:
        /// what is passed over for its errors could otherwise never show that it has mended.
        func errorRate(at now: Instant) -> Int64 {
            guard errorRate > 0 else { return 0 }
            let halvings = (now - lastFailure).wholeMicroseconds / 30_000_000
            return errorRate >> min(max(halvings, 0), 62)
        }

        mutating func observe(_ outcome: CircuitBreaker.Outcome, at time: Instant) {
            switch outcome {
            case .succeeded: errorRate = max(errorRate - max(errorRate / 8, 1), 0)
            case .failed:
                errorRate = self.errorRate(at: time)
                errorRate += (65_536 - errorRate) / 8
                lastFailure = time
            case .ignored: break
            }
        }
    }

    private(set) var entries: [Entry] = []
    private var positions: [BreakerTarget: Int] = [:]
    /// Positions of the breakers of workflows, the longest known first.
    private var workflows: [Int] = []
    /// Positions of breakers that are not closed, in no particular order but the same in each fold.
    private(set) var unsettled: [Int] = []
    /// Breakers that what was counted may move; see ``Swarm/judgeBreakers(_:_:)``.
    private var due = DueBreakers()

    /// How many workflows have a breaker; beyond it the longest known closed one makes room.
    static let workflowLimit = 256

    func position(of target: BreakerTarget) -> Int? { positions[target] }

    subscript(position: Int) -> Entry {
        get { entries[position] }
    }

    /// The breaker of a target, made if there is none, going by this policy from now on.
    @discardableResult
    mutating func place(_ target: BreakerTarget, _ policy: CircuitBreakerPolicy) -> Int {
        let settings = CircuitBreaker.Settings(policy)
        if let position = positions[target] {
            entries[position].breaker.adopt(settings)
            entries[position].isCounting = policy.isEnabled
            return position
        }
        let entry = Entry(target, CircuitBreaker(settings), isCounting: policy.isEnabled)
        guard case .workflow = target else {
            positions[target] = entries.count
            entries.append(entry)
            return entries.count - 1
        }
        if workflows.count >= BreakerTable.workflowLimit,
            let oldest = workflows.firstIndex(where: { entries[$0].isClosed })
        {
            let position = workflows.remove(at: oldest)
            positions[entries[position].target] = nil
            positions[target] = position
            workflows.append(position)
            entries[position] = entry
            due.forget(position)
            return position
        }
        positions[target] = entries.count
        workflows.append(entries.count)
        entries.append(entry)
        return entries.count - 1
    }

    // MARK: Calls

    /// Whether a call may be made now.
    func admits(_ position: Int, at now: Instant) -> Bool {
        entries[position].breaker.state == .closed || entries[position].breaker.admits(at: now)
    }

    /// The permit for an ordinary call.
    func permit(_ position: Int) -> CircuitBreaker.Permit {
        CircuitBreaker.Permit(generation: entries[position].breaker.generation)
    }

    /// The permit for a trial call; one that counts nowhere when none is left.
    mutating func probe(_ position: Int, until deadline: Instant) -> CircuitBreaker.Permit {
        entries[position].breaker.takeProbe(until: deadline)
            ?? CircuitBreaker.Permit(generation: 0)
    }

    /// Counts an outcome, and notes when it asks for a move.
    mutating func count(
        _ outcome: CircuitBreaker.Outcome,
        of permit: CircuitBreaker.Permit,
        _ position: Int,
        took duration: Duration,
        isLoss: Bool = false,
        at time: Instant
    ) {
        // What nearly every call is: one more success of something healthy.
        if outcome == .succeeded, entries[position].isUntroubled, permit.probe == 0 { return }
        entries[position].observe(outcome, at: time)
        guard entries[position].isCounting || permit.probe > 0 else { return }
        var outcome = outcome
        if isLoss, outcome == .failed, permit.probe == 0 {
            // A process that dies with many calls in its hands has failed once.
            if entries[position].lastLoss == time { outcome = .ignored }
            entries[position].lastLoss = time
        }
        entries[position].breaker.dropOverdueProbes(at: time)
        _ = entries[position].breaker.count(outcome, of: permit, took: duration, at: time)
        if entries[position].breaker.judgement(at: time) != nil { due.note(position) }
    }

    /// The breakers that may have to move, each once.
    mutating func takeDue() -> [Int] { due.isEmpty ? [] : due.take() }

    // MARK: Moves

    mutating func follow(_ transition: CircuitBreaker.Transition, at position: Int) {
        entries[position].breaker.follow(transition)
        entries[position].lastLoss = nil
        unsettled.removeAll { $0 == position }
        if !entries[position].isClosed { unsettled.append(position) }
        due.forget(position)
    }
}

/// Breakers that what was counted may move.
///
/// Worked out from the state, so that it need not be equal for two swarms to be.
private struct DueBreakers: Hashable, Sendable {
    private var positions: [Int] = []

    static func == (left: DueBreakers, right: DueBreakers) -> Bool { true }

    func hash(into hasher: inout Hasher) {}

    var isEmpty: Bool { positions.isEmpty }

    mutating func note(_ position: Int) {
        if !positions.contains(position) { positions.append(position) }
    }

    mutating func forget(_ position: Int) {
        if !positions.isEmpty { positions.removeAll { $0 == position } }
    }

    mutating func take() -> [Int] {
        defer { positions = [] }
        return positions
    }
}
