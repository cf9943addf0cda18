import SwarmCore
import SwarmModel

/// One simulated process of a worker, with the same conversation a worker of the SDK has.
struct ProcessModel {
    enum Phase { case starting, down, greeting, ready, ended }

    /// One call in a worker's hands, and the handler that works on it.
    struct Handler {
        enum Stage { case awaitsGo, waiting, running, ended }

        var lease: UInt64
        var run: UInt64
        var index: Int32
        var definition: Int32
        var item: Int32
        var capability: Int32
        var attempt: Int
        var behaviour: Behaviour
        var stage: Stage
        var report: WorkerWord.Report?
        /// When it had something to report.
        var endedAt: Int64 = 0
        /// Whether the effect on the world has happened.
        var hasActed = false
        var isCancelled = false
        /// Whether the coordinator has settled the lease, or said that it does not want it.
        var isForgotten = false
        /// What it delegates, if it does.
        var calls: HandlerCalls?
        /// The index of the subtask it is about: itself, or what it undoes or verifies.
        var subject: Int32
    }

    /// How far a handler is that delegates.
    struct HandlerCalls {
        var script: DelegationScript
        var part = 0
        /// What it asked for, in the order of the numbers of its requests.
        var requests: [DelegateRequest] = []
        var isAnswered: [Bool] = []
        var open = 0
        var hasFailed = false
        /// Whether it waits, and has given its place to others meanwhile.
        var isWaiting = false
    }

    let worker: Int
    let incarnation: UInt64
    let pid: Int32
    let launchedIn: Int32
    var isAlive = true
    var isStopped = false
    var status = ExitStatus.unknown
    var phase = Phase.starting
    /// Which of its connections; a word from an earlier one is from a stranger.
    var connection: Int32 = 0
    var lastHeard: Int64 = 0
    var heartbeat: Int64 = 1_000_000
    var isDraining = false
    var handlers: [Handler] = []
    var running = 0
    var concurrency = 1
    var retries = 0
    var deferred: [SimulationEvent] = []
    var disconnectedAt: Int64 = -10_000_000
    var cutUntil: Int64 = 0
    var cutsOutbound = false
    var lastInbound: Int64 = 0
    var lastOutbound: Int64 = 0
    /// The moment a coordinator that knows it was last heard.
    var lastKnown: Int64 = 0

    init(worker: Int, incarnation: UInt64, pid: Int32, launchedIn: Int32) {
        self.worker = worker
        self.incarnation = incarnation
        self.pid = pid
        self.launchedIn = launchedIn
    }

    /// The first handler that is not over; those before it are of no interest any more.
    var first = 0
    /// The highest lease it was ever handed; an assignment that is not above it came twice.
    var highestLease: UInt64 = 0

    /// The handlers that may still matter.
    var lively: Range<Int> { first..<handlers.count }

    /// Whether it has nothing in its hands that still matters.
    var isIdle: Bool { lively.allSatisfy { handlers[$0].isForgotten } }

    mutating func skipEnded() {
        while first < handlers.count, handlers[first].isForgotten, handlers[first].stage == .ended {
            first += 1
        }
    }
}

/// What a handler does with one call; drawn from the lease, so that nothing shifts it.
struct Behaviour {
    enum Ending { case succeed, fail(Failure), invalid, hang, quit, giveBack }

    var ending: Ending
    /// How long it takes, in microseconds.
    var duration: Int64
    /// When in that time the world changes; nil when it does not.
    var actsAfter: Int64?
    /// Whether it goes on when it is asked to stop.
    var isDeaf: Bool
    /// The number of a lease that is not its own and whose result it makes up.
    var lie: UInt64?
    /// Whether it takes much longer than usual.
    var isSlow = false

    init(
        lease: UInt64,
        capability: Scenario.Capability,
        seed: UInt64,
        faults: FaultPlan,
        isCalm: Bool
    ) {
        var random = SimulationRandom(seed: seed, stream: 0x1EA5_E000 &+ lease)
        var duration =
            capability.latency.lowerBound
            + Int64(
                random.below(Int(capability.latency.upperBound - capability.latency.lowerBound))
            )
        let dice = random.below(1000)
        let slow = random.perMille(faults.slowShare)
        let share = random.below(1000)
        let words: [Bool?] = [nil, nil, true, false]
        var word = words[random.below(words.count)]
        let kinds: [FailureKind] = [.transient, .transient, .timeout, .unavailable, .rateLimited]
        var kind = random.pick(kinds)
        if faults.errorsMayPass {
            if word == false { word = nil }
            if kind == .rateLimited { kind = .transient }
        }
        let refusals: [FailureKind] = [.permission, .conflict, .notFound, .validation]
        let refusal = random.pick(refusals)
        isDeaf = random.perMille(faults.deafShare) && !isCalm
        let lies = random.perMille(faults.lieShare)
        // A lease that is another's, has ended, or was never given.
        let lied = random.perMille(200) ? lease + 1_000_000 : UInt64(random.below(Int(lease)))
        lie = lies && lied > 0 && !isCalm ? lied : nil
        guard !isCalm else {
            ending = .succeed
            self.duration = duration
            actsAfter = capability.changesWorld ? duration * Int64(share) / 1000 : nil
            return
        }
        isSlow = slow
        if slow { duration *= 50 }
        var bound = faults.failShare
        var ending = Ending.succeed
        if dice < bound {
            var failure = Failure(kind, "it failed", retryable: word)
            if kind == .rateLimited { failure.retryAfter = .milliseconds(Int64(dice) * 7) }
            ending = .fail(failure)
        } else {
            for (width, other) in [
                (faults.refuseShare, Ending.fail(Failure(refusal, "refused", retryable: false))),
                (faults.invalidShare, .invalid), (faults.hangShare, .hang),
                (faults.quitShare, .quit), (faults.giveBackShare, .giveBack),
            ] {
                if dice >= bound, dice < bound + width { ending = other }
                bound += width
            }
        }
        self.ending = ending
        self.duration = duration
        // An honest handler that fails for good, or says that it may be called again, has changed
        // nothing; one that broke off and says neither may have.
        switch ending {
        case .succeed, .invalid:
            actsAfter = capability.changesWorld ? duration * Int64(share) / 1000 : nil
        case .hang, .quit:
            actsAfter =
                capability.changesWorld && share < 500 ? duration * Int64(share) / 1000 : nil
        case .fail(let failure):
            let leavesDoubt = failure.retryable == nil && failure.kind != .rateLimited
            actsAfter =
                capability.changesWorld && leavesDoubt && share < 300
                ? duration * Int64(share) / 1000 : nil
        case .giveBack: actsAfter = nil
        }
    }

    /// The value a call returns: each lease has one of its own, so that nobody's result can be
    /// taken for another's.
    static func value(of lease: UInt64, seed: UInt64) -> Int64 {
        Int64(SimulationRandom.mix(seed ^ lease &* 0x9E37_79B9_7F4A_7C15) & 0xFFFF_FFFF)
    }
}
