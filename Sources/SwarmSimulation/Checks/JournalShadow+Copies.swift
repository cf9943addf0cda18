import SwarmCore
import SwarmModel

// Calls that are made a second time because they take long, and the tokens of retries.

extension JournalShadow {
    // MARK: Hedges

    /// The live leases of a subtask, oldest first.
    private func copies(_ run: Int, _ place: Int) -> [Int] {
        leases.indices.filter {
            leases[$0].state == .live && leases[$0].run == UInt64(run) + 1
                && leases[$0].place == Int32(place)
        }
    }

    /// A call that takes long is made again elsewhere, if it may be.
    mutating func hedged(_ dispatch: SubtaskDispatched, at time: Instant) -> Broken? {
        let number = dispatch.subtask.run.number
        func wrong(_ why: String, _ invariant: String = "I7") -> Broken {
            broken(invariant, "\(dispatch.subtask) is made twice, but \(why)", number)
        }
        guard let (run, place) = find(dispatch.subtask), runs[run].state == .live,
            runs[run].subtasks[place].phase == .running
        else { return wrong("it does not run", "I4") }
        let subtask = runs[run].subtasks[place]
        let capability = lanes[lane(run, place)].capability
        guard let policy = scenario.capabilities[capability].hedge,
            scenario.capabilities[capability].isSafe, case .workflow = subtask.origin
        else { return wrong("nobody allows it") }
        let known = copies(run, place)
        guard let first = known.first, known.count <= policy.maximum else {
            return wrong("\(known.count) workers have it already")
        }
        guard time >= leases[first].dispatched + policy.after * known.count else {
            return wrong("it has not taken long yet")
        }
        guard !runs[run].delegated.contains(where: { $0.parent == place }) else {
            return wrong("it has made calls of its own")
        }
        guard dispatch.attempt == Int(subtask.attempts), dispatch.probes.isEmpty,
            dispatch.lease.number == UInt64(leases.count) + 1
        else { return wrong("as another attempt, or as a trial") }
        guard let worker = workerPositions[dispatch.worker],
            isClosed(dispatch.worker, capability),
            !known.contains(where: { Int(leases[$0].worker) == worker })
        else { return wrong("\(dispatch.worker) has it already, or its breaker is not closed") }
        if let broken = judgeInputs(dispatch, run, place) { return broken }
        if let broken = takeTokens(retryBudget(capability).retryCost, of: capability, number) {
            return broken
        }
        coverage.hedged += 1
        if let broken = take(dispatch, run, place, at: time) { return broken }
        // It is no attempt of its own.
        runs[run].running -= 1
        runs[run].subtasks[place].attempts -= 1
        runs[run].subtasks[place].lease = subtask.lease
        return nil
    }

    /// Of several copies of a call all but one are taken back, and none of them decides anything.
    mutating func judgeCopies(_ ended: AttemptEnded, _ run: Int, _ place: Int) -> Broken? {
        let others = copies(run, place)
        let isHedge = ended.directive == .yield
        guard isHedge != others.isEmpty else {
            return broken(
                "I4",
                "\(ended.subtask): \(ended.directive), and \(others.count) others have it",
                ended.subtask.run.number
            )
        }
        if let next = others.first, runs[run].subtasks[place].lease == ended.lease?.number {
            runs[run].subtasks[place].lease = UInt64(next) + 1
        }
        return nil
    }

    /// One result counts, and only when every other copy has been taken back.
    func judgeOnly(_ success: SubtaskSucceeded, _ run: Int, _ place: Int) -> Broken? {
        guard copies(run, place).count > 1 else { return nil }
        return broken(
            "I4",
            "\(success.subtask) has a result, and others still have it",
            success.subtask.run.number
        )
    }

    /// A worker may be found not to have stopped only when it was asked to.
    func judgeStop(_ ended: AttemptEnded, _ lease: LeaseID, _ run: Int) -> Broken? {
        guard ended.stillHeld, ended.failure.kind == .cancelled, ended.directive != .yield,
            !leases[Int(lease.number) - 1].isCalledOff,
            // A slow disk, or the end of a coordinator, may keep the word from it for too long.
            runs[run].ending.commit < commits, runs[run].ending.at > resumed
        else { return nil }
        return broken(
            "I3",
            "\(ended.subtask) has not stopped, and nobody has asked it to",
            ended.subtask.run.number
        )
    }

    /// A worker that is heard of has a call that counts no more.
    mutating func noteTakenBack(_ lease: UInt64) {
        guard !leases[Int(lease) - 1].isCalledOff,
            workers[Int(leases[Int(lease) - 1].worker)].phase == .ready
        else { return }
        takenBack.append((lease, epoch, commits))
    }

    /// A worker that was not heard of for some time is: what counts no more, it cannot know.
    mutating func noteTakenBack(at worker: Int) {
        for position in leases.indices
        where leases[position].state == .revoked && Int(leases[position].worker) == worker {
            noteTakenBack(UInt64(position) + 1)
        }
    }

    /// Whoever has a call that counts no more is told at once to stop.
    mutating func checkTakenBack() -> Broken? {
        // What follows from a commit is done by the next, unless the coordinator ends before.
        while let first = takenBack.first, first.epoch < epoch || first.commit < commits {
            takenBack.removeFirst()
            let lease = leases[Int(first.lease) - 1]
            guard first.epoch == epoch, lease.state == .revoked, !lease.isCalledOff,
                workers[Int(lease.worker)].phase == .ready
            else { continue }
            return broken(
                "I11",
                "L\(first.lease) counts no more, and "
                    + "\(scenario.workers[Int(lease.worker)]) has not been told",
                lease.run
            )
        }
        return nil
    }

    /// Nobody is asked what became of a call while a worker may still act on it.
    func judgeQuestion(_ added: CallAdded, about place: Int, _ run: Int) -> Broken? {
        let number = UInt64(run) + 1
        let holder = leases.firstIndex {
            $0.state != .ended && $0.run == number && $0.place == Int32(place)
        }
        guard let holder else { return nil }
        return broken(
            "I8",
            "\(added.subtask) asks what became of it while L\(holder + 1) may still act",
            number
        )
    }

    // MARK: Tokens

    func retryBudget(_ capability: Int) -> RetryBudgetPolicy {
        let topology = scenario.plan.topology.retryBudget
        let own = scenario.capabilities[capability].retryBudget
        return RetryBudgetPolicy(
            tokens: own?.tokens ?? topology.tokens,
            retryCost: own?.retryCost ?? topology.retryCost,
            timeoutCost: own?.timeoutCost ?? topology.timeoutCost,
            successReturn: own?.successReturn ?? topology.successReturn
        )
    }

    private mutating func takeTokens(_ cost: Int, of capability: Int, _ run: UInt64) -> Broken? {
        let left = retryBudget(capability).tokens - tokensSpent[capability, default: 0]
        guard cost <= left else {
            return broken(
                "I7",
                "\(scenario.capabilities[capability].name) is tried again for \(cost) tokens, and "
                    + "\(left) are left",
                run
            )
        }
        tokensSpent[capability, default: 0] += cost
        return nil
    }

    /// A retry takes tokens, over all runs; without enough of them there is none.
    mutating func payRetry(_ ended: AttemptEnded, _ run: Int, _ place: Int) -> Broken? {
        guard let lease = ended.lease.flatMap({ self.lease($0.number) }),
            !runs[run].subtasks[place].isProtected
        else { return nil }
        let capability = Int(lease.capability)
        let policy = retryBudget(capability)
        let isLong = ended.failure.kind == .timeout || ended.failure.kind == .leaseExpired
        let cost = isLong ? policy.timeoutCost : policy.retryCost
        if case .retry = ended.directive {
            return takeTokens(cost, of: capability, ended.subtask.run.number)
        }
        guard ended.rule.contains("retry_budget") else { return nil }
        coverage.unaffordable += 1
        let left = policy.tokens - tokensSpent[capability, default: 0]
        guard left >= cost else { return nil }
        return broken(
            "I7",
            "\(ended.subtask) is not tried again for want of \(cost) tokens, and \(left) are left",
            ended.subtask.run.number
        )
    }

    /// A success gives tokens back: a few, or those of a retry when it was one.
    mutating func returnTokens(_ lease: LeaseID, attempt: Int32) {
        let capability = Int(leases[Int(lease.number) - 1].capability)
        guard let spent = tokensSpent[capability] else { return }
        let policy = retryBudget(capability)
        let back = attempt <= 1 ? policy.successReturn : policy.retryCost
        tokensSpent[capability] = max(spent - back, 0)
    }
}
