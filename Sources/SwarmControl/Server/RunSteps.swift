import ServiceLifecycle
import SwarmModel

/// Says when to look at a run again: at an interval while it goes on, and at once when it has
/// ended.
///
/// Ends early, without `ended`, when the server shuts down.
struct RunSteps: AsyncSequence {
    enum Element: Sendable {
        case interval, ended
    }

    let run: RunID
    let operations: any SwarmOperations
    let interval: Duration

    init(_ run: RunID, operations: any SwarmOperations, every interval: Duration) {
        self.run = run
        self.operations = operations
        self.interval = interval
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let steps: RunSteps
        var isOver = false

        mutating func next() async throws -> Element? {
            guard !isOver else { return nil }
            let steps = steps
            let step = try await cancelWhenGracefulShutdown {
                try await steps.first()
            }
            isOver = step == .ended
            return step
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(steps: self) }

    /// Whichever comes first.
    private func first() async throws -> Element? {
        try await withThrowingTaskGroup(of: Element.self) { group in
            group.addTask {
                _ = try await operations.ended(run)
                return .ended
            }
            group.addTask {
                try await Task.sleep(for: interval)
                return .interval
            }
            defer { group.cancelAll() }
            return try await group.next()
        }
    }
}
