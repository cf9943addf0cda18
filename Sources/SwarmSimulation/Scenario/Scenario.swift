import SwarmModel

/// Everything a seed decides before time begins: a swarm, its workflows, its runs.
struct Scenario {
    /// What a capability is for.
    enum Role {
        /// Workflows call it.
        case work
        /// It undoes another.
        case undo
        /// It says whether a call of another happened.
        case verify
    }

    /// What the simulator knows of a capability.
    struct Capability {
        var name: String
        var sideEffect: SideEffect
        var isIdempotent: Bool
        /// How long a call takes, in microseconds.
        var latency: ClosedRange<Int64>
        /// The retry policy of its contract.
        var retry: RetryPolicy
        var timeout: Duration
        /// The agents that offer it; the first can always be had again.
        var agents: [Int] = []
        var role = Role.work
        /// The capability that undoes its effect, if one does.
        var undo: Int?
        /// Whether the undo is given the value the call returned.
        var undoReadsResult = false
        /// The capability that says whether a call of it happened, if one does.
        var verify: Int?
        var unknownOutcome = UnknownOutcomePolicy.retryIfIdempotent
        /// Whether its handlers may delegate.
        var delegates = false
        /// Whether a worker waits for the word to go.
        var confirmsStart = false
        /// What its contract says about its circuit breakers.
        var breaker: PartialCircuitBreakerPolicy?

        /// What its contract expects a call to cost.
        var estimate = Cost.zero
        /// When its contract has a slow call made a second time.
        var hedge: HedgePolicy?
        /// What its contract says of how often it is tried again, over all runs.
        var retryBudget: PartialRetryBudgetPolicy?

        /// Whether its effect may stay when its run is undone.
        var isKept = false

        /// Whether a second call can do no harm.
        var isSafe: Bool { sideEffect == .none || sideEffect == .read || isIdempotent }

        /// Whether a call changes the world.
        var changesWorld: Bool { sideEffect == .additive || sideEffect == .destructive }
    }

    /// One run to be submitted.
    struct PlannedRun {
        var at: Int64
        var workflow: Int
        /// When an operator cancels it, counted from its submission.
        var cancelAfter: Int64?
    }

    /// How handlers delegate; nil when none does.
    var delegation: DelegationStyle?
    /// What may be spent; nil when money is no concern.
    var spending: SpendingStyle?
    var plan: SwarmPlan
    /// The topology it is reloaded with, in turn with ``plan``.
    var otherPlan: SwarmPlan
    var capabilities: [Capability]
    var capabilityPositions: [String: Int]
    var workers: [WorkerID]
    /// The agent of each worker.
    var agentOf: [Int]
    var workflows: [ScenarioWorkflow]
    var runs: [PlannedRun]
    /// The moment the clock stands at when the swarm begins.
    var begin: Int64
    /// When faults end, counted from the beginning.
    var calmAfter: Int64
    /// The digest of the arguments every call of the scenario's handlers is told apart by.
    var seed: UInt64

    /// How long everything may take once faults have ended, in microseconds: as long as one worker
    /// needs for all of it one after the other, and time to notice, to back off and to restart.
    var patience: Int64 {
        let slowest = capabilities.reduce(0) { max($0, $1.latency.upperBound) }
        let delegated = delegation?.limits.delegatedSubtasks ?? 0
        let subtasks = runs.reduce(0) { $0 + workflows[$1.workflow].subtaskCount + delegated }
        return 900_000_000 + 3 * Int64(subtasks) * slowest
    }

    /// What is known of a swarm that a user described; nil when a seed drew it.
    var user: UserSwarmLife?

    /// The value a call returns: in what a seed drew each lease has one of its own, so that
    /// nobody's result can be taken for another's; in a user's workflow it names the element.
    func value(of lease: UInt64, item: Int32) -> Int64 {
        user == nil ? Behaviour.value(of: lease, seed: seed) : Int64(item)
    }

    /// The workers that offer a capability.
    func offers(_ worker: Int, _ capability: Int) -> Bool {
        capabilities[capability].agents.contains(agentOf[worker])
    }
}
