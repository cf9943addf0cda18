import SwarmModel

// What broke, what would have helped, and what a contract leaves to luck.

extension UserSwarmCampaign {
    /// Why runs did not succeed, the most frequent first.
    func breakages(_ lives: [LifeSummary]) -> [UserSwarmReport.Breakage] {
        var found: [(key: [String], breakage: UserSwarmReport.Breakage)] = []
        for life in lives {
            for (position, run) in life.log.runs.enumerated() where run.outcome != .succeeded {
                let breakage = self.breakage(run, position, life)
                let key = [
                    breakage.subtask ?? "", breakage.failure, breakage.rule ?? "",
                ]
                if let known = found.firstIndex(where: { $0.key == key }) {
                    found[known].breakage.runs += 1
                } else {
                    found.append((key, breakage))
                }
            }
        }
        return found.map(\.breakage).sorted { $0.runs > $1.runs }
    }

    private func breakage(
        _ run: LifeLog.Run,
        _ position: Int,
        _ life: LifeSummary
    ) -> UserSwarmReport.Breakage {
        // A run that waits does so for what was asked, whatever has failed in it before.
        let asks = run.waitsFor == nil ? nil : run.asks
        let place = asks?.definition ?? run.broke?.definition
        let definition = place.map { model.workflow.definitions[$0] }
        let contract = definition.flatMap { model.contract($0.capability) }
        let kind = run.broke?.kind ?? run.failure?.kind
        let isDeserted = life.log.quarantines > 0 && options.operators == .absent
        let failure =
            run.outcome == nil
            ? run.outcomeName : kind?.rawValue ?? run.outcome?.rawValue ?? "unknown"
        return UserSwarmReport.Breakage(
            subtask: definition?.name,
            capability: contract?.name,
            failure: failure,
            rule: asks == nil ? run.broke?.rule : nil,
            message: asks?.reason ?? run.broke?.message ?? run.failure?.message
                ?? "it has not ended",
            runs: 1,
            hint: model.hint(run, definition, contract, isDeserted: isDeserted),
            command: repeating(life.seed, runs: life.runCount) + " --history r_\(position + 1)"
        )
    }
}

extension UserSwarmModel {
    /// The contract of a capability, by its position.
    func contract(_ capability: Int) -> CapabilityContract? {
        let name = capabilities[capability].name
        return plan.agents.lazy.compactMap { $0.manifest.capability(named: name) }.first
    }

    /// What would keep a run from ending so.
    func hint(
        _ run: LifeLog.Run,
        _ definition: ScenarioWorkflow.Definition?,
        _ contract: CapabilityContract?,
        isDeserted: Bool
    ) -> String {
        let supervision =
            "raise \"supervision\".\"max_restarts\": a worker was quarantined, and nobody puts it back"
        if run.outcome == nil {
            if run.waitsFor == RunOutcome.compensationFailed.rawValue {
                return "its undoing failed: once the cause is mended, `swarm compensate` goes on"
            }
            guard run.waitsFor != nil else { return supervision }
            if let definition, let contract, contract.isSafeToRepeat {
                return "somebody must answer `swarm decide`, as \"on_failure\" of "
                    + "\(definition.name) wants it; more \"max_attempts\" make that rarer"
            }
            return contract?.verifyWith.map {
                "somebody must answer `swarm decide`: \($0) could not say what happened"
            } ?? "somebody must answer `swarm decide`; \"verify_with\" asks the tool instead"
        }
        switch run.failure?.kind {
        case .deadlineExceeded? where isDeserted: return supervision
        case .deadlineExceeded?:
            return "raise \"limits\".\"deadline\", or lower \"timeout\": each call that hangs "
                + "takes all of it"
        case .budgetExhausted?: return "raise the budget: repeated calls are paid again"
        case .cancelled?: return "nothing: a person wanted it so"
        default: break
        }
        guard let broke = run.broke, let definition, let contract else {
            return "`swarm show` of such a run says more"
        }
        let retry = definition.retry?.resolved(over: capabilities[definition.capability].retry)
        let rule = broke.rule.prefix { $0 != "," }
        if rule.hasSuffix("retry_budget") {
            return "raise \"retry_budget\".\"tokens\", or let a circuit breaker open sooner"
        }
        if rule.hasSuffix(".retry") {
            return "raise \"max_attempts\" of \(contract.name), now \(retry?.maxAttempts ?? 1), or "
                + "its \"max\", now \(retry?.backoff.maximum.configurationText ?? "-")"
        }
        if rule.hasSuffix("retry.deadline") {
            return "raise \"deadline\" of the retry policy of \(contract.name)"
        }
        if rule.hasSuffix("max_invalid_results") {
            let workers = plan.agents(offering: contract.name)
                .reduce(0) { $0 + $1.configuration.replicas }
            if !contract.isSafeToRepeat {
                return "make \(contract.name) idempotent: a wrong result cannot be asked for again"
            }
            return workers < 2
                ? "give its agent \"replicas\": 2: only another worker is asked again"
                : "raise \"max_invalid_results\" of \(contract.name), now "
                    + "\(retry?.maxInvalidResults ?? 1)"
        }
        if rule.hasSuffix("retry_on") {
            return "add \"\(broke.kind.rawValue)\" to \"retry_on\" of \(contract.name), if "
                + "repeating can help"
        }
        let isRefusal = [.validation, .permission, .conflict, .notFound].contains(broke.kind)
        if rule.hasSuffix("not safe to repeat"), !isRefusal {
            return "make \(contract.name) idempotent, by its idempotency key: then it is repeated"
        }
        if rule.hasSuffix("unknown_outcome") {
            return "declare \"verify_with\" for \(contract.name), which asks the tool what happened"
        }
        if rule.hasSuffix("the worker's word") {
            return "set \"on_failure\" of \(definition.name): fallback, skip or ask"
        }
        if rule.hasSuffix("max_wait") {
            return "raise \"permits\" or \"max_wait\" of that semaphore"
        }
        if rule.hasSuffix("on_unavailable") {
            return "set \"on_unavailable\": \"wait\", or give the agent more \"replicas\""
        }
        return "set \"on_failure\" of \(definition.name): fallback, skip or ask"
    }

    /// Steps whose calls are waited for much longer than they take, as it showed.
    func patience(_ user: UserSwarm, _ lives: [LifeSummary]) -> [UserSwarmReport.Weakness] {
        workflow.definitions.indices.compactMap { position -> UserSwarmReport.Weakness? in
            let expired = lives.reduce(0) { $0 + $1.log.steps[position].expired }
            let definition = workflow.definitions[position]
            guard expired > 0, let contract = contract(definition.capability) else { return nil }
            let timeout = definition.timeout ?? contract.timeout
            let usual = user.usualDuration(of: contract)
            guard timeout > usual * 20 else { return nil }
            let workers = plan.agents(offering: contract.name)
                .reduce(0) { $0 + $1.configuration.replicas }
            let isHedgeable = contract.isSafeToRepeat && workers > 1 && contract.hedge == nil
            return UserSwarmReport.Weakness(
                subtask: definition.name,
                capability: contract.name,
                kind: contract.stepKind.rawValue,
                problem: "\(expired) calls were given up after \(timeout.configurationText); one "
                    + "that does not hang takes \(usual.configurationText)",
                hint: "lower \"timeout\"" + (isHedgeable ? ", or declare \"hedge\"" : "")
            )
        }
    }

    /// Steps that nothing protects against a failure at the wrong moment.
    func weaknesses(_ user: UserSwarm) -> [UserSwarmReport.Weakness] {
        var found: [UserSwarmReport.Weakness] = []
        for definition in workflow.definitions {
            guard let contract = contract(definition.capability) else { continue }
            func add(_ problem: String, _ hint: String) {
                found.append(
                    UserSwarmReport.Weakness(
                        subtask: definition.name,
                        capability: contract.name,
                        kind: contract.stepKind.rawValue,
                        problem: problem,
                        hint: hint
                    )
                )
            }
            if !contract.isSafeToRepeat, contract.verifyWith == nil {
                add(
                    "when its answer is lost, only a person knows whether it happened",
                    contract.start == .confirmed
                        ? "declare \"verify_with\""
                        : "declare \"verify_with\", or \"start\": \"confirmed\" to be in doubt less "
                            + "often"
                )
            }
            if contract.stepKind == .undeclared
                || (contract.stepKind == .retriable
                    && contract.compensation == .undeclared),
                !definition.isPivot
            {
                add(
                    "nothing undoes it when the run fails later, and nobody said that this is "
                        + "meant",
                    contract.sideEffect == .additive && contract.idempotent
                        ? "declare \"compensation\", or \"compensation\": \"keep\" if it may stay"
                        : "declare \"compensation\", or \"compensation\": \"none\" if nothing can"

                )
            }
            let attempts = definition.retry?
                .resolved(over: capabilities[definition.capability].retry).maxAttempts
            // Whoever says what follows a failure has thought of it.
            if contract.isSafeToRepeat, attempts == 1, !definition.hasWayOut {
                add(
                    "its first failure is its last, although it is safe to repeat",
                    "raise \"max_attempts\" of its retry policy"
                )
            }
        }
        return found
    }
}

extension ScenarioWorkflow.Definition {
    /// Whether its run may succeed although it has failed.
    fileprivate var hasWayOut: Bool {
        switch onFailure {
        case .skip?, .ask?, .fallback?: true
        case .undo?, .abort?, nil: false
        }
    }
}
