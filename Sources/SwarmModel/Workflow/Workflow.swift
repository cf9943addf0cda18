/// A graph of subtasks, as a workflow file describes it.
///
/// This type is what has been checked: names are unique, references resolve to declared subtasks
/// and the graph has no cycle. `SwarmConfig` reports what is wrong with a file, with positions;
/// ``init(json:)`` reports only the first problem, for text that reaches a coordinator otherwise.
public struct Workflow: Hashable, Sendable {
    /// The name runs are submitted by.
    public var name: String
    /// The author's version; free text, shown beside each run.
    public var version: String
    /// One sentence for people.
    public var description: String?
    /// The JSON Schema of the run's input; nil accepts any object.
    public var input: JSON?
    /// The subtasks in the order of the file.
    public var subtasks: [SubtaskDefinition]
    /// What the run returns; nil returns `null`.
    public var output: Template?
    /// Bounds of each run.
    public var limits: WorkflowLimits
    /// What the workflow says about the failures of its subtasks.
    public var failure: FailurePolicy
    /// What each run may spend, at most what the topology allows; nil adds no limit.
    public var budget: Budget?
    /// What happens when the budget is spent; nil leaves it to the topology.
    public var onExhausted: OnExhausted?
    /// When failed runs keep further runs from starting; nil, or a field of nil, leaves it to the
    /// topology.
    public var circuitBreaker: PartialCircuitBreakerPolicy?
    /// The text this was read from; journaled with the first run, so that history explains itself.
    public var source: JSON

    /// The most definitions one workflow may hold.
    public static let definitionLimit = 1_000_000

    /// Reads a workflow document and checks what does not need positions or other files.
    ///
    /// - Throws: ``WorkflowError`` naming the first problem.
    public init(json: JSON) throws(WorkflowError) {
        let document = try Member(json, path: "workflow")
        guard try document.integer("schema_version") == 1 else {
            throw WorkflowError(path: "schema_version", reason: "expected 1")
        }
        name = try document.string("name")
        guard CapabilityName.isValid(name) else {
            throw WorkflowError(path: "name", reason: CapabilityName.rule)
        }
        version = try document.optionalString("version") ?? "0"
        description = try document.optionalString("description")
        input = document.object["input"]
        guard case .object(let entries)? = document.object["subtasks"], !entries.isEmpty else {
            throw WorkflowError(path: "subtasks", reason: "expected an object with a subtask in it")
        }
        guard entries.count <= Workflow.definitionLimit else {
            throw WorkflowError(
                path: "subtasks",
                reason: "at most \(Workflow.definitionLimit) subtasks"
            )
        }
        var definitions: [SubtaskDefinition] = []
        definitions.reserveCapacity(entries.count)
        for entry in entries {
            definitions.append(try SubtaskDefinition(name: entry.key, json: entry.value))
        }
        subtasks = definitions
        if let json = document.object["output"] {
            do { output = try Template(json) } catch {
                throw WorkflowError(path: "output", reason: "\(error)")
            }
        }
        limits = try WorkflowLimits(json: document.object["limits"])
        failure = try document.nested("failure", FailurePolicy.init(json:)) ?? FailurePolicy()
        budget = try document.nested("budget", Budget.init(json:))
        onExhausted = try document.word("on_exhausted")
        circuitBreaker = try document.nested(
            "circuit_breaker",
            PartialCircuitBreakerPolicy.init(json:)
        )
        source = json
        _ = try DependencyOrder(of: self)
    }
}

/// One node of a workflow: which capability to call, with what, after what.
public struct SubtaskDefinition: Hashable, Sendable {
    /// The name, unique in the workflow.
    public var name: String
    /// The capability to call.
    public var capability: String
    /// The only agent that may run it; nil lets the router choose among all that offer it.
    public var agent: String?
    /// The arguments.
    public var arguments: Template
    /// Subtasks that must succeed first, beyond those the arguments refer to.
    public var needs: [String]
    /// The array to make one subtask for each element of; nil makes one subtask.
    public var forEach: Template?
    /// How many of the fan-out may run at once; nil leaves it to the workers' permits.
    public var maximumParallel: Int?
    /// The time one attempt may take; nil takes the contract's.
    public var timeout: Duration?
    /// What the subtask itself says about its failures.
    public var failure: FailurePolicy
    /// Whether the run cannot be undone once this has succeeded: what it and all it needs did
    /// stands for good, and what follows must be repeatable until it succeeds.
    public var isPivot: Bool
    /// Whether it still runs when the run is ending, to report or to tidy up.
    public var isFinally: Bool
    /// Larger runs sooner; 0 when not given.
    public var priority: Int
    /// Named semaphores held while an attempt runs.
    public var semaphores: [String]

    /// Defines a subtask in code.
    public init(
        name: String,
        capability: String,
        agent: String? = nil,
        arguments: Template = .constant(.object([:])),
        needs: [String] = [],
        forEach: Template? = nil,
        maximumParallel: Int? = nil,
        timeout: Duration? = nil,
        failure: FailurePolicy = FailurePolicy(),
        isPivot: Bool = false,
        isFinally: Bool = false,
        priority: Int = 0,
        semaphores: [String] = []
    ) {
        self.name = name
        self.capability = capability
        self.agent = agent
        self.arguments = arguments
        self.needs = needs
        self.forEach = forEach
        self.maximumParallel = maximumParallel
        self.timeout = timeout
        self.failure = failure
        self.isPivot = isPivot
        self.isFinally = isFinally
        self.priority = priority
        self.semaphores = semaphores
    }

    /// What happens when it has failed for good; nil leaves it to the levels above.
    public var onFailure: OnFailure? {
        get { failure.onFailure }
        set { failure.onFailure = newValue }
    }

    /// What it says about retries; nil, or a field of nil, leaves it to the levels above.
    public var retry: PartialRetryPolicy? {
        get { failure.retry }
        set { failure.retry = newValue }
    }

    /// What to do when nobody can say whether it happened; nil leaves it to the levels above.
    public var unknownOutcome: UnknownOutcomePolicy? {
        get { failure.unknownOutcome }
        set { failure.unknownOutcome = newValue }
    }

    /// What it does that no worker may take; nil leaves it to the levels above.
    public var onUnavailable: OnUnavailable? {
        get { failure.onUnavailable }
        set { failure.onUnavailable = newValue }
    }

    /// Everything that its arguments, its fan-out and its fallback refer to, as written.
    public var references: [Reference] {
        var references = arguments.references + (forEach?.references ?? [])
        if case .fallback(let fallback)? = onFailure {
            references += fallback.arguments?.references ?? []
        }
        return references
    }

    /// The names of the subtasks this one waits for, each once, in the order first mentioned.
    public var dependencies: [String] {
        var names: [String] = []
        var seen: Set<String> = []
        func add(_ name: String) {
            if seen.insert(name).inserted { names.append(name) }
        }
        for name in needs { add(name) }
        for reference in references {
            if case .subtask(let name) = reference.root { add(name) }
        }
        return names
    }
}

/// The first problem of a workflow document.
public struct WorkflowError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the offending value, such as `subtasks.check.timeout`.
    public var path: String
    /// What was expected there.
    public var reason: String

    /// A problem at a path.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// The path and what was expected there.
    public var description: String { "\(path): \(reason)" }
}

/// The rule for names of capabilities, agents and workflows, which must be valid tool names in
/// every protocol Swarm speaks: OpenAI-style endpoints reject dots, MCP allows more.
public enum CapabilityName {
    /// The rule in words.
    public static let rule =
        "expected a name like post_entry: a lower-case letter, then up to 63 "
        + "of a-z, 0-9, _ and -"

    /// Whether a name follows the rule.
    public static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, (0x61...0x7A).contains(first), bytes.count <= 64 else {
            return false
        }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x30...0x39, 0x5F, 0x2D: true
            default: false
            }
        }
    }
}
