import ServiceLifecycle
import SwarmModel

/// Says when to look at a run again: after a pause while it goes on, and at once when it has ended.
struct RunSteps: Sendable {
    enum Step: Sendable {
        case pause, ended, shutdown
    }

    let run: RunID
    let operations: any SwarmOperations

    /// Waits for the end of the run, but no longer than `pause`.
    ///
    /// - Returns: What it was; a shutdown of the server is the last step.
    /// - Throws: `CancellationError` when nobody listens any more.
    func next(within pause: Duration) async throws -> Step {
        do { return try await wait(pause) } catch is CancellationError where !Task.isCancelled {
            return .shutdown
        }
    }

    private func wait(_ pause: Duration) async throws -> Step {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Step.self) { group in
                group.addTask {
                    _ = try await operations.ended(run)
                    return .ended
                }
                group.addTask {
                    try await Task.sleep(for: pause)
                    return .pause
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
        }
    }
}
