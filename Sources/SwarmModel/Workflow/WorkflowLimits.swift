/// Bounds of one run; what a topology bounds too, a workflow may only lower.
public struct WorkflowLimits: Hashable, Sendable {
    /// The time a run may take; nil takes the topology's `run_deadline`.
    public var deadline: Duration?
    /// The most subtasks a run may hold, fan-out included.
    public var maximumSubtasks: Int
    /// How deep agents may delegate to agents; nil takes the topology's.
    public var delegationDepth: Int?
    /// How often one subtask may delegate; nil takes the topology's.
    public var children: Int?
    /// How many delegated subtasks a run may hold in all; nil takes the topology's.
    public var delegatedSubtasks: Int?
    /// The number of times a run may repeat itself; nil takes the topology's.
    public var repeatThreshold: Int?

    /// Bounds of one run; by default those of the topology.
    public init(
        deadline: Duration? = nil,
        maximumSubtasks: Int = 1_000_000,
        delegationDepth: Int? = nil,
        children: Int? = nil,
        delegatedSubtasks: Int? = nil,
        repeatThreshold: Int? = nil
    ) {
        self.deadline = deadline
        self.maximumSubtasks = maximumSubtasks
        self.delegationDepth = delegationDepth
        self.children = children
        self.delegatedSubtasks = delegatedSubtasks
        self.repeatThreshold = repeatThreshold
    }
}
