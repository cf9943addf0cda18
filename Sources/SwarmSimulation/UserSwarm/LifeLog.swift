import SwarmCore
import SwarmModel

/// What a report on a user's swarm is made of, taken from the records of one life.
struct LifeLog {
    /// One run.
    struct Run {
        /// When somebody first asked for it, in microseconds of virtual time.
        var asked: Int64
        var ended: Int64?
        var outcome: RunOutcome?
        var failure: Failure?
        /// The subtask whose failure ended it, and by which rule.
        var broke: Break?
        var standing: [Standing] = []
        var questions = 0
        /// The definition whose subtask asked last, and what is not known.
        var asks: (definition: Int, reason: String)?
        var decisions = 0
        var cost = Cost.zero
        /// What it waits for when everything is over: `waiting` for an answer, or
        /// `compensation_failed` for somebody who has it undone again.
        var waitsFor: String?
    }

    /// The last word on a subtask that failed for good.
    struct Break: Hashable {
        var subtask: String
        var definition: Int
        var rule: String
        var kind: FailureKind
        var message: String
    }

    /// What one subtask of the workflow went through, over all its elements.
    struct Step {
        var attempts = 0
        var succeeded = 0
        var failed = 0
        var recovered = 0
        var questions = 0
        var leftOut = 0
        var replaced = 0
        var standing = 0
        /// Attempts that ended because their time was over.
        var expired = 0
    }

    /// A subtask that has failed and not yet succeeded.
    private struct Trouble {
        var failures = 0
        /// Whether it failed for good, or a person had to help.
        var isLost = false
    }

    private(set) var runs: [Run] = []
    private(set) var steps: [Step]
    private var faults: [Int]
    private(set) var failures = 0
    private(set) var recovered = 0
    private(set) var failureKinds: [FailureKind: Int] = [:]
    private(set) var openings = 0
    private(set) var quarantines = 0
    private(set) var undone = 0
    var releases = 0
    var compensations = 0
    var refusals = 0
    /// Why the coordinator refused the workflow, if it did.
    var refusal: Failure?
    /// Whether nothing more happened, although runs had not ended.
    var isStuck = false
    private var troubles: [UInt64: Trouble] = [:]
    private var reserved: [UInt64: Cost] = [:]
    private let positions: [String: Int]

    /// Who decides for the simulated operators.
    static let person = "operator"

    init(_ workflow: ScenarioWorkflow) {
        steps = Array(repeating: Step(), count: workflow.definitions.count)
        faults = Array(repeating: 0, count: FaultKind.allCases.count)
        positions = workflow.positions
    }

    /// How often a kind of fault struck.
    func count(of kind: FaultKind) -> Int {
        FaultKind.allCases.firstIndex(of: kind).map { faults[$0] } ?? 0
    }

    mutating func struck(_ kind: FaultKind) {
        guard let position = FaultKind.allCases.firstIndex(of: kind) else { return }
        faults[position] += 1
    }

    /// The coordinator's answer names the run: only now is it known when it was first asked for.
    mutating func accepted(_ run: RunID, asked: Int64) {
        modify(run) { $0.asked = min($0.asked, asked) }
    }

    mutating func waits(_ run: Int, isParked: Bool) {
        runs[run].waitsFor = isParked ? RunOutcome.compensationFailed.rawValue : "waiting"
    }

    /// Takes in a durable record.
    mutating func take(_ record: Record, at now: Int64) {
        switch record {
        case .runSubmitted: runs.append(Run(asked: now))
        case .subtaskDispatched(let dispatched):
            reserved[dispatched.lease.number] = dispatched.reserved
            modify(dispatched.subtask) { $0.attempts += 1 }
        case .subtaskSucceeded(let success): succeeded(success)
        case .attemptEnded(let ended): self.ended(ended)
        case .questionAsked(let question): asked(question.subtask, question.reason)
        case .decided(let decided): self.decided(decided)
        case .subtaskSkipped(let skipped):
            if let position = positions[skipped.name] { steps[position].leftOut += 1 }
        case .runEnding(let ending):
            modify(ending.run) { $0.failure = ending.failure }
            if let subtask = ending.subtask, let run = position(ending.run),
                runs[run].broke?.subtask != subtask.label
            {
                runs[run].broke = nil
            }
        case .runFinished(let finished):
            modify(finished.run) {
                $0.ended = now
                $0.outcome = finished.outcome
                $0.standing = finished.standing
                if finished.outcome == .succeeded { $0.broke = nil }
            }
            for left in finished.standing { modify(left.subtask) { $0.standing += 1 } }
        case .workerExited(let exited) where exited.phase == .quarantined: quarantines += 1
        case .breakerMoved(let moved) where moved.state == .open: openings += 1
        default: break
        }
    }

    private mutating func succeeded(_ success: SubtaskSucceeded) {
        pay(success.cost, success.lease, success.subtask.run)
        guard !isCall(success.subtask) else {
            if success.subtask.name.hasSuffix("/undo") { undone += 1 }
            return
        }
        modify(success.subtask) { $0.succeeded += 1 }
        settle(success.subtask)
    }

    /// A subtask has got over its failures; a person may have had to help.
    private mutating func settle(_ subtask: SubtaskID) {
        guard let trouble = troubles.removeValue(forKey: key(subtask)), !trouble.isLost else {
            return
        }
        recovered += trouble.failures
        modify(subtask) { $0.recovered += trouble.failures }
    }

    private mutating func ended(_ ended: AttemptEnded) {
        if let lease = ended.lease, ended.directive != .reassign {
            pay(ended.cost, lease, ended.subtask.run)
        }
        switch ended.directive {
        // Nothing has failed: the run ends, or another attempt goes on.
        case .cancel, .yield: return
        case .ask: asked(ended.subtask, ended.failure.message)
        case .skip: modify(ended.subtask) { $0.leftOut += 1 }
        case .fallback: modify(ended.subtask) { $0.replaced += 1 }
        case .retry, .reassign, .repair, .verify, .fail: break
        }
        guard !isCall(ended.subtask) else { return }
        failures += 1
        failureKinds[ended.failure.kind, default: 0] += 1
        troubles[key(ended.subtask), default: Trouble()].failures += 1
        modify(ended.subtask) {
            $0.failed += 1
            if ended.failure.kind == .leaseExpired { $0.expired += 1 }
        }
        // What is learnt of it later, for undoing it, does not make it good.
        if ended.directive == .fail || ended.directive == .skip {
            troubles[key(ended.subtask)]?.isLost = true
        }
        guard ended.directive == .fail, let definition = definition(of: ended.subtask) else {
            return
        }
        modify(ended.subtask.run) {
            $0.broke = Break(
                subtask: ended.subtask.label,
                definition: definition,
                rule: ended.rule,
                kind: ended.failure.kind,
                message: ended.failure.message
            )
        }
    }

    private mutating func asked(_ subtask: SubtaskID, _ reason: String) {
        let definition = definition(of: subtask)
        modify(subtask.run) { run in
            run.questions += 1
            run.asks = definition.map { ($0, reason) }
        }
        modify(subtask) { $0.questions += 1 }
    }

    private mutating func decided(_ decided: SubtaskDecided) {
        if decided.by == LifeLog.person {
            modify(decided.subtask.run) { $0.decisions += 1 }
            troubles[key(decided.subtask)]?.isLost = true
        }
        if decided.decision == .happened { settle(decided.subtask) }
    }

    private mutating func pay(_ reported: Cost?, _ lease: LeaseID, _ run: RunID) {
        let cost = reported ?? reserved[lease.number] ?? .zero
        reserved[lease.number] = nil
        modify(run) {
            $0.cost.microdollars += cost.microdollars
            $0.cost.tokens += cost.tokens
        }
    }

    private func isCall(_ subtask: SubtaskID) -> Bool { subtask.name.contains("/") }

    private func key(_ subtask: SubtaskID) -> UInt64 {
        subtask.run.number << 32 | UInt64(UInt32(bitPattern: subtask.index))
    }

    private func definition(of subtask: SubtaskID) -> Int? {
        positions[String(subtask.name.prefix { $0 != "/" && $0 != "[" })]
    }

    private func position(_ run: RunID) -> Int? {
        run.number > 0 && run.number <= UInt64(runs.count) ? Int(run.number) - 1 : nil
    }

    private mutating func modify(_ run: RunID, _ change: (inout Run) -> Void) {
        if let position = position(run) { change(&runs[position]) }
    }

    private mutating func modify(_ subtask: SubtaskID, _ change: (inout Step) -> Void) {
        guard !isCall(subtask), let position = definition(of: subtask) else { return }
        change(&steps[position])
    }
}
