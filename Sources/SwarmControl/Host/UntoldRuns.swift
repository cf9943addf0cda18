import SwarmModel
import Synchronization

/// Runs that were submitted and whose end nobody has been told of yet.
///
/// A swarm may end with its last run. Whoever submitted that run asks for it in a request of its
/// own, which may come a moment later.
final class UntoldRuns: Sendable {
    /// More than that nobody waits for; the oldest are forgotten.
    private static let limit = 1024

    private let runs = Mutex<Set<RunID>>([])

    /// Whoever submitted it is about to ask how it goes.
    func submitted(_ run: RunID) {
        runs.withLock { runs in
            runs.insert(run)
            if runs.count > Self.limit, let oldest = runs.min() { runs.remove(oldest) }
        }
    }

    /// Somebody was told how it ended.
    func told(_ run: RunID) { runs.withLock { _ = $0.remove(run) } }

    /// Those that somebody may still ask for, oldest first.
    var all: [RunID] { runs.withLock { $0.sorted() } }
}
