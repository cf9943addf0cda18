import SwarmModel
import SwarmWire
import Synchronization

/// A subtask that this worker holds, shared by the socket thread and the handler that works on it.
final class HeldLease: Sendable {
    /// How far the handler is.
    private enum Stage {
        /// In the queue. Next: `running`, `withdrawn`.
        case waiting
        /// A handler works on it. Next: `finished`.
        case running(Runner)
        /// Taken back before a handler saw it. Final.
        case withdrawn
        /// The handler has returned. Final.
        case finished
    }

    /// What a wish to stop met.
    enum Stop {
        /// No handler had begun, and none will.
        case withdrawn
        /// The handler is told; its result will come.
        case told
        /// The handler had ended already.
        case late
    }

    /// A step forward that was not sent yet.
    struct Step {
        var done: Int64?
        var total: Int64?
        var note: String?
    }

    private struct State {
        var stage = Stage.waiting
        /// The socket thread wants to hear of the start.
        var wantsStart = false
        var step: Step?
        var usage: Usage?
        /// What may still be used up, as it was when this was last heard.
        var allowance: Allowance?
        var allowedAt = ContinuousClock.now
    }

    let assignment: Assignment
    let arguments: [UInt8]
    let deadline: ContinuousClock.Instant?
    let handler: Handler
    private let state = Mutex(State())
    private let stopped = Atomic<Bool>(false)

    init(_ assignment: Assignment, arguments: [UInt8], handler: @escaping Handler) {
        self.assignment = assignment
        self.arguments = arguments
        self.handler = handler
        state.withLock { $0.allowance = assignment.budget }
        deadline = assignment.deadline.map { ContinuousClock.now + $0 }
    }

    var id: LeaseID { assignment.lease }

    /// Whether somebody wants the handler to stop.
    var isCancelled: Bool { stopped.load(ordering: .relaxed) }

    /// A handler takes it up; nil when it was withdrawn, else whether the start must be told now.
    func begin(on runner: Runner) -> Bool? {
        state.withLock { state in
            guard case .waiting = state.stage else { return nil }
            state.stage = .running(runner)
            return state.wantsStart
        }
    }

    func finish() {
        state.withLock { $0.stage = .finished }
    }

    /// Whether a handler works on it; if not, the start will be told when one does.
    func hasStarted() -> Bool {
        state.withLock { state in
            if case .waiting = state.stage {
                state.wantsStart = true
                return false
            }
            return true
        }
    }

    /// Takes it out of the queue, when no handler has begun.
    func withdraw() -> Bool {
        state.withLock { state in
            guard case .waiting = state.stage else { return false }
            state.stage = .withdrawn
            return true
        }
    }

    /// Stops it: before the start for good, later by telling the handler.
    func cancel() -> Stop {
        stopped.store(true, ordering: .relaxed)
        let met = state.withLock { state -> (Stop, Runner?) in
            switch state.stage {
            case .waiting:
                state.stage = .withdrawn
                return (.withdrawn, nil)
            case .running(let runner):
                // From here on the runner takes no other lease, so that the cancellation below,
                // which happens outside the lock, cannot hit the wrong one.
                runner.retire()
                return (.told, runner)
            case .withdrawn, .finished:
                return (.late, nil)
            }
        }
        met.1?.cancel()
        return met.0
    }

    /// Keeps the newest step; true when none was waiting, so that its coming must be told.
    func advance(to step: Step) -> Bool {
        state.withLock { state in
            defer { state.step = step }
            return state.step == nil
        }
    }

    /// What was used up; nil when the handler does not say.
    var usage: Usage? { state.withLock { $0.usage } }

    /// Adds to what was used up.
    func add(_ cost: Cost) {
        state.withLock { $0.usage = cost.added(to: $0.usage) }
    }

    /// What may still be used up; nil when nothing is limited.
    var budget: Budget? {
        state.withLock { state in
            state.allowance.map { Budget($0, usedUp: state.allowedAt.duration(to: .now)) }
        }
    }

    /// Takes the coordinator's word for what may still be used up.
    func grant(_ allowance: Allowance) {
        state.withLock { state in
            state.allowance = allowance
            state.allowedAt = .now
        }
    }

    /// The newest step, once.
    func takeStep() -> Step? {
        state.withLock { $0.step.take() }
    }
}
