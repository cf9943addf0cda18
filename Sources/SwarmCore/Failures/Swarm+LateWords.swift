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
        guard runs.slots[slot].subtasks.indices.contains(index) else { return false }
        let isVerifying = runs.slots[slot].subtasks[index].phase == .verifying
        let isAsking = runs.slots[slot].subtasks[index].phase == .asking(.unknownOutcome)
        guard isVerifying || isAsking else {
            settle(slot, now, &step)
            return false
        }
        // What it called first says nothing about what was called in its place.
        let isOfCall = lease.capability == router.lanes[lane(of: index, in: slot)].capability
        switch word {
        case .happened(let result) where isOfCall:
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
        case .didNothing where isOnlyDoubt(lease, in: slot):
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
        case .happened, .didNothing, .nothingSaid:
            if isVerifying, !isStillHeld(index, in: slot) { verify(index, in: slot, now, &step) }
            return false
        }
    }

    /// Whether nothing but the attempt under a lease, which has been released, leaves a doubt.
    private func isOnlyDoubt(_ lease: Lease, in slot: Int) -> Bool {
        let index = Int(lease.index)
        let effect = Int(runs.slots[slot].subtasks[index].effect)
        return runs.slots[slot].subtasks[index].lease == lease.number
            && !isStillHeld(index, in: slot)
            && (effect < 0 || !runs.slots[slot].undo[effect].isDoubted)
    }

    /// Whether a worker that had a subtask may still act on it, be it as a copy of a later attempt.
    func isStillHeld(_ index: Int, in slot: Int) -> Bool {
        let run = runs.slots[slot].id
        return workers.contains { worker in
            worker.leases.contains { $0.run == run && $0.index == Int32(index) }
        }
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
