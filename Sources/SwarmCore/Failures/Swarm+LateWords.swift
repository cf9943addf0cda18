import SwarmModel

// Late words: what a worker that lost a lease still says about it, and when it lets go at last.

extension Swarm {
    /// The last that is heard of a call whose lease was taken away.
    enum LastWord {
        /// It had its effect, and returned this.
        case happened(Payload)
        /// It had none.
        case didNothing
        /// Its worker is gone, or does not know.
        case nothingSaid

        init(_ outcome: AttemptOutcome) {
            switch outcome {
            case .succeeded(let result): self = .happened(result)
            case .failed(let failure) where !FailureRule.leavesDoubt(failure): self = .didNothing
            case .failed, .rejected, .cancelled: self = .nothingSaid
            }
        }
    }

    /// A worker no longer holds a lease that had been taken from it.
    ///
    /// Its word comes too late to count as a result. But where the call is in doubt, and so nobody
    /// else has been given it, it is the best evidence there is. From here on nothing can happen
    /// any more that was begun under the lease, so that a doubt can be looked into.
    ///
    /// - Returns: Whether the word settled a doubt.
    @discardableResult
    mutating func letGo(
        _ lease: Lease,
        of worker: WorkerID,
        _ word: LastWord,
        _ now: Instant,
        _ step: inout Step
    ) -> Bool {
        emit(.leaseReleased(LeaseID(lease.number), worker), now, &step)
        guard let slot = runs.slot(of: lease.run) else { return false }
        let index = Int(lease.index)
        guard runs.slots[slot].subtasks.indices.contains(index),
            runs.slots[slot].subtasks[index].lease == lease.number
        else { return false }
        let isVerifying = runs.slots[slot].subtasks[index].phase == .verifying
        let isAsking = runs.slots[slot].subtasks[index].phase == .asking(.unknownOutcome)
        guard isVerifying || isAsking else {
            settle(slot, now, &step)
            return false
        }
        switch word {
        case .happened(let result):
            settleDoubt(
                index,
                in: slot,
                .happened,
                result: result,
                reason: "its worker answered after all",
                by: worker.description,
                now,
                &step
            )
            return true
        case .didNothing:
            settleDoubt(
                index,
                in: slot,
                .didNotHappen,
                result: nil,
                reason: "its worker said so after all",
                by: worker.description,
                now,
                &step
            )
            return true
        case .nothingSaid:
            if isVerifying { verify(index, in: slot, now, &step) }
            return false
        }
    }

    /// Whether the worker that had a subtask last may still act on it.
    func isStillHeld(_ index: Int, in slot: Int) -> Bool {
        let lease = runs.slots[slot].subtasks[index].lease
        guard lease > 0 else { return false }
        return workers.contains { $0.position(of: lease) != nil }
    }

    /// Whether some call of a run may still have an effect that would have to be undone.
    func mayStillAct(_ slot: Int) -> Bool {
        runs.slots[slot].undo.indices.contains { position in
            let entry = runs.slots[slot].undo[position]
            return entry.state == .doubtful && entry.undo != nil && !entry.isAccepted
                && isStillHeld(Int(entry.subtask), in: slot)
        }
    }
}
