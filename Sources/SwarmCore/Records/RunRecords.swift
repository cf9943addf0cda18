public import SwarmModel

/// A run was accepted.
public struct RunSubmitted: Hashable, Sendable {
    /// Its name.
    public var run: RunID
    /// The digest of its workflow.
    public var workflow: Digest
    /// Its input.
    public var input: Payload
    /// When it must have ended; nil for never.
    public var deadline: Instant?

    /// A run that was accepted.
    public init(run: RunID, workflow: Digest, input: Payload, deadline: Instant?) {
        self.run = run
        self.workflow = workflow
        self.input = input
        self.deadline = deadline
    }
}

/// A run stops early.
public struct RunEnding: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// How it will end.
    public var outcome: RunOutcome
    /// Why.
    public var failure: Failure
    /// The subtask that brought it down, if one did.
    public var subtask: SubtaskID?
    /// Whether what it did is undone once nothing of it runs any more.
    public var undoes: Bool

    /// A run that stops early.
    public init(
        run: RunID,
        outcome: RunOutcome,
        failure: Failure,
        subtask: SubtaskID?,
        undoes: Bool = true
    ) {
        self.run = run
        self.outcome = outcome
        self.failure = failure
        self.subtask = subtask
        self.undoes = undoes
    }
}

/// A run ended.
public struct RunFinished: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// How.
    public var outcome: RunOutcome
    /// What it returned; empty unless it succeeded.
    public var output: Payload
    /// Why it did not succeed.
    public var failure: Failure?
    /// What it leaves in the world although it did not succeed.
    public var standing: [Standing]

    /// A run that ended.
    public init(
        run: RunID,
        outcome: RunOutcome,
        output: Payload,
        failure: Failure?,
        standing: [Standing] = []
    ) {
        self.run = run
        self.outcome = outcome
        self.output = output
        self.failure = failure
        self.standing = standing
    }
}

/// A definition with `for_each` became subtasks.
public struct SubtaskExpanded: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// The definition's name.
    public var name: String
    /// Its position in the workflow.
    public var definition: Int32
    /// How many subtasks it became.
    public var count: Int32

    /// An expansion.
    public init(run: RunID, name: String, definition: Int32, count: Int32) {
        self.run = run
        self.name = name
        self.definition = definition
        self.count = count
    }
}
