import SwarmModel

/// A contract with everything worked out that dispatching and failing ask of it.
///
/// A class only so that a lease holds the contract it was given under at the price of one
/// reference: a later topology may no longer have the agent.
final class CompiledContract: Hashable, Sendable {
    let contract: CapabilityContract
    /// Whether a call whose outcome is unknown may simply be made again.
    let isSafeToRepeat: Bool
    /// Whether a call changes anything outside.
    let hasEffect: Bool
    /// Whether what a call leaves in the world is accounted for when its run ends.
    let isTracked: Bool
    /// Whether a worker waits for the word to go.
    let requiresGo: Bool
    /// What undoes a call; nil when nothing does.
    let compensation: Compensation?
    /// What a call is expected to cost.
    let estimate: Cost

    init(_ contract: CapabilityContract) {
        self.contract = contract
        isSafeToRepeat = contract.isSafeToRepeat
        hasEffect = !contract.sideEffect.isHarmless
        isTracked = hasEffect && contract.compensation != .keep
        requiresGo = contract.start == .confirmed
        if case .call(let call) = contract.compensation {
            compensation = call
        } else {
            compensation = nil
        }
        let usd = min(max(contract.costEstimate.usd, 0), 1_000_000)
        estimate = Cost(
            microdollars: Int64(usd * 1_000_000),
            tokens: Int64(min(max(contract.costEstimate.tokens, 0), 1_000_000_000_000))
        )
    }

    static func == (left: CompiledContract, right: CompiledContract) -> Bool {
        left === right || left.contract == right.contract
    }

    func hash(into hasher: inout Hasher) { hasher.combine(contract.name) }
}
