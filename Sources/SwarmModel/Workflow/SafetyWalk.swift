/// Goes through a workflow step by step and collects what is unsafe about it.
struct SafetyWalk {
    let safety: WorkflowSafety
    let workflow: Workflow
    let order: DependencyOrder
    private(set) var findings: [SafetyFinding] = []
    /// For each subtask a pivot it comes after; nil when there is none.
    private var pivots: [Int?]
    /// What is known of each capability asked for, since the steps of a workflow share a few.
    private var known: [Asked: [WorkflowSafety.Offer]?] = [:]

    private struct Asked: Hashable {
        var capability: String
        var agent: String?
    }

    init(safety: WorkflowSafety, workflow: Workflow, order: DependencyOrder) {
        self.safety = safety
        self.workflow = workflow
        self.order = order
        pivots = Array(repeating: nil, count: workflow.subtasks.count)
        for position in order.order {
            for dependency in order.dependencies[position] where pivots[position] == nil {
                pivots[position] =
                    workflow.subtasks[dependency].isPivot ? dependency : pivots[dependency]
            }
        }
    }

    // MARK: - One step

    mutating func checkStep(_ position: Int) {
        let subtask = workflow.subtasks[position]
        checkMarks(subtask, position)
        let path: JSONPath = ["subtasks", .key(subtask.name)]
        let call = path.appending(key: "capability")
        guard let offers = offers(of: subtask.capability, by: subtask.agent) else { return }
        var fallbacks: [Decided<Fallback>] = []
        for offer in offers {
            let onFailure = ResolvedFailurePolicy.onFailure(
                topology: safety.failure,
                contract: offer.contract.failure,
                workflow: workflow.failure,
                subtask: subtask.failure
            )
            if case .fallback(let fallback) = onFailure.value {
                let decided = Decided(fallback, from: onFailure.origin)
                if !fallbacks.contains(decided) { fallbacks.append(decided) }
            }
        }
        if offers.isEmpty, case .fallback(let fallback)? = subtask.onFailure {
            fallbacks.append(Decided(fallback, from: .subtask))
        }
        check(offers, of: subtask, position, at: call, as: "its capability")
        for fallback in fallbacks { check(fallback, of: subtask, position) }
        if safety.checksContracts {
            for offer in offers { checkContract(offer.contract, at: call) }
        }
    }

    /// Checks the marks that an author sets, which need no contract.
    private mutating func checkMarks(_ subtask: SubtaskDefinition, _ position: Int) {
        let path: JSONPath = ["subtasks", .key(subtask.name)]
        if subtask.isPivot, let before = pivots[position] {
            add(
                .secondPivot,
                path.appending(key: "pivot"),
                "\"\(subtask.name)\" is a second point of no return on its path: it comes after "
                    + "\"\(workflow.subtasks[before].name)\"",
                hint: "mark one of them; what follows it must be safe to repeat"
            )
        }
        guard subtask.isFinally else { return }
        if subtask.isPivot {
            add(
                .finallyPivot,
                path.appending(key: "pivot"),
                "\"\(subtask.name)\" is both \"pivot\" and \"finally\"",
                hint: "what runs when a run is ending cannot be what makes it final; keep one"
            )
        }
        let dependent = order.dependents[position].first { !workflow.subtasks[$0].isFinally }
        guard let dependent else { return }
        add(
            .finallyNeeded,
            path.appending(key: "finally"),
            "\"\(workflow.subtasks[dependent].name)\" waits for \"\(subtask.name)\", which is "
                + "marked \"finally\"",
            hint: "mark \"\(workflow.subtasks[dependent].name)\" too, or let it wait for another"
        )
    }

    /// Holds the contracts a step may be called by against its place among the pivots.
    private mutating func check(
        _ offers: [WorkflowSafety.Offer],
        of subtask: SubtaskDefinition,
        _ position: Int,
        at path: JSONPath,
        as role: String
    ) {
        guard let offer = offers.first(where: { !$0.contract.isSafeToRepeat }) else { return }
        if !subtask.isPivot, let before = pivots[position] {
            add(
                .afterPivot,
                path,
                "\"\(subtask.name)\" comes after the pivot "
                    + "\"\(workflow.subtasks[before].name)\", and \(role), "
                    + "\"\(offer.contract.name)\", is not safe to repeat",
                expected: "expected a capability that is read-only or idempotent",
                hint: "a run that cannot go back must be able to go on; let it run before the pivot"
            )
            return
        }
        let last = offers.first { $0.contract.stepKind == .irreversible }
        if !subtask.isPivot, let last {
            add(
                .irreversible,
                path,
                "\(role), \"\(last.contract.name)\", is \(last.contract.sideEffect.rawValue), "
                    + "not safe to repeat, and its contract says that nothing undoes it",
                hint: "add \"pivot\": true, the point of no return of the run, or name its "
                    + "\"compensation\""
            )
        } else if subtask.isPivot, subtask.forEach != nil {
            add(
                .pivotFansOut,
                path.parent?.appending(key: "pivot") ?? path,
                "\"\(subtask.name)\" is a pivot that fans out, and \(role), "
                    + "\"\(offer.contract.name)\", is not safe to repeat",
                hint: "when one item fails, those that succeeded stand all the same"
            )
        }
    }

    private mutating func check(
        _ decided: Decided<Fallback>,
        of subtask: SubtaskDefinition,
        _ position: Int
    ) {
        let fallback = decided.value
        let path: JSONPath =
            switch decided.origin {
            case .subtask:
                [
                    "subtasks", .key(subtask.name), "on_failure", "fallback",
                    fallback.agent == nil ? "capability" : "agent",
                ]
            case .workflow: ["failure", "on_failure"]
            case .contract, .topology, .builtIn: ["subtasks", .key(subtask.name), "capability"]
            }
        guard let offers = offers(of: fallback.capability, by: fallback.agent) else { return }
        guard !offers.isEmpty else {
            let who = fallback.agent.map { "agent \"\($0)\" does not offer" } ?? "no agent offers"
            add(
                .unknownFallback,
                path,
                "\(who) capability \"\(fallback.capability)\", the fallback of "
                    + "\"\(subtask.name)\"",
                hint: "name another, or add an agent that offers it"
            )
            return
        }
        check(offers, of: subtask, position, at: path, as: "its fallback")
    }

    private mutating func checkContract(_ contract: CapabilityContract, at path: JSONPath) {
        if case .call(let undo) = contract.compensation,
            offers(of: undo.capability, by: nil)?.isEmpty ?? false
        {
            add(
                .unknownCompensation,
                path,
                "no agent offers capability \"\(undo.capability)\", which undoes "
                    + "\"\(contract.name)\""
            )
        }
        guard let verifier = contract.verifyWith, let offers = offers(of: verifier, by: nil),
            offers.isEmpty || offers.contains(where: { !$0.contract.sideEffect.isHarmless })
        else { return }
        add(
            .unverifiable,
            path,
            offers.isEmpty
                ? "no agent offers capability \"\(verifier)\", which verifies \"\(contract.name)\""
                : "\"\(verifier)\", which verifies \"\(contract.name)\", is not read-only"
        )
    }

    // MARK: - The whole workflow

    mutating func checkBounds() {
        if let limits = safety.limits { checkLowering(limits) }
        checkCount()
        guard workflow.onExhausted == .wrapUp, !workflow.subtasks.contains(where: \.isFinally)
        else { return }
        add(
            .nothingToWrapUp,
            ["on_exhausted"],
            "\"on_exhausted\" is \"wrap_up\", and no subtask is marked \"finally\"",
            hint: "mark what is to run when the budget is spent"
        )
    }

    /// Checks that the workflow only lowers what the topology allows.
    private mutating func checkLowering(_ limits: RunLimits) {
        func check(_ own: Int?, _ allowed: Int?, _ path: JSONPath) {
            guard let own, let allowed, own > allowed else { return }
            raised(path, "\(own)", "\(allowed)")
        }
        let budget = workflow.budget ?? Budget()
        let allowed = limits.runBudget ?? Budget()
        if let own = budget.usd, let most = allowed.usd, own > most {
            raised(["budget", "usd"], "\(own)", "\(most)")
        }
        check(budget.tokens, allowed.tokens, ["budget", "tokens"])
        check(budget.calls, allowed.calls, ["budget", "calls"])
        if let own = budget.time, let most = allowed.time, own > most {
            raised(["budget", "time"], own.configurationText, most.configurationText)
        }
        let own = workflow.limits
        check(own.delegationDepth, limits.delegationDepth, ["limits", "delegation_depth"])
        check(own.children, limits.children, ["limits", "children"])
        check(own.delegatedSubtasks, limits.delegatedSubtasks, ["limits", "delegated_subtasks"])
        check(own.repeatThreshold, limits.repeatThreshold, ["limits", "repeat_threshold"])
    }

    /// Counts the subtasks that are certain, arrays written out included.
    private mutating func checkCount() {
        let count = workflow.subtasks.reduce(0) { count, subtask in
            switch subtask.forEach {
            case nil: count + 1
            case .constant(.array(let elements))?: count + elements.count
            case .array(let elements)?: count + elements.count
            default: count
            }
        }
        guard count > workflow.limits.maximumSubtasks else { return }
        add(
            .tooManySubtasks,
            ["limits", "max_subtasks"],
            "\"max_subtasks\" is \(workflow.limits.maximumSubtasks), and each run holds at least "
                + "\(count) subtasks"
        )
    }

    private mutating func raised(_ path: JSONPath, _ own: String, _ allowed: String) {
        guard case .key(let key)? = path.components.last else { return }
        add(
            .limitRaised,
            path,
            "\"\(key)\" is \(own), and the topology allows \(allowed)",
            expected: "expected no more than \(allowed)",
            hint: "a workflow may only lower it; raise it in \"coordinator.limits\""
        )
    }

    // MARK: - Common

    private mutating func offers(
        of capability: String,
        by agent: String?
    ) -> [WorkflowSafety.Offer]? {
        let asked = Asked(capability: capability, agent: agent)
        if let offers = known[asked] { return offers }
        let offers = safety.offers(capability, agent)
        known[asked] = offers
        return offers
    }

    private mutating func add(
        _ rule: SafetyFinding.Rule,
        _ path: JSONPath,
        _ message: String,
        expected: String? = nil,
        hint: String? = nil
    ) {
        findings.append(
            SafetyFinding(rule, at: path, message, expected: expected, hint: hint)
        )
    }
}
