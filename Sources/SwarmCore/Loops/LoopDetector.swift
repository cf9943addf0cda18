import SwarmModel

/// Finds out that the agents of a run go round in circles, from the last calls they delegated.
///
/// It is asked before a call is made and told when a call is made and when it ends. Whether an
/// earlier call counts as a repetition of the one asked for depends on what the capability does
/// (its identity must always be the same, see ``CanonicalCall``):
///
/// | side effect | an earlier call counts when |
/// |---|---|
/// | destructive | always: words alone never make it a new call |
/// | additive | the same caller used at least half the same words, or anyone nearly the same |
/// | none, read | the same caller used nearly the same words and its answer brought nothing new |
///
/// "Nearly" is the similarity the detector is made with. The very same call of an idempotent
/// capability counts only when its answer brought nothing new, as for one that reads: that lets a
/// worker wait for something by asking again. Two callers that take turns with the same call count
/// together; otherwise what many callers read alike is no loop, for the parts of a fan-out may all
/// need it.
///
/// Calls older than the window are forgotten, so memory and work are bounded: at most `window`
/// comparisons a call, each of at most 128 words.
public struct LoopDetector: Hashable, Sendable {
    /// The largest window, in calls.
    public static let windowLimit = 10_000

    private struct Entry: Hashable {
        let call: CanonicalCall
        let caller: UInt64
        var outcome: CanonicalOutcome?
    }

    private let window: Int
    private let similarity: Double
    /// The last calls, oldest first.
    private var entries: [Entry] = []
    /// The number of the oldest entry.
    private var first = 0

    /// A detector that has seen nothing.
    ///
    /// - Parameters:
    ///   - window: How many of the latest calls are kept, at least 1, at most ``windowLimit``.
    ///   - similarity: From what share of common words on two wordings are nearly the same, 0 to 1.
    public init(window: Int, similarity: Double) {
        self.window = min(max(window, 1), LoopDetector.windowLimit)
        self.similarity = min(max(similarity, 0), 1)
    }

    /// How many calls have been noted since the beginning, forgotten ones included.
    public var count: Int { first + entries.count }

    /// Whether a call would go on with a loop.
    ///
    /// - Parameters:
    ///   - call: The call asked for.
    ///   - caller: Who asks: the same number for callers that are the same, see
    ///     ``CanonicalCall/fingerprint``.
    ///   - threshold: How often a call may be made; one more is the loop.
    /// - Returns: What kind of loop; nil when the call may be made.
    public func loop(of call: CanonicalCall, by caller: UInt64, threshold: Int) -> Loop? {
        let threshold = max(threshold, 1)
        let turns = turns(with: call, by: caller)
        if var found = repetition(of: call, by: caller, threshold) {
            if let turns, turns.length >= max(found.count, 3) {
                found.pattern = .pingPong
                found.count = turns.length
                found.partner = turns.partner
            }
            return found
        }
        guard let turns, turns.length > threshold, turns.partner == call.capability,
            !call.effect.isHarmless || turns.isStale
        else { return nil }
        return Loop(pattern: .pingPong, count: turns.length, partner: turns.partner)
    }

    /// Notes a call that is made.
    ///
    /// - Returns: Its number, for ``ended(_:with:)``.
    public mutating func made(_ call: CanonicalCall, by caller: UInt64) -> Int {
        if entries.count == window {
            entries.removeFirst()
            first += 1
        }
        entries.append(Entry(call: call, caller: caller))
        return count - 1
    }

    /// Notes how a call ended; one that has left the window is passed over.
    public mutating func ended(_ number: Int, with outcome: CanonicalOutcome) {
        guard number >= first, number < count else { return }
        entries[number - first].outcome = outcome
    }

    // MARK: Repetition

    private func repetition(
        of call: CanonicalCall,
        by caller: UInt64,
        _ threshold: Int
    ) -> Loop? {
        var counted = Tally()
        var unchanged = Tally()
        var seen: [UInt64] = []
        for entry in entries where entry.call.identity == call.identity {
            guard entry.call.capability == call.capability else { continue }
            let isOwn = entry.caller == caller
            if call.effect.isHarmless, !isOwn { continue }
            let likeness = call.likeness(to: entry.call)
            let isVerySame = likeness == 1
            let isNew = isNew(entry.outcome, among: &seen, isVerySame: isVerySame)
            if isOwn, call.effect.isHarmless || call.isIdempotent,
                isUnchangedEvidence(likeness, entry.outcome)
            {
                if isNew == true { unchanged = Tally() }
                if isNew != nil { unchanged.add(isVerySame, entry.outcome) }
            }
            let isAlike =
                call.effect == .destructive || likeness >= similarity || (isOwn && likeness >= 0.5)
            if !call.effect.isHarmless, isAlike, !(call.isIdempotent && isVerySame) {
                counted.add(isVerySame, entry.outcome)
            }
        }
        if counted.count >= threshold { return counted.loop(hasChanged: true) }
        if unchanged.count >= threshold { return unchanged.loop(hasChanged: false) }
        return nil
    }

    /// Whether an outcome is the first of its kind; nil when it is not known yet.
    ///
    /// The very same call made again while it is still under way brings nothing new either.
    private func isNew(
        _ outcome: CanonicalOutcome?,
        among seen: inout [UInt64],
        isVerySame: Bool
    ) -> Bool? {
        guard let outcome else { return isVerySame ? false : nil }
        guard !seen.contains(outcome.fingerprint) else { return false }
        seen.append(outcome.fingerprint)
        return true
    }

    /// Whether an equal outcome would show that a call of this likeness asked for the same.
    private func isUnchangedEvidence(_ likeness: Double, _ outcome: CanonicalOutcome?) -> Bool {
        likeness >= similarity || (likeness >= 0.5 && outcome?.isTelling == true)
    }

    // MARK: Taking turns

    private struct Turns {
        var length = 0
        var partner: String
        /// Whether no side has had a new answer since its first.
        var isStale: Bool
    }

    /// How long two sides have taken turns with the same arguments, the next turn being this
    /// call's; a side is a caller and what it calls.
    private func turns(with call: CanonicalCall, by caller: UInt64) -> Turns? {
        var length = 0
        var answers: [UInt64] = []
        var answered = 0
        var other: Entry?
        for entry in entries.reversed() where entry.call.likeness(to: call) >= similarity {
            let isSame = entry.caller == caller && entry.call.capability == call.capability
            guard isSame == !length.isMultiple(of: 2) else { break }
            if !isSame {
                guard other.map({ isSide($0, entry) }) ?? true else { break }
                other = entry
            }
            length += 1
            guard let outcome = entry.outcome else { continue }
            answered += 1
            if !answers.contains(outcome.fingerprint) { answers.append(outcome.fingerprint) }
        }
        guard let other else { return nil }
        return Turns(
            length: length,
            partner: other.call.capability,
            isStale: answered == length && answers.count <= 2
        )
    }

    private func isSide(_ one: Entry, _ two: Entry) -> Bool {
        one.caller == two.caller && one.call.capability == two.call.capability
    }
}

/// Why a call would go on with a loop.
public struct Loop: Hashable, Sendable {
    /// What repeats itself.
    public var pattern: LoopStopped.Pattern
    /// How many calls have been made of it.
    public var count: Int
    /// With ``LoopStopped/Pattern/pingPong``, the capability that takes turns with this one.
    public var partner: String?

    /// A loop.
    public init(pattern: LoopStopped.Pattern, count: Int, partner: String? = nil) {
        self.pattern = pattern
        self.count = count
        self.partner = partner
    }

    /// What happened, as a sentence for a person.
    public func explanation(of capability: String) -> String {
        let times = "\"\(capability)\" has been called \(count) times"
        return switch pattern {
        case .identical: "\(times) with the same arguments, and is asked for again"
        case .reworded: "\(times) with the same wish in other words, and is asked for again"
        case .sameError: "\(times) and failed in the same way each time, and is asked for again"
        case .noChange: "\(times) and its answer no longer changes, and it is asked for again"
        case .pingPong where partner == capability:
            "two callers have taken turns \(count) times with the same call of \"\(capability)\""
        case .pingPong:
            "\"\(capability)\" and \"\(partner ?? capability)\" have taken turns \(count) times "
                + "with the same arguments"
        }
    }
}

/// The earlier calls that count.
private struct Tally {
    var count = 0
    private var isVerySame = true
    private var failures = 0
    private var outcomes: [UInt64] = []

    mutating func add(_ isVerySame: Bool, _ outcome: CanonicalOutcome?) {
        count += 1
        if !isVerySame { self.isVerySame = false }
        guard let outcome else { return }
        if outcome.isFailure { failures += 1 }
        if !outcomes.contains(outcome.fingerprint) { outcomes.append(outcome.fingerprint) }
    }

    func loop(hasChanged: Bool) -> Loop {
        let pattern: LoopStopped.Pattern =
            if failures == count, outcomes.count == 1 {
                .sameError
            } else if isVerySame {
                .identical
            } else {
                hasChanged ? .reworded : .noChange
            }
        return Loop(pattern: pattern, count: count)
    }
}
