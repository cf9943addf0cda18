import SwarmModel

// Subtasks that no worker may take: they say so once and wait, or fail, as their policy has it.

extension Swarm {
    /// Looks for lanes that no worker may serve, and tells what waits there.
    ///
    /// Busy workers, and those that start or restart by themselves, are no reason; nor is a trial
    /// call that is under way.
    ///
    /// - Returns: Whether a subtask was failed, which may have made others ready.
    mutating func reportBlocked(_ now: Instant, _ step: inout Step) -> Bool {
        for lane in router.lanes.indices
        where !router.lanes[lane].queue.isEmpty
            && router.lanes[lane].queue.newest > router.lanes[lane].blockedThrough
        {
            guard let obstacle = obstacle(of: lane, now) else { continue }
            if block(lane, obstacle, now, &step) { return true }
        }
        return false
    }

    private struct Obstacle {
        var reason: String
        var kind: FailureKind
    }

    /// What keeps every worker from a lane; nil when one may serve it, now or in a while.
    private func obstacle(of lane: Int, _ now: Instant) -> Obstacle? {
        let agent = router.lanes[lane].agent
        var reasons: [String] = []
        var isBroken = false
        for offer in router.offers(of: lane) {
            let slot = offer.worker
            guard agent == nil || workers[slot].id.agent == agent else { continue }
            switch workers[slot].phase {
            case .quarantined: reasons.append("\(workers[slot].id) is quarantined")
            case .stopped where workers[slot].hasEnded:
                reasons.append("\(workers[slot].id) has ended")
            case .stopped, .waiting, .launching, .expected, .ready, .suspect, .lost, .draining,
                .stopping:
                guard
                    let breaker = closedWay(at: offer.breaker, now)
                        ?? closedWay(at: workers[slot].breaker, now)
                else { return nil }
                isBroken = true
                reasons.append(breaker)
            }
        }
        if reasons.isEmpty { reasons = ["no worker of the topology offers it"] }
        let shown = reasons.prefix(4).joined(separator: "; ")
        let rest = reasons.count > 4 ? "; and \(reasons.count - 4) more" : ""
        return Obstacle(reason: shown + rest, kind: isBroken ? .breakerOpen : .unavailable)
    }

    private func closedWay(at breaker: Int, _ now: Instant) -> String? {
        guard !breakers.admits(breaker, at: now) else { return nil }
        let entry = breakers[breaker]
        switch entry.breaker.state {
        case .forcedOpen: return "an operator opened the breaker of \(entry.target)"
        case .open: return "the breaker of \(entry.target) is open"
        case .closed, .halfOpen, .disabled: return nil
        }
    }

    private mutating func block(
        _ lane: Int,
        _ obstacle: Obstacle,
        _ now: Instant,
        _ step: inout Step
    ) -> Bool {
        let newcomers = router.lanes[lane].queue.entries(after: router.lanes[lane].blockedThrough)
        let name = router.capabilities[router.lanes[lane].capability].name
        let message = "no worker may take \"\(name)\": \(obstacle.reason)"
        var waiting: SubtaskID?
        var hasFailed = false
        for entry in newcomers {
            guard let slot = runs.slot(of: entry.run) else { continue }
            let index = Int(entry.index)
            // An earlier failure here may have ended its run.
            guard runs.slots[slot].subtasks[index].phase == .ready,
                runs.slots[slot].subtasks[index].order == entry.order
            else { continue }
            let policy = policy(of: index, in: slot, under: contract(of: index, in: slot))
                .onUnavailable
            guard policy.value == .fail, !runs.slots[slot].isProtected(index) else {
                let compiled = workflows[runs.slots[slot].workflow]
                waiting = waiting ?? runs.slots[slot].id(of: index, in: compiled)
                continue
            }
            hasFailed = true
            let failure = Failure(obstacle.kind, message, retryable: false)
            let rule = "\(policy.origin.rawValue).on_unavailable"
            failUnheld(index, in: slot, failure, rule: rule, now, &step)
            settle(slot, now, &step)
        }
        if let waiting, let slot = runs.slot(of: waiting.run),
            runs.slots[slot].subtasks[Int(waiting.index)].phase == .ready
        {
            emit(
                .subtaskBlocked(
                    SubtaskBlocked(subtask: waiting, capability: name, reason: obstacle.reason)
                ),
                now,
                &step
            )
        }
        return hasFailed
    }

    /// Fails what waits in a blocked lane for longer than all its attempts and waits may take.
    mutating func expireBlocked(_ now: Instant, _ step: inout Step) {
        for lane in router.lanes.indices where router.lanes[lane].blockedThrough > 0 {
            for entry in router.lanes[lane].queue.entries(after: 0) {
                guard let (deadline, origin) = retryDeadline(of: entry), deadline <= now,
                    let slot = runs.slot(of: entry.run)
                else { continue }
                let message = "its time was over before a worker could take it again"
                failUnheld(
                    Int(entry.index),
                    in: slot,
                    Failure(.timeout, message, retryable: false),
                    rule: "\(origin.rawValue).retry.deadline",
                    now,
                    &step
                )
                settle(slot, now, &step)
            }
        }
    }

    /// The first moment at which ``expireBlocked(_:_:)`` has something to do.
    var blockedDeadline: Instant? {
        router.lanes.lazy.filter { $0.blockedThrough > 0 }.flatMap { lane in
            lane.queue.entries(after: 0).compactMap { retryDeadline(of: $0)?.deadline }
        }.min()
    }

    /// When all attempts of a subtask that had one already must be over.
    private func retryDeadline(of entry: ReadyEntry) -> (deadline: Instant, PolicyOrigin)? {
        let index = Int(entry.index)
        guard let slot = runs.slot(of: entry.run),
            let first = runs.slots[slot].subtasks[index].first,
            runs.slots[slot].subtasks[index].phase == .ready
        else { return nil }
        let policy = policy(of: index, in: slot, under: contract(of: index, in: slot)).deadline
        return policy.value.map { (first + $0, policy.origin) }
    }

    // MARK: Applying

    mutating func applyBlocked(_ blocked: SubtaskBlocked) {
        let slot = liveSlot(of: blocked.subtask.run)
        let lane = lane(of: Int(blocked.subtask.index), in: slot)
        router.lanes[lane].blockedThrough = router.lanes[lane].queue.newest
        clock.note(blockedDeadline)
    }
}
