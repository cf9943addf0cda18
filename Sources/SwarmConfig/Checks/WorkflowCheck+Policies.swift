import SwarmModel

extension WorkflowCheck {
    /// Reports what makes no sense about the policies of the whole workflow.
    mutating func checkPolicies() {
        checkFailure(source.value["failure"], at: ["failure"])
        checkBreaker(
            source.value["circuit_breaker"],
            at: ["circuit_breaker"],
            over: index?.policies.breakers.workflow ?? .standard(for: .workflow)
        )
        guard let index else { return }
        checkFallback(
            source.value["failure"]?["on_failure"]?["fallback"],
            at: ["failure", "on_failure", "fallback"],
            index: index
        )
    }

    /// Reports what makes no sense about the policies of one subtask.
    mutating func checkPolicies(_ subtask: WorkflowOutline.Subtask) {
        let retry = subtask.path.appending(key: "retry")
        checkBackoff(source.value[retry], at: retry)
        guard let index else { return }
        checkFallback(subtask.fallback, at: subtask.fallbackPath, index: index)
        let place = subtask.path.appending(key: "unknown_outcome")
        guard source.value[place]?.stringValue == "verify", let contract = contract(of: subtask),
            contract.verifyWith == nil
        else { return }
        report(
            .unverifiable,
            at: place,
            "\"unknown_outcome\" is \"verify\", and \"\(contract.name)\" names nothing to verify "
                + "with",
            hint: "add \"verify_with\" to its contract, or ask a person: \"ask_human\""
        )
    }

    /// Reports what would leave a run neither done nor undone, or beyond its bounds.
    mutating func checkSafety(of workflow: Workflow) {
        guard let order = try? DependencyOrder(of: workflow) else { return }
        let index = index
        let safety = WorkflowSafety(
            limits: index?.policies.limits,
            failure: index?.policies.failure ?? FailurePolicy()
        ) { capability, agent in
            let offers = index?.offers(of: capability, by: agent).compactMap { offer in
                offer.contract.map { WorkflowSafety.Offer(agent: offer.agent, contract: $0) }
            }
            return offers?.isEmpty ?? true ? nil : offers
        }
        for finding in safety.findings(in: workflow, order: order) {
            report(
                finding.rule.code,
                as: finding.rule.isWarning ? .warning : .error,
                at: finding.path,
                finding.message,
                expected: finding.expected,
                hint: finding.hint
            )
        }
    }
}

extension SafetyFinding.Rule {
    /// The class of mistake it is in a file.
    fileprivate var code: Diagnostic.Code {
        switch self {
        case .secondPivot, .afterPivot, .irreversible, .pivotFansOut: .pivot
        case .finallyPivot, .finallyNeeded: .finally
        case .unknownFallback, .unknownCompensation: .unknownCapability
        case .unverifiable: .unverifiable
        case .limitRaised, .tooManySubtasks: .outOfRange
        case .nothingToWrapUp: .noEffect
        }
    }
}
