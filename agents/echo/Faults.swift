import Glibc
import SwarmWorker
import Synchronization

/// Capabilities that misbehave on request, so that a swarm's handling of it can be tried out.
enum Faults {
    struct Sleep: Codable {
        /// How long to sleep.
        var ms: Int
        /// Progress messages to spread over that time.
        var steps: Int?
    }

    struct Slept: Codable {
        var ms: Int
    }

    /// Sleeps, and stops at once when it is cancelled.
    static let sleep: @Sendable (Sleep, WorkerContext) async throws -> Slept = { order, context in
        guard order.ms >= 0 else {
            throw WorkerFailure(.validation, "ms: expected a number from 0, found \(order.ms)")
        }
        let steps = max(1, order.steps ?? 1)
        for step in 1...steps {
            try await Task.sleep(for: .milliseconds(order.ms) / steps)
            if order.steps != nil { context.progress(done: step, total: steps) }
        }
        return Slept(ms: order.ms)
    }

    struct Fail: Codable {
        /// The class of the failure; `internal` by default.
        var kind: String?
        var message: String?
        /// Attempts that fail before one succeeds; nil fails for ever.
        var times: Int?
        var retryable: Bool?
    }

    struct Attempts: Codable {
        var attempt: Int
    }

    /// Fails as told, for the first `times` attempts.
    static let fail: @Sendable (Fail, WorkerContext) async throws -> Attempts = { order, context in
        if let times = order.times, context.attempt > times {
            return Attempts(attempt: context.attempt)
        }
        let name = order.kind ?? "internal"
        guard let kind = WorkerFailure.Kind(rawValue: name), kind.isReportable else {
            let words = WorkerFailure.Kind.allCases.filter(\.isReportable).map(\.rawValue)
                .joined(separator: ", ")
            throw WorkerFailure(.validation, "kind: expected one of \(words), found \"\(name)\"")
        }
        throw WorkerFailure(
            kind,
            order.message ?? "failing as told",
            retryable: order.retryable
        )
    }

    struct Nothing: Codable {}

    /// Never ends, whatever anybody says.
    static let hang: @Sendable (Nothing, WorkerContext) async throws -> Nothing = { _, context in
        context.log.info("hanging as told")
        return await withUnsafeContinuation { _ in }
    }

    struct Crash: Codable {
        /// The signal to die of; SIGKILL by default.
        var signal: Int32?
        /// Attempts that crash before one succeeds; nil crashes for ever.
        var times: Int?
    }

    /// Takes the whole process down.
    static let crash: @Sendable (Crash, WorkerContext) async throws -> Attempts = {
        order,
        context in
        if let times = order.times, context.attempt > times {
            return Attempts(attempt: context.attempt)
        }
        context.log.warn("crashing as told")
        let signal = order.signal ?? SIGKILL
        _ = Glibc.signal(signal, SIG_DFL)
        kill(getpid(), signal)
        throw WorkerFailure(.validation, "signal: \(signal) does not end a process")
    }

    struct Large: Codable {
        /// How many bytes of text to return.
        var bytes: Int
    }

    /// Returns a text of so many bytes, to try out the limit of payloads.
    static let large: @Sendable (Large, WorkerContext) async throws -> String = { order, _ in
        String(repeating: "x", count: max(0, order.bytes))
    }
}
