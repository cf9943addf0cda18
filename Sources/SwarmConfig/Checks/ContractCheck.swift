import SwarmModel

/// Checks what a manifest says about capabilities of the whole swarm.
struct ContractCheck: FileCheck {
    let source: SourceFile
    let agent: String
    let index: CapabilityIndex
    var diagnostics: [Diagnostic] = []

    init(_ source: SourceFile, agent: String, index: CapabilityIndex) {
        self.source = source
        self.agent = agent
        self.index = index
    }

    /// Reports references to capabilities that nobody offers, or that cannot do what is asked.
    mutating func check() {
        for (position, capability) in (source.value["capabilities"]?.arrayValue ?? []).enumerated()
        {
            guard let name = capability["function"]?["name"]?.stringValue,
                let operational = capability["operational"]
            else { continue }
            let path: JSONPath = ["capabilities", .index(position), "operational"]
            if let verifier = operational["verify_with"]?.stringValue {
                let place = path.appending(key: "verify_with")
                let purpose = "verification of \(agent).\(name)"
                check(verifier, at: place, purpose: purpose, mustRead: true)
                checkVerification(by: verifier, at: place, purpose: purpose)
            }
            if let undo = operational["compensation"]?["capability"]?.stringValue {
                let place = path.appending(key: "compensation")
                check(
                    undo,
                    at: place.appending(key: "capability"),
                    purpose: "compensation of \(agent).\(name)",
                    mustRead: false
                )
                checkUndo(by: undo, of: capability, named: name, at: place)
            }
            checkPolicies(operational, of: name, at: path)
            checkConflict(name, position)
        }
    }

    /// Reports policies that make no sense once the topology's show through.
    private mutating func checkPolicies(_ operational: JSON, of name: String, at path: JSONPath) {
        checkBreaker(
            operational["circuit_breaker"],
            at: path.appending(key: "circuit_breaker"),
            over: index.policies.breakers.tool
        )
        checkRetryBudget(
            operational["retry_budget"],
            at: path.appending(key: "retry_budget"),
            over: index.policies.retryBudget
        )
        let fallback = operational["on_failure"]?["fallback"]
        let place = path.appending(keys: "on_failure", "fallback")
        checkFallback(fallback, at: place, index: index)
        let other = fallback?["agent"]?.stringValue
        guard fallback?["capability"]?.stringValue == name, other == nil || other == agent else {
            return
        }
        report(
            .cycle,
            at: place.appending(key: "capability"),
            "\"\(name)\" falls back to itself",
            hint: "name another capability or another agent; \"retry_policy\" repeats a call"
        )
    }

    private mutating func check(
        _ capability: String,
        at path: JSONPath,
        purpose: String,
        mustRead: Bool
    ) {
        let offers = index.offers(of: capability)
        if offers.isEmpty {
            guard index.isComplete else { return }
            reportUnknown(
                .unknownCapability,
                at: path,
                "no agent offers capability \"\(capability)\" (\(purpose))",
                name: capability,
                among: index.names,
                none: "no agent offers anything"
            )
            return
        }
        let contracts = offers.compactMap(\.contract)
        guard mustRead, !contracts.isEmpty, contracts.allSatisfy({ !$0.sideEffect.isHarmless })
        else { return }
        report(
            .unverifiable,
            at: path,
            "\"\(capability)\" (\(purpose)) is \(contracts[0].sideEffect.rawValue), not read",
            hint: "a question must not change what it asks about"
        )
    }

    /// Two agents that offer one name must mean the same by it, or routing is a lottery.
    private mutating func checkConflict(_ name: String, _ position: Int) {
        let offers = index.offers(of: name)
        guard let first = offers.first, first.agent != agent, let theirs = first.contract,
            let ours = offers.first(where: { $0.agent == agent })?.contract,
            theirs.parameters != ours.parameters
        else { return }
        report(
            .contractConflict,
            as: .warning,
            at: ["capabilities", .index(position), "function", "name"],
            "\"\(name)\" takes other parameters here than at agent \"\(first.agent)\"",
            hint: "either may be asked; give one of them another name, or name the agent in the "
                + "workflow"
        )
    }
}
