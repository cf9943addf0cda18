import SwarmModel

/// What retries of each capability have taken from its bucket of tokens, over all runs.
///
/// The bucket keeps a broken dependency from being asked more and more often just because it is
/// broken: each retry takes tokens, each success gives some back, and with none left what fails is
/// not tried again. First attempts always go on. Kept as what is spent rather than what is left, so
/// that a capability nobody retries costs nothing, and a new topology can change the size.
struct RetryTokens: Hashable, Sendable {
    private struct Spent: Hashable, Sendable {
        let capability: String
        var tokens: Int
    }

    /// Capabilities with anything spent; few, so they are looked through.
    private var spent: [Spent] = []

    func left(of capability: String, under policy: RetryBudgetPolicy) -> Int {
        policy.tokens - (spent.first { $0.capability == capability }?.tokens ?? 0)
    }

    mutating func take(_ tokens: Int, of capability: String) {
        guard tokens > 0 else { return }
        guard let place = spent.firstIndex(where: { $0.capability == capability }) else {
            return spent.append(Spent(capability: capability, tokens: tokens))
        }
        spent[place].tokens += tokens
    }

    mutating func giveBack(_ tokens: Int, of capability: String) {
        guard let place = spent.firstIndex(where: { $0.capability == capability }) else { return }
        spent[place].tokens -= tokens
        if spent[place].tokens <= 0 { spent.remove(at: place) }
    }

    /// Whether every bucket is full, so that a success has nothing to give back.
    var isUntouched: Bool { spent.isEmpty }
}

extension RetryBudgetPolicy {
    /// What a retry after a failure of this kind takes; one that took its whole time costs more.
    func cost(ofRetryAfter kind: FailureKind) -> Int {
        kind == .timeout || kind == .leaseExpired ? timeoutCost : retryCost
    }
}

extension Swarm {
    /// The retry budget that holds under a contract, and which level says so.
    func retryBudget(under contract: CompiledContract?) -> Decided<RetryBudgetPolicy> {
        let topology = plan?.topology.retryBudget ?? RetryBudgetPolicy()
        guard let own = contract?.contract.retryBudget else {
            return Decided(topology, from: .topology)
        }
        return Decided(own.resolved(over: topology), from: .contract)
    }

    /// Takes the tokens of a retry; calls that undo or verify have their own limits.
    mutating func chargeRetry(_ end: AttemptEnded, under lease: Lease) {
        guard case .retry = end.directive else { return }
        let run = liveSlot(of: lease.run)
        guard !runs.slots[run].isProtected(Int(lease.index)) else { return }
        let policy = retryBudget(under: lease.contract).value
        retryTokens.take(
            policy.cost(ofRetryAfter: end.failure.kind),
            of: router.capabilities[Int(lease.capability)].name
        )
    }

    /// Gives back tokens for a success: a few for a first attempt, those of a retry for a later
    /// one.
    mutating func returnTokens(of lease: Lease) {
        guard !retryTokens.isUntouched else { return }
        let run = liveSlot(of: lease.run)
        let policy = retryBudget(under: lease.contract).value
        let isFirst = runs.slots[run].subtasks[Int(lease.index)].attempt <= 1
        retryTokens.giveBack(
            isFirst ? policy.successReturn : policy.retryCost,
            of: router.capabilities[Int(lease.capability)].name
        )
    }
}
