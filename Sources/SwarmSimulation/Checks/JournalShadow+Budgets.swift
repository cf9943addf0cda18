import SwarmCore
import SwarmModel

// Budgets: what starts only while there is money, what is paid, and how runs end without any.

extension JournalShadow {
    // MARK: Paying

    /// A call is reserved before it starts, and starts only if there is money for it.
    mutating func reserve(
        _ dispatch: SubtaskDispatched,
        _ run: Int,
        _ place: Int,
        agent: Int
    ) -> Broken? {
        let number = dispatch.subtask.run.number
        let estimate = scenario.capabilities[lanes[lane(run, place)].capability].estimate
        guard dispatch.reserved == estimate else {
            return broken("I11", "\(dispatch.subtask) reserves what it does not cost", number)
        }
        guard spends else { return nil }
        if runs[run].isWrappingUp, !isUnlimited(run, place) {
            return broken("I11", "\(dispatch.subtask) starts, and its run only wraps up", number)
        }
        if let refusal = refusal(run, place, agent: agent) {
            return broken("I11", "\(dispatch.subtask) starts, but \(text(refusal))", number)
        }
        runs[run].spending.charges.append(
            Charge(
                purse: purse(run, place),
                agent: agent,
                lease: dispatch.lease.number,
                amounts: Amounts(estimate.microdollars, estimate.tokens, 1)
            )
        )
        return nil
    }

    /// What a worker says that a call under a lease has cost.
    func reported(_ lease: UInt64) -> Cost? {
        guard scenario.spending != nil, let lease = self.lease(lease).map({ ($0, lease) }) else {
            return nil
        }
        let estimate = scenario.capabilities[Int(lease.0.capability)].estimate
        return SpendingStyle.report(of: lease.1, estimate, seed: scenario.seed)
    }

    /// A call is paid: what was reported, what was expected, or nothing when it never began.
    mutating func settle(_ run: Int, _ lease: LeaseID, _ cost: Cost?, hasBegun: Bool) -> Broken? {
        guard spends else { return nil }
        if let cost, cost != reported(lease.number) {
            return broken("I11", "\(lease) has cost what nobody said", UInt64(run) + 1)
        }
        guard
            let position = runs[run].spending.charges.lastIndex(where: {
                $0.lease == lease.number
            })
        else { return nil }
        runs[run].spending.charges[position].isReserved = false
        if !hasBegun {
            runs[run].spending.charges[position].amounts = .zero
        } else if let cost, cost.microdollars <= 1_000_000_000_000,
            cost.tokens <= 1_000_000_000_000
        {
            let amounts = Amounts(cost.microdollars, cost.tokens, 1)
            runs[run].spending.charges[position].amounts = amounts
        }
        return nil
    }

    mutating func settle(_ ended: AttemptEnded, _ lease: LeaseID, _ run: Int) -> Broken? {
        let words = [
            "it failed", "refused", "always the same", "a call has failed",
            "the result breaks its contract",
        ]
        let isReported = words.contains { ended.failure.message.hasPrefix($0) }
        if isReported, ended.cost != reported(lease.number) {
            return broken(
                "I11",
                "\(ended.subtask) has failed, and what it cost is not what was said",
                ended.subtask.run.number
            )
        }
        return settle(run, lease, ended.cost, hasBegun: ended.directive != .reassign)
    }

    // MARK: Records

    mutating func budgetExhausted(_ found: BudgetExhausted) -> Broken? {
        func wrong(_ why: String) -> Broken {
            broken(
                "I11",
                "\(found.run) has used up its \(found.dimension) (\(found.used) of "
                    + "\(found.limit)), but \(why)",
                found.run.number
            )
        }
        coverage.exhausted += 1
        guard let run = live(found.run), runs[run].state == .live else { return wrong("it ends") }
        guard let subtask = found.subtask, let place = find(subtask)?.place,
            runs[run].subtasks[place].phase == .ready
        else { return wrong("nothing is to start") }
        let agent = found.agent.flatMap { name in
            scenario.plan.agents.firstIndex { $0.name == name }
        }
        let offers = scenario.capabilities[lanes[lane(run, place)].capability].agents
        guard let refusal = refusal(run, place, agent: agent ?? offers[0]),
            refusal.purse == (agent == nil ? 0 : nil)
        else { return wrong("nothing stands against \(subtask)") }
        guard refusal.dimension == found.dimension, refusal.used == found.used,
            refusal.limit == found.limit
        else { return wrong(text(refusal)) }
        guard isHopeless(run, place) else { return wrong("there is, or will be, money") }
        let wrapsUp = agent == nil && runs[run].spending.isWrapUp
        guard found.wrapsUp == wrapsUp else { return wrong("that is not how it is to end") }
        runs[run].spending.isExhausted = true
        if wrapsUp { runs[run].isWrappingUp = true }
        if agent == nil, !wrapsUp { mustEnd.append(run) }
        return nil
    }

    /// A subtask fails for want of money only when there is none, and none will come.
    func judgeExhausted(_ ended: AttemptEnded, _ run: Int, _ place: Int) -> Broken? {
        guard ended.lease == nil, ended.failure.kind == .budgetExhausted else { return nil }
        if runs[run].isWrappingUp, !isUnlimited(run, place) { return nil }
        guard isHopeless(run, place) else {
            return broken(
                "I11",
                "\(ended.subtask) fails for want of money, and there is, or will be, some",
                ended.subtask.run.number
            )
        }
        return nil
    }

    /// Whether somebody waits at a free worker although there is money, or never will be.
    func judgeWaiting(_ lane: Lane, at worker: Int) -> Broken? {
        guard spends else { return nil }
        for waiting in lane.ready {
            let (run, place) = (Int(waiting.run) - 1, Int(waiting.place))
            guard refusal(run, place, agent: workers[worker].agent) != nil, isHopeless(run, place)
            else { continue }
            return broken(
                "I11",
                "r_\(waiting.run) #\(runs[run].subtasks[place].index) waits for money that nobody "
                    + "has",
                waiting.run
            )
        }
        return nil
    }

    /// Whether a run that wrapped up has ended as one does.
    mutating func judgeWrappedUp(_ finished: RunFinished, _ run: Int) -> Broken? {
        guard finished.outcome == .failed, finished.failure?.kind == .budgetExhausted,
            runs[run].incomplete == 0,
            finished.standing.allSatisfy({ $0.reason == .mayHaveHappened })
        else {
            return broken(
                "I11",
                "\(finished.run) wraps up and ends as \(finished.outcome), with "
                    + "\(runs[run].incomplete) definitions left",
                finished.run.number
            )
        }
        return nil
    }

    private func text(_ refusal: Refusal) -> String {
        let whose =
            refusal.purse.map { $0 == 0 ? "the run" : "allowance \($0)" } ?? "the agent"
        return "\(whose) has used \(refusal.used) of \(refusal.limit) \(refusal.dimension)"
    }
}
