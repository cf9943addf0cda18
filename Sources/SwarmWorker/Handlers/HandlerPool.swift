import SwarmModel
import SwarmWire
import Synchronization

/// What is called for a subtask: arguments in, value out.
typealias Handler = @Sendable ([UInt8], WorkerContext) async throws -> [UInt8]

/// Runs handlers on Swift's own threads.
///
/// A batch of leases costs one hop, not one each: a runner takes lease after lease as long as
/// handlers return without waiting. While leases are queued there is always one runner to spare,
/// which takes over as soon as the one before it is held up, or at once when a second core is free.
/// So nothing queues behind a handler that waits, and nothing is spawned for handlers that do not.
final class HandlerPool: Sendable {
    private struct Queue {
        var leases: [HeldLease] = []
        var first = 0
        var hasSpare = false

        var isEmpty: Bool { first == leases.count }

        mutating func next() -> HeldLease? {
            guard !isEmpty else { return nil }
            let lease = leases[first]
            first += 1
            // What was taken is let go of in strides, so that a queue that never runs empty stays
            // as short as what waits in it.
            if isEmpty {
                leases.removeAll(keepingCapacity: true)
                first = 0
            } else if first >= 64 && first * 2 >= leases.count {
                leases.removeFirst(first)
                first = 0
            }
            return lease
        }

        /// Whether a spare runner must be made, which the caller then does.
        mutating func claimSpare() -> Bool {
            guard !isEmpty && !hasSpare else { return false }
            hasSpare = true
            return true
        }
    }

    private let queue = Mutex(Queue())
    private let outbox: Outbox
    private let log: WorkerLog

    init(outbox: Outbox, log: WorkerLog) {
        self.outbox = outbox
        self.log = log
    }

    /// Queues leases; called with everything one turn of the socket thread brought.
    func take(_ leases: [HeldLease]) {
        let mustSpawn = queue.withLock { queue in
            queue.leases.append(contentsOf: leases)
            return queue.claimSpare()
        }
        if mustSpawn { spawn() }
    }

    private func spawn() {
        let runner = Runner()
        // Not in a task group: each must be cancelled by itself, by a thread that is no task.
        runner.attach(Task.detached { await self.run(runner) })
    }

    private func run(_ runner: Runner) async {
        var isSpare = true
        while let lease = next(wasSpare: isSpare) {
            isSpare = false
            guard let tellsStart = lease.begin(on: runner) else { continue }
            if tellsStart { outbox.post(.started(lease)) }
            let ending = await carryOut(lease)
            lease.finish()
            outbox.post(.finished(lease, ending))
            if runner.isRetired {
                if queue.withLock({ $0.claimSpare() }) { spawn() }
                return
            }
        }
    }

    private func next(wasSpare: Bool) -> HeldLease? {
        let (lease, mustSpawn) = queue.withLock { queue -> (HeldLease?, Bool) in
            if wasSpare { queue.hasSpare = false }
            let lease = queue.next()
            return (lease, queue.claimSpare())
        }
        if mustSpawn { spawn() }
        return lease
    }

    private func carryOut(_ lease: HeldLease) async -> Ending {
        let context = WorkerContext(lease: lease, outbox: outbox, log: log)
        do {
            return .succeeded(try await lease.handler(lease.arguments, context))
        } catch {
            return FailureReport.ending(for: error, of: lease)
        }
    }
}
