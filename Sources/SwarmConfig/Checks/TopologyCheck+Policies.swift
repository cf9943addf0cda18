import SwarmModel

extension TopologyCheck {
    /// Reports what makes no sense about the policies of failures, breakers and budgets.
    mutating func checkPolicies(_ topology: JSON) {
        checkFailure(topology["failure"], at: ["failure"])
        checkRetryBudget(
            topology["retry_budget"],
            at: ["retry_budget"],
            over: RetryBudgetPolicy()
        )
        let breakers = topology["circuit_breakers"]
        for level in CircuitBreakerLevel.allCases {
            checkBreaker(
                breakers?[level.rawValue],
                at: ["circuit_breakers", .key(level.rawValue)],
                over: .standard(for: level)
            )
        }
        var agents = CircuitBreakerPolicy.standard(for: .agent)
        for settings in [breakers?["agent"], topology["defaults"]?["circuit_breaker"]] {
            guard let settings else { continue }
            agents =
                (try? PartialCircuitBreakerPolicy(json: settings))?.resolved(over: agents) ?? agents
        }
        checkBreaker(
            topology["defaults"]?["circuit_breaker"],
            at: ["defaults", "circuit_breaker"],
            over: agents
        )
        let allowed = topology["coordinator"]?["limits"]?["run_budget"]
        for agent in topology["agents"]?.objectValue ?? [:] {
            let path: JSONPath = ["agents", .key(agent.key)]
            checkBreaker(
                agent.value["circuit_breaker"],
                at: path.appending(key: "circuit_breaker"),
                over: agents
            )
            checkBudget(agent.value["budget"], within: allowed, at: path.appending(key: "budget"))
        }
        checkBudget(topology["defaults"]?["budget"], within: allowed, at: ["defaults", "budget"])
    }

    /// Warns about an agent that may spend more than its whole run.
    private mutating func checkBudget(_ budget: JSON?, within run: JSON?, at path: JSONPath) {
        guard let budget = budget.flatMap({ try? Budget(json: $0) }),
            let run = run.flatMap({ try? Budget(json: $0) })
        else { return }
        func check(_ key: String, _ isMore: Bool, _ most: String) {
            guard isMore else { return }
            report(
                .noEffect,
                as: .warning,
                at: path.appending(key: key),
                "\"\(key)\" does nothing: a whole run may spend no more than \(most)",
                hint: "lower it, or raise \"run_budget\""
            )
        }
        if let own = budget.usd, let most = run.usd { check("usd", own > most, "\(most)") }
        if let own = budget.tokens, let most = run.tokens {
            check("tokens", own > most, "\(most)")
        }
        if let own = budget.calls, let most = run.calls { check("calls", own > most, "\(most)") }
        if let own = budget.time, let most = run.time {
            check("time", own > most, most.configurationText)
        }
    }
}
