import SwarmCore
public import SwarmModel
import SwarmRuntime

// What runs have spent, from the core while they live and from the journal afterwards.

extension CoordinatorOperations {
    /// What a run has used up, and what it may.
    public func budget(_ run: RunID) async throws -> BudgetDocument {
        let entry = try entry(run)
        let now = await service.coordinator.now
        let seconds = Self.seconds((entry.finished ?? now) - entry.submitted)
        var lines: [BudgetLine]
        if let view = await service.coordinator.budget(of: run) {
            lines = Self.lines(view.spent, view.reserved, of: view.limit, after: seconds)
            for agent in view.agents {
                lines += Self.lines(agent.used, nil, of: agent.limit, after: seconds)
                    .filter { $0.limit != nil }
                    .map { line in
                        var line = line
                        line.agent = agent.agent
                        return line
                    }
            }
        } else {
            var spent = Spending.zero
            for subtask in try projection(of: entry).entries {
                spent =
                    spent
                    + Spending(
                        microdollars: subtask.cost.microdollars,
                        tokens: subtask.cost.tokens,
                        calls: Int64(subtask.attempts)
                    )
            }
            lines = Self.lines(spent, nil, of: Allowance(), after: seconds)
        }
        return BudgetDocument(
            run: run,
            state: entry.state,
            lines: lines,
            exhausted: entry.exhausted
        )
    }

    private static func lines(
        _ used: Spending,
        _ reserved: Spending?,
        of limit: Allowance,
        after seconds: Double
    ) -> [BudgetLine] {
        func dollars(_ micros: Int64) -> Double { Double(micros) / 1_000_000 }
        return [
            BudgetLine(
                .usd,
                used: dollars(used.microdollars),
                reserved: reserved.map { dollars($0.microdollars) },
                limit: limit.microdollars.map(dollars)
            ),
            BudgetLine(
                .tokens,
                used: Double(used.tokens),
                reserved: reserved.map { Double($0.tokens) },
                limit: limit.tokens.map(Double.init)
            ),
            BudgetLine(
                .calls,
                used: Double(used.calls),
                reserved: reserved.map { Double($0.calls) },
                limit: limit.calls.map(Double.init)
            ), BudgetLine(.time, used: seconds, limit: limit.time.map(Self.seconds)),
        ]
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.wholeMilliseconds) / 1000
    }
}
