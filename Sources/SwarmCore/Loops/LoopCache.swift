import SwarmModel

/// The loop detector of a run, fed from its delegated calls as far as it has been asked.
///
/// Derived from the records, so no part of the state: a restarted coordinator feeds another one the
/// same.
struct LoopCache: Hashable, Sendable {
    private(set) var detector = LoopDetector(window: 1, similarity: 1)
    private(set) var isReady = false
    /// How many of the run's delegated calls it knows, those before its time included.
    private(set) var noted = 0
    /// Calls it knows that have not ended, by their position among those of the run.
    private(set) var unsettled: [Int] = []
    /// The position of the first it knows.
    private var offset = 0

    init() {}

    init(limits: RunLimits, from oldest: Int) {
        detector = LoopDetector(window: limits.loopWindow, similarity: limits.loopSimilarity)
        offset = oldest
        noted = oldest
        isReady = true
    }

    mutating func note(_ call: CanonicalCall, by caller: UInt64) {
        unsettled.append(detector.made(call, by: caller) + offset)
        noted += 1
    }

    mutating func settle(_ position: Int, _ outcome: CanonicalOutcome) {
        unsettled.removeAll { $0 == position }
        detector.ended(position - offset, with: outcome)
    }

    static func == (left: LoopCache, right: LoopCache) -> Bool { true }

    func hash(into hasher: inout Hasher) {}
}
