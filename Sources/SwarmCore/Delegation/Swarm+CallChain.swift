public import SwarmModel

// What an answer to a worker's call says beside the result: which calls it is about, and what is
// left to spend.

extension Swarm {
    /// The calls an answer is about, outermost first: what led to the subtask that asked, itself,
    /// and the call it asked for if that was made.
    ///
    /// Empty once the lease that asked is no longer live: nobody waits for the answer then.
    public func chain(of request: CallReference, by worker: WorkerID) -> [StackFrame] {
        guard let (run, index) = asking(request, worker) else { return [] }
        let made = runs.slots[run].delegation.children(of: Int32(index)).first { child in
            runs.slots[run].call(of: Int(child))?.request == request
        }
        return stack(above: made.map { Int($0) } ?? index, in: run)
    }

    /// What the subtask that asked, and all it delegates, may still spend.
    ///
    /// Without any limit once the lease that asked is no longer live.
    public func left(
        for request: CallReference,
        by worker: WorkerID,
        at now: Instant
    ) -> Allowance {
        guard let (run, index) = asking(request, worker), runs.slots[run].isMetered else {
            return Allowance()
        }
        return runs.slots[run].budget.left(
            in: account(of: index, in: run),
            agent: worker.agent,
            at: now
        )
    }

    private func asking(_ request: CallReference, _ worker: WorkerID) -> (run: Int, index: Int)? {
        guard let (slot, position) = find(request.lease, of: worker),
            !workers[slot].leases[position].isRevoked,
            let run = runs.slot(of: workers[slot].leases[position].run)
        else { return nil }
        return (run, Int(workers[slot].leases[position].index))
    }
}
