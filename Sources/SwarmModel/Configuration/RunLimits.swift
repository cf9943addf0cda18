/// What no run may exceed, everything it delegates included.
public struct RunLimits: Hashable, Sendable {
    /// How deep agents may delegate to agents; 0 allows no delegation.
    public var delegationDepth: Int
    /// How often one subtask may delegate.
    public var children: Int
    /// How many delegated subtasks a run may hold in all.
    public var delegatedSubtasks: Int
    /// How long a run may take in all.
    public var runDeadline: Duration
    /// What a run may spend; nil is no budget.
    public var runBudget: Budget?
    /// What happens when the budget is spent.
    public var onExhausted: OnExhausted
    /// The number of times a run may repeat itself before it is stopped.
    public var repeatThreshold: Int
    /// How many delegated calls back a repetition is looked for.
    public var loopWindow: Int
    /// From what similarity on two wordings count as the same call, 0 to 1.
    public var loopSimilarity: Double

    /// Limits; the defaults are those of the topology file.
    public init(
        delegationDepth: Int = 4,
        children: Int = 32,
        delegatedSubtasks: Int = 1000,
        runDeadline: Duration = .seconds(1800),
        runBudget: Budget? = nil,
        onExhausted: OnExhausted = .stop,
        repeatThreshold: Int = 3,
        loopWindow: Int = 64,
        loopSimilarity: Double = 0.75
    ) {
        self.delegationDepth = delegationDepth
        self.children = children
        self.delegatedSubtasks = delegatedSubtasks
        self.runDeadline = runDeadline
        self.runBudget = runBudget
        self.onExhausted = onExhausted
        self.repeatThreshold = repeatThreshold
        self.loopWindow = loopWindow
        self.loopSimilarity = loopSimilarity
    }

    /// What holds for the runs of a workflow, which may only lower what the topology allows.
    ///
    /// The deadline, and what happens when the budget is spent, are the workflow's to say.
    public func lowered(by workflow: Workflow) -> RunLimits {
        var limits = self
        limits.delegationDepth =
            min(delegationDepth, workflow.limits.delegationDepth ?? delegationDepth)
        limits.children = min(children, workflow.limits.children ?? children)
        limits.delegatedSubtasks =
            min(delegatedSubtasks, workflow.limits.delegatedSubtasks ?? delegatedSubtasks)
        limits.repeatThreshold =
            min(repeatThreshold, workflow.limits.repeatThreshold ?? repeatThreshold)
        limits.runDeadline = workflow.limits.deadline ?? runDeadline
        if let budget = workflow.budget {
            limits.runBudget = runBudget?.lowered(by: budget) ?? budget
        }
        limits.onExhausted = workflow.onExhausted ?? onExhausted
        return limits
    }
}
