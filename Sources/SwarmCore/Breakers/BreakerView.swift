public import SwarmModel

/// One circuit breaker as an operator sees it.
public struct BreakerView: Hashable, Sendable {
    /// What it guards.
    public var target: BreakerTarget
    /// Where it stands.
    public var state: BreakerState
    /// When an open one lets a trial call pass.
    public var until: Instant?
    /// How often it opened in a row.
    public var openings: Int
    /// What it has counted in its window, or of its trial calls.
    public var tally: OutcomeTally
    /// Trial calls under way.
    public var probes: Int
    /// Whether outcomes are counted at all.
    public var isCounting: Bool
}

extension Swarm {
    /// All breakers of workers that the topology has, and of workflows that have run.
    public var breakerViews: [BreakerView] {
        breakers.entries.compactMap { entry in
            switch entry.target {
            case .tool(_, let worker), .agent(let worker):
                guard let slot = workerSlots[worker], !workers[slot].isRetired else { return nil }
            case .workflow: break
            }
            return BreakerView(
                target: entry.target,
                state: entry.breaker.state,
                until: entry.breaker.until,
                openings: entry.breaker.openings,
                tally: entry.breaker.tally,
                probes: entry.breaker.probesUnderWay,
                isCounting: entry.isCounting
            )
        }
    }

    /// The breakers that keep calls from a worker, its own first; empty when all pass.
    public func openBreakers(of worker: WorkerID) -> [BreakerTarget] {
        guard let slot = slot(of: worker) else { return [] }
        return ([workers[slot].breaker] + workers[slot].tools).filter { position in
            position >= 0 && !breakers[position].isClosed
        }.map { breakers[$0].target }
    }
}
