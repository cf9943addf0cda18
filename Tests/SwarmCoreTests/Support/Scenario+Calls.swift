import SwarmCore
import SwarmModel
import Testing

// What workers do that delegate, and what they hear of it.

/// An answer to a call, as it left for a worker.
struct Reply: Hashable {
    var worker: WorkerID
    var request: CallReference
    var answer: CallAnswer

    /// What the call returned; nil when it failed.
    var result: String? {
        if case .succeeded(let payload) = answer { payload.text } else { nil }
    }

    /// Why the call failed or was not made; nil when it succeeded.
    var failure: Failure? {
        switch answer {
        case .succeeded: nil
        case .failed(let failure), .refused(let failure): failure
        }
    }

    /// Whether the call was not made.
    var isRefused: Bool {
        if case .refused = answer { true } else { false }
    }
}

extension Scenario {
    /// A swarm under these limits, whose workers have said HELLO.
    init(
        agents: [TestAgent],
        semaphores: [NamedSemaphore] = [],
        limits change: (inout RunLimits) -> Void
    ) {
        self.init()
        send(.opened(epoch: 1, seed: 42))
        var plan = TestAgent.plan(agents, semaphores: semaphores)
        change(&plan.topology.coordinator.limits)
        send(.configured(plan))
        for view in swarm.workerViews where view.phase == .launching { join(view.id) }
    }

    /// A worker asks for a call in the midst of its own.
    @discardableResult
    mutating func call(
        _ dispatch: Dispatch,
        _ number: UInt64,
        _ capability: String,
        _ arguments: String = "{}",
        agent: String? = nil,
        allowance: Allowance? = nil,
        timeout: Duration? = nil
    ) -> Step {
        send(
            .delegated(
                dispatch.worker,
                dispatch.lease,
                DelegateRequest(
                    number: number,
                    capability: capability,
                    agent: agent,
                    arguments: .inline(Array(arguments.utf8)),
                    allowance: allowance,
                    timeout: timeout
                )
            )
        )
    }

    /// The answers that left since the last call.
    mutating func takeReplies() -> [Reply] {
        var replies: [Reply] = []
        effects.removeAll { effect in
            guard case .reply(let worker, let request, let answer) = effect else { return false }
            replies.append(Reply(worker: worker, request: request, answer: answer))
            return true
        }
        return replies
    }

    /// The leases that were asked to stop since the last call, and why.
    mutating func takeCancels() -> [LeaseID: CancelReason] {
        var cancels: [LeaseID: CancelReason] = [:]
        effects.removeAll { effect in
            guard case .cancel(_, let lease, let reason, _) = effect else { return false }
            cancels[lease] = reason
            return true
        }
        return cancels
    }

    /// The one dispatch asked for since the last call.
    mutating func takeDispatch(
        _ location: SourceLocation = #_sourceLocation
    ) throws -> Dispatch {
        let dispatches = takeDispatches()
        try #require(dispatches.count == 1, sourceLocation: location)
        return dispatches[0]
    }

    /// Why a run is parked, if it is.
    func parked(_ run: RunID?) -> RunParked? {
        var parked: RunParked?
        for (record, _) in journal {
            switch record {
            case .runParked(let now) where now.run == run: parked = now
            case .runResumed(let resumed) where resumed.run == run: parked = nil
            default: break
            }
        }
        return parked
    }

    /// How the attempts of a subtask ended, but for success.
    func ends(of subtask: String) -> [AttemptEnded] {
        journal.compactMap { entry in
            guard case .attemptEnded(let end) = entry.record, end.subtask.description == subtask
            else { return nil }
            return end
        }
    }

    /// The subtasks that were dispatched, in order.
    var dispatchedNames: [String] {
        journal.compactMap { entry in
            if case .subtaskDispatched(let dispatch) = entry.record {
                dispatch.subtask.description
            } else {
                nil
            }
        }
    }

    func records<Found>(_ pick: (Record) -> Found?) -> [Found] {
        journal.compactMap { pick($0.record) }
    }
}
