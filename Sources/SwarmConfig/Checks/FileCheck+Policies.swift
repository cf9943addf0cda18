import SwarmModel

/// What contracts, workflows and subtasks find when they look up to their topology.
struct TopologyPolicies: Sendable {
    /// What no run may exceed; nil when there is no topology.
    var limits: RunLimits?
    var failure = FailurePolicy()
    var breakers = CircuitBreakerDefaults()
    var retryBudget = RetryBudgetPolicy()

    init() {}

    init(_ topology: Topology) {
        limits = topology.coordinator.limits
        failure = topology.failure
        breakers = topology.circuitBreakers
        retryBudget = topology.retryBudget
    }
}

extension FileCheck {
    /// Reports what makes no sense about a breaker, laid over the policy of the level below.
    mutating func checkBreaker(
        _ breaker: JSON?,
        at path: JSONPath,
        over below: CircuitBreakerPolicy
    ) {
        guard let breaker, let partial = try? PartialCircuitBreakerPolicy(json: breaker) else {
            return
        }
        let policy = partial.resolved(over: below)
        if let window = partial.window, window.components.attoseconds != 0 {
            report(
                .outOfRange,
                at: path.appending(key: "window"),
                "\"window\" is \(window.configurationText)",
                expected: "expected whole seconds, which is what a breaker counts in"
            )
        }
        for (key, rate) in [("error_rate", partial.errorRate), ("slow_rate", partial.slowRate)]
        where rate != nil && policy.minimumCalls == nil {
            report(
                .missingKey,
                at: path.appending(key: key),
                "\"\(key)\" needs \"minimum_calls\"",
                hint: key == "error_rate"
                    ? "one failure of one call would be a rate of 1"
                    : "one slow call of one call would be a rate of 1"
            )
        }
        if partial.slowRate != nil, policy.slowCall == nil {
            report(
                .missingKey,
                at: path.appending(key: "slow_rate"),
                "\"slow_rate\" needs \"slow_call\"",
                hint: "add the time above which a call is slow"
            )
        }
        if partial.slowCall != nil, policy.slowRate == nil {
            report(
                .noEffect,
                as: .warning,
                at: path.appending(key: "slow_call"),
                "\"slow_call\" does nothing without \"slow_rate\"",
                hint: "add the share of slow calls that opens the breaker, from 0.001 to 1"
            )
        }
        guard policy.recoveryTimeout > policy.maxRecoveryTimeout else { return }
        let key = partial.recoveryTimeout != nil ? "recovery_timeout" : "max_recovery_timeout"
        guard breaker[key] != nil else { return }
        report(
            .outOfRange,
            at: path.appending(key: key),
            "\"recovery_timeout\" is longer than \"max_recovery_timeout\", "
                + policy.maxRecoveryTimeout.configurationText,
            expected: "expected recovery_timeout to be no more than max_recovery_timeout"
        )
    }

    /// Reports a retry budget that never suffices for one retry, laid over that of the topology.
    mutating func checkRetryBudget(
        _ budget: JSON?,
        at path: JSONPath,
        over below: RetryBudgetPolicy
    ) {
        guard let budget, let tokens = budget["tokens"]?.integerValue, tokens > 0 else { return }
        let cost = budget["retry_cost"]?.integerValue ?? Int64(below.retryCost)
        guard tokens < cost else { return }
        report(
            .outOfRange,
            at: path.appending(key: "tokens"),
            "\"tokens\" is \(tokens), and a retry takes \(cost)",
            expected: "expected enough for one retry, or 0 for none"
        )
    }

    /// Reports what makes no sense about a level's retries and fallback, where only the arguments
    /// of subtasks may refer to anything.
    mutating func checkFailure(
        _ failure: JSON?,
        at path: JSONPath,
        retryKey: String = "retry"
    ) {
        checkBackoff(failure?[retryKey], at: path.appending(key: retryKey))
        guard let args = failure?["on_failure"]?["fallback"]?["args"] else { return }
        let place = path.appending(keys: "on_failure", "fallback", "args")
        let scan = TemplateScan(args, at: place)
        reportProblems(of: scan)
        for found in scan.found {
            report(
                .invalidReference,
                at: found.path,
                "${\(found.reference)} means nothing here, where there is no run to refer to",
                hint: "name the fallback in the subtask, or leave out \"args\": it then gets the "
                    + "arguments of the call that failed"
            )
        }
    }

    /// Reports the strings of a template whose references do not parse.
    mutating func reportProblems(of scan: TemplateScan) {
        for problem in scan.problems {
            report(
                .invalidReference,
                at: problem.path,
                "\(JSON.string(problem.error.text).summary) is not a reference: "
                    + problem.error.reason,
                hint: "write $${ for the characters themselves"
            )
        }
    }

    /// Reports a fallback that nobody offers.
    mutating func checkFallback(_ fallback: JSON?, at path: JSONPath, index: CapabilityIndex) {
        guard index.isComplete, let fallback,
            let capability = fallback["capability"]?.stringValue
        else { return }
        let agent = fallback["agent"]?.stringValue
        if let agent, !index.agents.contains(agent) {
            reportUnknown(
                .unknownAgent,
                at: path.appending(key: "agent"),
                "there is no agent \"\(agent)\"",
                name: agent,
                among: index.agents,
                none: "the topology has no agents"
            )
            return
        }
        guard index.offers(of: capability, by: agent).isEmpty else { return }
        let names = index.offers.filter { agent == nil || $0.agent == agent }.map(\.name)
        let who = agent.map { "agent \"\($0)\" does not offer" } ?? "no agent offers"
        reportUnknown(
            .unknownCapability,
            at: path.appending(key: "capability"),
            "\(who) capability \"\(capability)\" to fall back to",
            name: CapabilityReference(capability).name,
            among: agent == nil ? index.names : names,
            none: "it offers nothing"
        )
    }
}
