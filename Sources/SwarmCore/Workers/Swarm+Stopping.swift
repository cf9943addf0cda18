import SwarmModel

// The orderly end of a swarm.

extension Swarm {
    /// Begins to end: finish what runs, or, when asked again or told so, at once.
    mutating func stop(drain: Bool, _ now: Instant, _ step: inout Step) {
        guard !isHalted else { return }
        emit(.stopping(drain: drain), now, &step)
        for slot in workers.indices {
            let worker = workers[slot]
            switch worker.phase {
            case .ready, .suspect:
                if drain {
                    emit(
                        .workerMoved(worker.id, to: .draining, reason: "the swarm is stopping"),
                        now,
                        &step
                    )
                    step.effects.append(
                        .drain(worker.id, within: shutdown(of: worker).drain)
                    )
                } else {
                    signal(slot, .terminate, now, &step)
                }
            case .draining:
                if !drain { signal(slot, .terminate, now, &step) }
            case .launching, .expected, .lost:
                signal(slot, .terminate, now, &step)
            case .waiting, .quarantined:
                emit(
                    .workerMoved(worker.id, to: .stopped, reason: "the swarm is stopping"),
                    now,
                    &step
                )
            case .stopping:
                if !drain { signal(slot, .kill, now, &step) }
            case .stopped: break
            }
        }
    }

    /// Ends the coordinator once no process of a worker is left.
    mutating func finishStopping(_ now: Instant, _ step: inout Step) {
        guard !isHalted, workers.allSatisfy({ !$0.hasProcess }) else { return }
        emit(.stopped, now, &step)
        step.effects.append(.halt)
    }
}
