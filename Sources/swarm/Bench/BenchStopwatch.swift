import SwarmCore
import SwarmModel
import SwarmRuntime
import Synchronization

/// Takes down when each subtask was dispatched and when its result was accepted.
final class BenchStopwatch: CoordinatorObserver {
    private struct State {
        var dispatched: [LeaseID: Instant] = [:]
        /// From the dispatch to the result, in the order of the results.
        var latencies: [Double] = []
        /// The moments of the results, in milliseconds.
        var results: [Double] = []
        /// When dispatches became durable.
        var moments: [ContinuousClock.Instant] = []
        var started: WorkerID?
    }

    private let state = Mutex(State())

    /// Forgets everything, for the next measurement.
    func reset() { state.withLock { $0 = State() } }

    /// From each dispatch to its result, in milliseconds.
    var latencies: Sample { Sample(state.withLock(\.latencies)) }

    /// From each result to the next, in milliseconds.
    var gaps: Sample {
        let results = state.withLock(\.results)
        return Sample(zip(results.dropFirst(), results).map { $0 - $1 })
    }

    /// When each dispatch became durable, which is when its message leaves.
    var dispatches: [ContinuousClock.Instant] { state.withLock(\.moments) }

    /// Who took the first subtask up; nil until somebody did.
    var started: WorkerID? { state.withLock(\.started) }

    func committed(_ batch: CommittedBatch) {
        let now = Double(batch.time.microseconds) / 1000
        state.withLock { state in
            for record in batch.records {
                switch record {
                case .subtaskDispatched(let dispatch):
                    state.dispatched[dispatch.lease] = batch.time
                    state.moments.append(.now)
                case .subtaskStarted(_, _, let worker): state.started = state.started ?? worker
                case .subtaskSucceeded(let success):
                    state.results.append(now)
                    if let start = state.dispatched.removeValue(forKey: success.lease) {
                        state.latencies.append((batch.time - start).milliseconds)
                    }
                default: continue
                }
            }
        }
    }

    func noticed(_ notice: CoordinatorNotice, at time: Instant) {}
}
