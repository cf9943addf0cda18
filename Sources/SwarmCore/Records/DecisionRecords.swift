public import SwarmModel

/// A subtask is left out because something it needs was.
public struct SubtaskSkipped: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// The name of its definition.
    public var name: String
    /// The position of its definition in the workflow.
    public var definition: Int32
    /// The name of the definition it needs and cannot have.
    public var because: String

    /// A definition that is left out.
    public init(run: RunID, name: String, definition: Int32, because: String) {
        self.run = run
        self.name = name
        self.definition = definition
        self.because = because
    }
}

/// No worker may take a subtask.
public struct SubtaskBlocked: Hashable, Sendable {
    /// Which subtask.
    public var subtask: SubtaskID
    /// What it calls.
    public var capability: String
    /// One sentence: what keeps each worker away.
    public var reason: String

    /// A subtask that no worker may take.
    public init(subtask: SubtaskID, capability: String, reason: String) {
        self.subtask = subtask
        self.capability = capability
        self.reason = reason
    }
}

/// A subtask waits for a person's decision.
public struct QuestionAsked: Hashable, Sendable {
    /// Which subtask.
    public var subtask: SubtaskID
    /// What is in doubt.
    public var doubt: Doubt
    /// One sentence: why nobody but a person can say.
    public var reason: String

    /// A question.
    public init(subtask: SubtaskID, doubt: Doubt, reason: String) {
        self.subtask = subtask
        self.doubt = doubt
        self.reason = reason
    }
}

/// A subtask that waited for a decision has it.
public struct SubtaskDecided: Hashable, Sendable {
    /// Which subtask.
    public var subtask: SubtaskID
    /// What was decided.
    public var decision: Decision
    /// What follows, when the subtask is not simply done.
    public var directive: Directive?
    /// What the call returned, where that is known; only with ``Decision/happened``.
    public var result: Payload?
    /// Why.
    public var reason: String
    /// Who decided: a person's name, or the capability that was asked.
    public var by: String

    /// A decision.
    public init(
        subtask: SubtaskID,
        decision: Decision,
        directive: Directive?,
        result: Payload?,
        reason: String,
        by: String
    ) {
        self.subtask = subtask
        self.decision = decision
        self.directive = directive
        self.result = result
        self.reason = reason
        self.by = by
    }
}
