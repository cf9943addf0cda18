import SwarmModel

/// The right of a worker to report the result of one dispatch.
struct Lease: Hashable, Sendable {
    let number: UInt64
    let run: RunID
    let index: Int32
    let capability: Int32
    let dispatched: Instant
    let deadline: Instant
    /// Semaphores held until the worker lets go.
    let semaphores: [Int]
    /// The contract it was given under, kept because a later topology may no longer have the agent.
    ///
    /// Nil only when the topology had lost it already.
    let contract: CompiledContract?
    /// Whether the worker waits for the word to go.
    let requiresGo: Bool
    /// What the circuit breakers it passed gave it; nil when the worker no longer offers the call.
    let permits: Permits?
    /// Whether its start is journaled.
    var isStarted = false
    /// Set when the subtask was taken away while the worker still had it: a result changes nothing
    /// any more, but the permit is not free until the worker answers.
    var isRevoked = false
    /// Set while it waits for calls it has delegated: then it holds neither permit nor semaphore.
    var isParked = false
    /// When a worker that was asked to stop counts as stuck.
    var graceEnds: Instant?

    /// Whether the call may be repeated when nobody knows what became of it.
    var isSafeToRepeat: Bool { contract?.isSafeToRepeat ?? false }

    /// The permits of one call under the breakers of its worker.
    struct Permits: Hashable, Sendable {
        /// The position of the breaker of the capability at this worker.
        let tool: Int
        let ofTool: CircuitBreaker.Permit
        let ofAgent: CircuitBreaker.Permit
    }
}

/// One worker instance as the core knows it.
struct Worker: Hashable, Sendable {
    let id: WorkerID
    /// The position of its agent in the plan; of the plan it was last part of, once retired.
    var agent: Int
    /// The settings of its agent.
    var configuration: AgentConfiguration
    var phase = WorkerPhase.stopped
    /// Whether it shall run; false once it has ended for good.
    var isWanted = true
    /// Whether the topology no longer has it.
    var isRetired = false
    var incarnation = Incarnation(0)
    var process: ProcessIdentity?
    var session: UInt64 = 0
    /// The latest greeting of its present process that was answered, if it counts them.
    var greeting: Int64 = 0
    var credit = 0
    /// What it holds, oldest first, so sorted by number.
    var leases = LeaseList()
    /// How many of those are parked.
    var parked = 0
    /// When this phase must have led to another, if it must.
    var wakeAt: Instant?
    var launchedAt = Instant(microseconds: 0)
    /// Whether its present process leaves because we want another in its place; not its failure.
    var isReplaced = false
    /// Whether we sent its present process a signal; however it ends then, it did not end well.
    var isSignalled = false
    /// Restarts that count against the limit, oldest first.
    var restarts: [Instant] = []
    /// Failures since it last ran long enough to be trusted again; sets the backoff.
    var failures = 0
    /// The named semaphores every call to it holds.
    var semaphores: [Int] = []
    /// The position of its own breaker, and of those of its capabilities in manifest order.
    var breaker = -1
    var tools: [Int] = []

    /// Whether only an operator brings it back: it was given up, or ended in order.
    var isReleasable: Bool { phase == .quarantined || hasEnded && !isRetired }

    /// Whether it has ended in order, and does not start again by itself.
    var hasEnded: Bool { phase == .stopped && !isWanted }

    /// Whether new work may go to it.
    var isRoutable: Bool { phase == .ready && leases.count - parked < credit }

    /// Whether a process may exist.
    var hasProcess: Bool {
        switch phase {
        case .launching, .expected, .ready, .suspect, .lost, .draining, .stopping: true
        case .stopped, .waiting, .quarantined: false
        }
    }

    func position(of lease: UInt64) -> Int? {
        var low = 0
        var high = leases.count
        while low < high {
            let middle = (low + high) / 2
            if leases[middle].number < lease { low = middle + 1 } else { high = middle }
        }
        return low < leases.count && leases[low].number == lease ? low : nil
    }

    var liveLeases: Int { leases.reduce(0) { $1.isRevoked ? $0 : $0 + 1 } }
}

/// Decides what follows when a process has ended.
///
/// Intensity as in OTP: more than `max_restarts` within the window is too many. Backoff grows with
/// each failure in a row and starts again after a run of `reset_after`.
struct RestartRule {
    let restart: RestartPolicy
    let supervision: SupervisionPolicy

    struct Verdict {
        var phase: WorkerPhase
        var restartAt: Instant?
        var reason: String
    }

    /// The exit code of a worker that finds its own configuration wrong; trying again cannot help.
    static let badConfiguration: Int32 = 78

    func verdict(
        on status: ExitStatus,
        failure: Failure?,
        worker: Worker,
        chance: Double,
        at now: Instant
    ) -> Verdict {
        // One that was told to end may have been refused a new session meanwhile, and ends with the
        // same code: that says nothing about its configuration.
        if case .exited(RestartRule.badConfiguration) = status, !worker.isSignalled {
            return Verdict(
                phase: .quarantined,
                restartAt: nil,
                reason: "exit 78 says that its configuration is wrong; it is not started again"
            )
        }
        if worker.isReplaced {
            return Verdict(phase: .waiting, restartAt: now, reason: "another takes its place")
        }
        // Whoever ends with work in its hands did not end in order, whatever its status says.
        let isClean =
            status == .exited(0) && failure == nil && !worker.isSignalled
            && worker.liveLeases == 0
        switch restart.policy {
        case .never:
            return Verdict(phase: .stopped, restartAt: nil, reason: "restart.policy is never")
        case .onFailure where isClean:
            return Verdict(
                phase: .stopped,
                restartAt: nil,
                reason: "it ended in order and restart.policy is on_failure"
            )
        case .onFailure, .always: break
        }
        let window = supervision.within
        let recent = worker.restarts.count { now - $0 < window }
        if recent >= supervision.maxRestarts {
            return Verdict(
                phase: .quarantined,
                restartAt: nil,
                reason: "\(recent) restarts within \(window.configurationText)"
            )
        }
        let isTrusted = worker.phase != .launching && now - worker.launchedAt >= restart.resetAfter
        let failures = isTrusted ? 1 : worker.failures + 1
        // Nobody tells microseconds of a pause apart, and they do not read well.
        let exact = restart.backoff.delay(afterFailures: failures, chance: chance)
        let delay = Duration.milliseconds(exact.wholeMilliseconds)
        return Verdict(
            phase: .waiting,
            restartAt: now + delay,
            reason: "restart \(recent + 1) of \(supervision.maxRestarts) in "
                + "\(delay.configurationText)"
        )
    }
}

/// Draws that depend on nothing but what they are for, so that one more or fewer of them never
/// shifts the others.
///
/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) over the
/// seed of the journal and the numbers that name the draw.
struct Chance {
    let seed: UInt64

    /// A number from 0 up to, not including, 1.
    func draw(_ names: UInt64...) -> Double {
        var state = seed
        for name in names { state = Chance.mix(state &+ 0x9E37_79B9_7F4A_7C15 &* (name &+ 1)) }
        return Double(Chance.mix(state) >> 11) * 0x1p-53
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
