import SwarmCore
import SwarmModel
import Testing

@Suite struct BudgetLedgerTests {
    private let start = Instant(microseconds: 1_000_000)

    private func ledger(
        cents: Int64? = nil,
        tokens: Int64? = nil,
        calls: Int64? = nil,
        time: Duration? = nil
    ) -> BudgetLedger {
        let limit = Allowance(
            microdollars: cents.map { $0 * 10_000 },
            tokens: tokens,
            calls: calls,
            time: time
        )
        return BudgetLedger(limit: limit, start: start)
    }

    private func cents(_ cents: Int64, tokens: Int64 = 0) -> Cost {
        Cost(microdollars: cents * 10_000, tokens: tokens)
    }

    private func dimension(
        _ ledger: BudgetLedger,
        _ estimate: Cost = .zero,
        account: Int = BudgetLedger.run,
        agent: String = "a",
        after: Duration = .zero
    ) -> BudgetExhausted.Dimension? {
        ledger.exhausted(by: estimate, account: account, agent: agent, at: start + after)?.dimension
    }

    @Test("Without a limit every call starts")
    func startsWithoutLimit() {
        var ledger = ledger()
        for number in 1...100 as ClosedRange<UInt64> {
            #expect(dimension(ledger, Cost.limit) == nil)
            ledger.reserve(number, Cost.limit, account: BudgetLedger.run, agent: "a")
        }
        #expect(ledger.left(in: BudgetLedger.run, agent: "a", at: start).isUnlimited)
    }

    @Test("What is under way counts with its estimate, and is settled with its cost")
    func reservesAndSettles() {
        var ledger = ledger(cents: 100)
        ledger.reserve(1, cents(40), account: BudgetLedger.run, agent: "a")
        ledger.reserve(2, cents(40), account: BudgetLedger.run, agent: "a")
        #expect(ledger.reserved == Spending(microdollars: 800_000, calls: 2))
        #expect(dimension(ledger, cents(21)) == .money)
        #expect(dimension(ledger, cents(20)) == nil)
        ledger.settle(1, .reported(cents(10)))
        #expect(ledger.spent == Spending(microdollars: 100_000, calls: 1))
        #expect(dimension(ledger, cents(50)) == nil)
        #expect(dimension(ledger, cents(51)) == .money)
        #expect(ledger.left(in: 0, agent: "a", at: start).microdollars == 500_000)
    }

    @Test("Each dimension has its own limit, and at it no call starts, whatever it costs")
    func limitsEachDimension() {
        var ledger = ledger(cents: 100, tokens: 1000, calls: 2)
        #expect(dimension(ledger, Cost(tokens: 1001)) == .tokens)
        ledger.reserve(1, Cost(tokens: 1000), account: 0, agent: "a")
        #expect(dimension(ledger) == .tokens)
        ledger.settle(1, .reported(Cost(tokens: 1)))
        #expect(dimension(ledger) == nil)
        ledger.reserve(2, .zero, account: 0, agent: "a")
        ledger.settle(2, .reported(.zero))
        #expect(dimension(ledger) == .calls)
        #expect(dimension(self.ledger(cents: 0)) == .money)
        #expect(dimension(self.ledger(calls: 0)) == .calls)
    }

    @Test("No call starts once the time is over, which counts from the submission")
    func limitsTime() {
        let ledger = ledger(time: .seconds(10))
        #expect(dimension(ledger, after: .milliseconds(9999)) == nil)
        #expect(dimension(ledger, after: .seconds(10)) == .time)
        let found = ledger.exhausted(by: .zero, account: 0, agent: "a", at: start + .seconds(12))
        #expect(found?.used == 12_000_000)
        #expect(found?.limit == 10_000_000)
        let left = ledger.left(in: 0, agent: "a", at: start + .seconds(4))
        #expect(left.time == .seconds(6))
    }

    @Test("A call that never began costs nothing; one that nobody reported costs its estimate")
    func settlesWithoutReport() {
        var ledger = ledger(cents: 100)
        ledger.reserve(1, cents(30), account: 0, agent: "a")
        ledger.reserve(2, cents(30), account: 0, agent: "a")
        ledger.settle(1, .notBegun)
        ledger.settle(2, .unreported)
        #expect(ledger.spent == Spending(microdollars: 300_000, calls: 1))
        #expect(dimension(ledger, cents(70)) == nil)
    }

    @Test("A second settlement, or one of a call never reserved, changes nothing")
    func settlesOnce() {
        var ledger = ledger(cents: 100)
        ledger.reserve(7, cents(30), account: 0, agent: "a")
        ledger.settle(7, .reported(cents(20)))
        let before = ledger
        ledger.settle(7, .reported(cents(20)))
        ledger.settle(8, .unreported)
        #expect(ledger == before)
    }

    @Test("A dearer call than estimated overshoots by what was under way, and that is recorded")
    func recordsOvershoot() {
        var ledger = ledger(cents: 100)
        ledger.reserve(1, cents(40), account: 0, agent: "a")
        ledger.reserve(2, cents(40), account: 0, agent: "a")
        ledger.settle(1, .reported(cents(90)))
        // 90 and 40 reserved: 30 over.
        #expect(ledger.overshoot == Spending(microdollars: 300_000))
        #expect(dimension(ledger) == .money)
        ledger.settle(2, .reported(cents(60)))
        #expect(ledger.spent == Spending(microdollars: 1_500_000, calls: 2))
        #expect(ledger.overshoot == Spending(microdollars: 500_000))
        #expect(ledger.left(in: 0, agent: "a", at: start).microdollars == 0)
    }

    @Test("What no call can cost is not believed, and the estimate counts")
    func refusesAbsurdReports() {
        var ledger = ledger(cents: 100)
        let absurd = [
            Cost(microdollars: .max), Cost(tokens: .max),
            Cost(microdollars: Cost.limit.microdollars + 1),
        ]
        for (number, cost) in absurd.enumerated() {
            ledger.reserve(UInt64(number), cents(10), account: 0, agent: "a")
            ledger.settle(UInt64(number), .reported(cost))
        }
        #expect(ledger.spent == Spending(microdollars: 300_000, calls: 3))
        #expect(ledger.refusedReports == 3)
        // Negative ones cannot even be said.
        #expect(Cost(microdollars: -5, tokens: .min) == .zero)
    }

    @Test(
        "Estimates and budgets of files are read without a trap",
        arguments: [
            (0.1, 100_000), (0.07, 70_000), (1.0, 1_000_000), (0.0000001, 1), (0, 0),
            (1_000_000, 1_000_000_000_000),
        ] as [(Double, Int64)]
    )
    func readsDollars(usd: Double, microdollars: Int64) {
        #expect(Cost(CostEstimate(usd: usd)).microdollars == microdollars)
        #expect(Allowance(Budget(usd: usd)).microdollars == microdollars)
    }

    @Test(
        "A budget that is no number allows nothing, and an estimate that is none is the dearest",
        arguments: [.nan, .infinity, 1e300, -1, -.infinity, .greatestFiniteMagnitude] as [Double]
    )
    func survivesAbsurdDollars(usd: Double) {
        #expect(Cost(CostEstimate(usd: usd, tokens: .max)) == Cost.limit)
        #expect(Allowance(Budget(usd: usd, tokens: -1)).microdollars == 0)
        #expect(Allowance(Budget(usd: usd, tokens: -1)).tokens == 0)
    }

    @Test("Sums stay at the largest number")
    func saturates() {
        let most = Spending(microdollars: .max, tokens: .max, calls: .max)
        #expect(most + most == most)
        #expect(Spending.zero - most == .zero)
    }

    // MARK: Agents

    @Test("An agent has a budget of its own within the run")
    func limitsAgents() {
        var ledger = ledger(cents: 100)
        ledger.limit("b", to: Allowance(microdollars: 200_000, calls: 5), start: start)
        ledger.reserve(1, cents(20), account: 0, agent: "b")
        #expect(dimension(ledger, agent: "b") == .money)
        #expect(dimension(ledger, agent: "a") == nil)
        let found = ledger.exhausted(by: .zero, account: 0, agent: "b", at: start)
        #expect(found?.owner == .agent("b"))
        ledger.settle(1, .reported(cents(5)))
        #expect(ledger.left(in: 0, agent: "b", at: start).microdollars == 150_000)
        #expect(ledger.left(in: 0, agent: "b", at: start).calls == 4)
        #expect(ledger.left(in: 0, agent: "a", at: start).microdollars == 950_000)
    }

    // MARK: Delegated allowances

    @Test("What a caller gives is set aside, and what is not spent comes back")
    func setsAllowancesAside() {
        var ledger = ledger(cents: 100, calls: 50)
        let child = ledger.open(Allowance(microdollars: 600_000), from: 0, at: start)
        #expect(dimension(ledger, cents(41)) == .money)
        #expect(dimension(ledger, cents(41), account: child) == nil)
        #expect(dimension(ledger, cents(61), account: child) == .money)
        #expect(ledger.left(in: child, agent: "a", at: start).microdollars == 600_000)
        #expect(ledger.left(in: child, agent: "a", at: start).calls == 50)
        ledger.reserve(1, cents(25), account: child, agent: "a")
        // Calls were not given, so they are the run's.
        #expect(ledger.left(in: 0, agent: "a", at: start).calls == 49)
        #expect(ledger.left(in: 0, agent: "a", at: start).microdollars == 400_000)
        ledger.settle(1, .reported(cents(25)))
        ledger.close(child)
        #expect(ledger.left(in: 0, agent: "a", at: start).microdollars == 750_000)
    }

    @Test("Nobody can give more than it has, nor be given less than nothing")
    func cutsAllowances() {
        var ledger = ledger(cents: 100)
        let child = ledger.open(Allowance(microdollars: 5_000_000), from: 0, at: start)
        #expect(ledger.left(in: child, agent: "a", at: start).microdollars == 1_000_000)
        let grandchild = ledger.open(
            Allowance(microdollars: 300_000, time: .seconds(5)),
            from: child,
            at: start + .seconds(1)
        )
        #expect(ledger.left(in: child, agent: "a", at: start).microdollars == 700_000)
        let left = ledger.left(in: grandchild, agent: "a", at: start + .seconds(2))
        #expect(left == Allowance(microdollars: 300_000, time: .seconds(4)))
        #expect(dimension(ledger, account: grandchild, after: .seconds(6)) == .time)
        let empty = ledger.open(Allowance(microdollars: -7), from: 0, at: start)
        #expect(dimension(ledger, account: empty) == .money)
    }

    @Test("An allowance that was spent in full to the last cent does not block its own call")
    func spendsAllowancesToTheEnd() {
        var ledger = ledger(cents: 100)
        let child = ledger.open(Allowance(microdollars: 1_000_000), from: 0, at: start)
        #expect(dimension(ledger, cents(1)) == .money)
        #expect(dimension(ledger, cents(100), account: child) == nil)
        ledger.reserve(1, cents(100), account: child, agent: "a")
        #expect(dimension(ledger, account: child) == .money)
    }

    @Test("When a call overshoots the run, allowances given before buy nothing more")
    func stopsAllAtOvershoot() {
        var ledger = ledger(cents: 100)
        let child = ledger.open(Allowance(microdollars: 500_000), from: 0, at: start)
        ledger.reserve(1, cents(10), account: 0, agent: "a")
        ledger.settle(1, .reported(cents(60)))
        // 60 spent and 50 set aside.
        let found = ledger.exhausted(by: .zero, account: child, agent: "a", at: start)
        #expect(found?.owner == .run)
        #expect(ledger.left(in: child, agent: "a", at: start).microdollars == 0)
    }

    @Test("An overspent allowance is paid by the account it came from")
    func paysForOverspending() {
        var ledger = ledger(cents: 100)
        let child = ledger.open(Allowance(microdollars: 200_000), from: 0, at: start)
        ledger.reserve(1, cents(20), account: child, agent: "a")
        ledger.settle(1, .reported(cents(50)))
        #expect(ledger.left(in: 0, agent: "a", at: start).microdollars == 500_000)
        ledger.close(child)
        #expect(ledger.left(in: 0, agent: "a", at: start).microdollars == 500_000)
    }

    @Test("Whatever is opened, reserved, settled and closed, the sums come out", arguments: 0..<50)
    func keepsBooks(seed: Int) {
        var chance = Rewordings(seed: UInt64(seed))
        var ledger = ledger(cents: 1_000_000)
        var accounts = [0]
        var open: [Int] = []
        var running: [(number: UInt64, estimate: Int64)] = []
        var spent: Int64 = 0
        for number in 1...400 as ClosedRange<UInt64> {
            switch chance.draw(4) {
            case 0:
                let from = accounts[chance.draw(accounts.count)]
                let given = Allowance(microdollars: Int64(chance.draw(50)) * 10_000)
                let child = ledger.open(given, from: from, at: start)
                accounts.append(child)
                open.append(child)
            case 1:
                let estimate = Int64(chance.draw(20))
                let account = accounts[chance.draw(accounts.count)]
                ledger.reserve(number, cents(estimate), account: account, agent: "a")
                running.append((number, estimate))
            default:
                guard !running.isEmpty else { continue }
                let call = running.remove(at: chance.draw(running.count))
                let cost = Int64(chance.draw(30))
                ledger.settle(call.number, .reported(cents(cost)))
                spent += cost
            }
            let reserved = running.reduce(0) { $0 + $1.estimate }
            #expect(ledger.spent.microdollars == spent * 10_000)
            #expect(ledger.reserved.microdollars == reserved * 10_000)
        }
        for call in running { ledger.settle(call.number, .notBegun) }
        for child in open.reversed() { ledger.close(child) }
        #expect(ledger.reserved == .zero)
        let left = ledger.left(in: 0, agent: "a", at: start).microdollars
        #expect(left == (1_000_000 - spent) * 10_000)
    }

    @Test("A refusal says whose budget, how much is used and what the call needs")
    func explains() {
        var ledger = ledger(cents: 500, time: .milliseconds(1500))
        ledger.reserve(1, cents(498), account: 0, agent: "a")
        let money = ledger.exhausted(by: cents(5), account: 0, agent: "a", at: start)
        #expect(
            money?.explanation == "the run's budget of 5.00 USD leaves too little: 4.98 USD are "
                + "spent or reserved, and this call is expected to take 0.05 USD"
        )
        let time = ledger.exhausted(by: .zero, account: 0, agent: "a", at: start + .seconds(2))
        #expect(time?.explanation == "the run's budget of 1.5 s was over after 2 s")
    }
}
