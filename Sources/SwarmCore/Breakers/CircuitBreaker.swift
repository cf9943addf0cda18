public import SwarmModel

/// Keeps calls away from what keeps failing, and lets a few through to see whether it has mended.
///
/// A plain value without a clock: every method is told the moment, never earlier than the last one.
/// What has become due takes effect when somebody looks, at the moment they look; ask
/// ``deadline`` when that should be.
///
/// Each admission is a ``Permit`` that carries the generation of the breaker. Every change of state
/// starts a new generation, and an outcome counts only in the generation it was admitted in. So a
/// call that began before the breaker opened, or a trial call that was given up, changes nothing
/// when it reports late; most libraries count it in whatever state they are in by then.
///
/// - Important: Report each permit once. Trial calls are tracked one by one; calls admitted while
///   closed are not, because that would cost every healthy call.
public struct CircuitBreaker: Hashable, Sendable {
    /// Where a breaker stands.
    public typealias State = BreakerState

    /// How a call ended, as far as a breaker cares.
    public enum Outcome: Hashable, Sendable {
        /// It succeeded.
        case succeeded
        /// It failed in a way that speaks against its target.
        case failed
        /// It ended in a way that says nothing about its target, or was cancelled.
        case ignored
    }

    /// What became of a reported outcome.
    public enum Verdict: String, Hashable, Sendable, CaseIterable {
        /// It is in the window, or among the trial calls.
        case counted
        /// It says nothing; the permit of a trial call is free again.
        case notCounted = "not_counted"
        /// Its permit is of an earlier generation, expired or already used: nothing changes.
        case stale
    }

    /// The right to make one call and to report its outcome.
    public struct Permit: Hashable, Sendable {
        /// The generation of the breaker that gave it.
        public var generation: UInt64
        /// Which trial call it is, from 1; 0 for an ordinary call.
        public var probe: UInt32

        /// Names a permit again, such as one that was kept in a journal.
        public init(generation: UInt64, probe: UInt32 = 0) {
            self.generation = generation
            self.probe = probe
        }
    }

    /// A trial call under way.
    struct Probe: Hashable, Sendable {
        var number: UInt32
        /// When it counts as failed; nil when trial calls may take for ever.
        var deadline: Instant?
    }

    /// What the breaker goes by.
    public private(set) var settings: Settings
    /// Where it stands; see ``tick(at:)`` for what time changes.
    public private(set) var state: State = .closed
    /// Which life this is: one more with each change of state.
    public private(set) var generation: UInt64 = 1
    /// While open, the moment from which a trial call is admitted.
    public private(set) var until: Instant?
    /// How often it opened in a row without closing in between.
    public private(set) var openings = 0

    /// What was counted while closed.
    private var window: OutcomeWindow
    /// While half open: the trial calls under way, and what the others said.
    private var probes: [Probe] = []
    private var probesGiven: UInt32 = 0
    private var probed = OutcomeTally()

    /// A closed breaker that has counted nothing.
    public init(_ settings: Settings) {
        self.settings = settings
        window = OutcomeWindow(settings)
    }

    /// What is in the window now: all calls, the failed and the slow ones.
    ///
    /// While half open these are the trial calls that have reported. Old seconds of a time window
    /// leave when the next outcome is counted. A breaker that goes by a number of failures alone
    /// counts no call that succeeds.
    public var tally: OutcomeTally { state == .halfOpen ? probed : window.tally }

    /// The number of trial calls under way.
    public var probesUnderWay: Int { probes.count }

    /// When time alone will change something next; nil when only calls or an operator can.
    public var deadline: Instant? { deadline(after: nil) }

    /// As ``deadline``, leaving out trial calls that were overdue at a moment already.
    func deadline(after now: Instant?) -> Instant? {
        switch state {
        case .open: return until
        case .halfOpen:
            return probes.lazy.compactMap(\.deadline).filter { deadline in
                now.map { $0 < deadline } ?? true
            }.min()
        case .closed, .forcedOpen, .disabled: return nil
        }
    }

    // MARK: Calls

    /// Asks for a call.
    ///
    /// An open breaker becomes half open here when its wait is over, so a breaker that nobody
    /// asks stays open and costs nothing.
    ///
    /// - Returns: The permit, or nil when the call must not be made.
    public mutating func admit(at now: Instant) -> Permit? {
        switch state {
        case .closed, .disabled: return Permit(generation: generation)
        case .forcedOpen: return nil
        case .open, .halfOpen: break
        }
        tick(at: now)
        return takeProbe(until: settings.probeTimeout.map { now + $0 })
    }

    /// Reports how a call ended.
    ///
    /// - Parameters:
    ///   - outcome: How it ended.
    ///   - permit: What ``admit(at:)`` gave for it.
    ///   - duration: How long it took; only its being longer than the limit for slow calls matters.
    ///   - now: The moment of the report.
    /// - Returns: Whether it counted.
    @discardableResult
    public mutating func report(
        _ outcome: Outcome,
        of permit: Permit,
        took duration: Duration = .zero,
        at now: Instant
    ) -> Verdict {
        expireProbes(at: now)
        let verdict = count(outcome, of: permit, took: duration, at: now)
        if verdict == .counted, let transition = judgement(at: now) { follow(transition) }
        return verdict
    }

    /// Lets time have its effect: trial calls that are overdue count as failed, and an open breaker
    /// whose wait is over becomes half open.
    ///
    /// Both happen exactly at their moment: a wait of 30 s that began at second 10 is over at
    /// second 40.
    public mutating func tick(at now: Instant) {
        expireProbes(at: now)
        if let transition = waited(at: now) { follow(transition) }
    }

    /// Counts overdue trial calls as failed, which decides once all have reported; the half of
    /// ``tick(at:)`` that every report begins with.
    public mutating func expireProbes(at now: Instant) {
        guard !probes.isEmpty else { return }
        dropOverdueProbes(at: now)
        if let transition = judgement(at: now) { follow(transition) }
    }

    // MARK: Operators

    /// Rejects every call until ``release()``, whatever happens.
    public mutating func forceOpen() {
        guard state != .forcedOpen else { return }
        follow(transition(to: .forcedOpen, .operator))
    }

    /// Ends ``forceOpen()``: the breaker is closed and starts afresh.
    ///
    /// In any other state this changes nothing; ``close()`` does.
    public mutating func release() {
        guard state == .forcedOpen else { return }
        close()
    }

    /// Lets all calls pass and counts none, until ``enable()``.
    ///
    /// Changes nothing while forced open.
    public mutating func disable() {
        guard state != .forcedOpen, state != .disabled else { return }
        follow(transition(to: .disabled, .operator))
    }

    /// Ends ``disable()``: the breaker is closed and starts afresh.
    public mutating func enable() {
        guard state == .disabled else { return }
        close()
    }

    /// Closes the breaker from any state and forgets everything but the generation, so that calls
    /// still under way do not count.
    public mutating func close() { follow(transition(to: .closed, .operator)) }

    // MARK: The parts a journal replays one by one

    /// Takes the permit of a trial call if one is left; nil unless half open.
    mutating func takeProbe(until deadline: Instant?) -> Permit? {
        guard state == .halfOpen, probes.count + probed.calls < settings.probes else { return nil }
        probesGiven += 1
        probes.append(Probe(number: probesGiven, deadline: deadline))
        return Permit(generation: generation, probe: probesGiven)
    }

    /// Whether a call would be admitted now, which changes nothing.
    public func admits(at now: Instant) -> Bool {
        switch state {
        case .closed, .disabled: true
        case .forcedOpen: false
        case .open: waited(at: now) != nil
        case .halfOpen: probes.count + probed.calls < settings.probes
        }
    }

    /// Counts an outcome and leaves the state as it is.
    mutating func count(
        _ outcome: Outcome,
        of permit: Permit,
        took duration: Duration,
        at now: Instant
    ) -> Verdict {
        guard permit.generation == generation else { return .stale }
        let isSlow = settings.slowCall.map { duration > $0 } ?? false
        switch state {
        case .closed:
            guard outcome != .ignored else { return .notCounted }
            window.add(isFailure: outcome == .failed, isSlow: isSlow, at: now)
            return .counted
        case .halfOpen:
            guard let place = probes.firstIndex(where: { $0.number == permit.probe }) else {
                return .stale
            }
            probes.remove(at: place)
            guard outcome != .ignored else { return .notCounted }
            probed.add(isFailure: outcome == .failed, isSlow: isSlow)
            return .counted
        case .disabled: return .notCounted
        case .open, .forcedOpen: return .stale
        }
    }

    /// Counts trial calls that are overdue as failed, and leaves the state as it is.
    mutating func dropOverdueProbes(at now: Instant) {
        for _ in 0..<overdueProbes(at: now) { probed.add(isFailure: true, isSlow: false) }
        probes.removeAll { probe in probe.deadline.map { $0 <= now } ?? false }
    }

    private func overdueProbes(at now: Instant) -> Int {
        probes.count { probe in probe.deadline.map { $0 <= now } ?? false }
    }

    /// The change of state that what was counted asks for.
    ///
    /// A closed breaker is judged when an outcome was counted, never because old ones left the
    /// window; a half-open one when all its trial calls have reported or are overdue.
    func judgement(at now: Instant) -> Transition? {
        switch state {
        case .closed:
            guard let cause = settings.exceeded(by: window.tally) else { return nil }
            return opening(because: cause, at: now)
        case .halfOpen:
            var probed = probed
            for _ in 0..<overdueProbes(at: now) { probed.add(isFailure: true, isSlow: false) }
            guard probed.calls >= settings.probes else { return nil }
            guard let cause = settings.exceeded(byProbes: probed) else {
                return transition(to: .closed, .probesPassed)
            }
            return opening(because: cause, at: now)
        case .open, .forcedOpen, .disabled: return nil
        }
    }

    /// The change to half open, when the wait is over.
    func waited(at now: Instant) -> Transition? {
        guard state == .open, let until, until <= now else { return nil }
        return transition(to: .halfOpen, .waitEnded, openings: openings)
    }

    /// A change to a state that does not end by itself.
    func transition(to state: State, _ cause: Transition.Cause, openings: Int = 0) -> Transition {
        Transition(
            state: state,
            cause: cause,
            generation: generation + 1,
            until: nil,
            openings: openings
        )
    }

    private func opening(because cause: Transition.Cause, at now: Instant) -> Transition {
        Transition(
            state: .open,
            cause: cause,
            generation: generation + 1,
            until: now + settings.wait(ofOpening: openings + 1),
            openings: openings + 1
        )
    }

    /// Goes by other settings from now on; where it stands stays, what was counted is forgotten.
    mutating func adopt(_ settings: Settings) {
        guard settings != self.settings else { return }
        self.settings = settings
        window = OutcomeWindow(settings)
    }

    /// Changes the state; everything counted so far is forgotten.
    mutating func follow(_ transition: Transition) {
        state = transition.state
        generation = transition.generation
        until = transition.until
        openings = transition.openings
        window.removeAll()
        probes = []
        probesGiven = 0
        probed = OutcomeTally()
    }
}

extension CircuitBreaker {
    /// A change of state, with all that follows from it, so that a journal can repeat it.
    public struct Transition: Hashable, Sendable {
        /// Why a state changes.
        public enum Cause: String, Hashable, Sendable, CaseIterable {
            /// So many calls failed.
            case failureCount = "failure_count"
            /// So large a share of the calls failed.
            case failureRate = "failure_rate"
            /// So large a share of the calls was slow.
            case slowRate = "slow_rate"
            /// Too many trial calls failed or never reported.
            case probesFailed = "probes_failed"
            /// Too many trial calls were slow.
            case probesSlow = "probes_slow"
            /// The trial calls went well.
            case probesPassed = "probes_passed"
            /// The wait of an open breaker is over.
            case waitEnded = "wait_ended"
            /// An operator wants it so.
            case `operator`
        }

        /// The new state.
        public var state: State
        /// Why.
        public var cause: Cause
        /// The new generation.
        public var generation: UInt64
        /// When open, the moment from which a trial call is admitted.
        public var until: Instant?
        /// How often it has opened in a row, this time included.
        public var openings: Int

        /// A change of state.
        public init(
            state: State,
            cause: Cause,
            generation: UInt64,
            until: Instant?,
            openings: Int
        ) {
            self.state = state
            self.cause = cause
            self.generation = generation
            self.until = until
            self.openings = openings
        }
    }
}
