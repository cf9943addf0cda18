/// Something that waits for a person's decision.
public struct QuestionDocument: Codable, Hashable, Sendable {
    /// The subtask with its run, such as `r_17/post`.
    public var subtask: String
    /// What is in doubt.
    public var doubt: Doubt
    /// Why nobody but a person can say.
    public var reason: String
    /// When it was asked, RFC 3339.
    public var askedAt: String
    /// The decisions that make sense.
    public var answers: [Decision]
    /// The command that answers, with the answers to choose from.
    public var command: String

    enum CodingKeys: String, CodingKey {
        case subtask, doubt, reason
        case askedAt = "asked_at"
        case answers, command
    }

    /// A question.
    public init(subtask: SubtaskID, doubt: Doubt, reason: String, asked: Instant) {
        self.subtask = subtask.description
        self.doubt = doubt
        self.reason = reason
        askedAt = asked.rfc3339
        answers = doubt.answers
        let words = answers.map(\.rawValue).joined(separator: "|")
        command = "swarm decide \(subtask) \(words) --reason TEXT"
    }
}

/// Everything that waits for a person's decision, the longest waiting first.
///
/// Schema `swarm.decide/v1`.
public struct QuestionListDocument: Codable, Hashable, Sendable {
    /// The questions; at most 1,000.
    public var questions: [QuestionDocument]

    /// A list.
    public init(questions: [QuestionDocument]) { self.questions = questions }
}

/// A person's answer to what a subtask waits with.
public struct DecisionRequest: Codable, Hashable, Sendable {
    /// The subtask with its run, such as `r_17/post`.
    public var subtask: String
    /// What was decided.
    public var decision: Decision
    /// What the call returned, if that is known; only with `happened`.
    public var result: JSON?
    /// Why; it goes into the journal.
    public var reason: String
    /// Who decided; the user of the coordinator if left out.
    public var by: String?

    /// The most bytes of a result; those of any call's.
    public static let resultLimit = 1 << 20

    /// An answer.
    public init(
        subtask: String,
        decision: Decision,
        result: JSON? = nil,
        reason: String,
        by: String? = nil
    ) {
        self.subtask = subtask
        self.decision = decision
        self.result = result
        self.reason = reason
        self.by = by
    }
}

/// A person's wish to have a run undone.
public struct CompensationRequest: Codable, Hashable, Sendable {
    /// Whether to accept what the run leaves and end it; false if left out.
    public var accept: Bool?
    /// Why; it goes into the journal.
    public var reason: String?
    /// Who wants it; the user of the coordinator if left out.
    public var by: String?

    /// A wish.
    public init(accept: Bool? = nil, reason: String? = nil, by: String? = nil) {
        self.accept = accept
        self.reason = reason
        self.by = by
    }
}

/// An effect that a run which did not succeed leaves in the world.
public struct StandingDocument: Codable, Hashable, Sendable {
    /// The subtask with its run.
    public var subtask: String
    /// The capability that had the effect.
    public var capability: String
    /// Why it was not undone.
    public var why: Standing.Reason

    /// An effect.
    public init(_ standing: Standing) {
        subtask = standing.subtask.description
        capability = standing.capability
        why = standing.reason
    }
}

/// A subtask that no worker may take, for another reason than that all are busy.
public struct BlockedDocument: Codable, Hashable, Sendable {
    /// The subtask with its run.
    public var subtask: String
    /// What keeps each worker away.
    public var reason: String

    /// A blocked subtask.
    public init(subtask: SubtaskID, reason: String) {
        self.subtask = subtask.description
        self.reason = reason
    }
}

/// What something cost, in the units people use.
public struct CostDocument: Codable, Hashable, Sendable {
    /// Money, in US dollars.
    public var usd: Double
    /// Model tokens.
    public var tokens: Int64

    /// A cost.
    public init(_ cost: Cost) {
        usd = Double(cost.microdollars) / 1_000_000
        tokens = cost.tokens
    }
}
