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
                check(
                    verifier,
                    at: path.appending(key: "verify_with"),
                    purpose: "verification of \(agent).\(name)",
                    mustRead: true
                )
            }
            if let undo = operational["compensation"]?["capability"]?.stringValue {
                check(
                    undo,
                    at: path.appending(keys: "compensation", "capability"),
                    purpose: "compensation of \(agent).\(name)",
                    mustRead: false
                )
            }
            checkConflict(name, position)
        }
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
