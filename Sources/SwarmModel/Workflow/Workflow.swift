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
    /// The retry policy; nil takes the contract's.
    public var retry: RetryPolicy?
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
        retry: RetryPolicy? = nil,
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
        self.retry = retry
        self.priority = priority
        self.semaphores = semaphores
    }

    /// The names of the subtasks this one waits for, each once, in the order first mentioned.
    public var dependencies: [String] {
        var names: [String] = []
        var seen: Set<String> = []
        func add(_ name: String) {
            if seen.insert(name).inserted { names.append(name) }
        }
        for name in needs { add(name) }
        for reference in arguments.references + (forEach?.references ?? []) {
            if case .subtask(let name) = reference.root { add(name) }
        }
        return names
    }
}

/// Bounds of one run.
public struct WorkflowLimits: Hashable, Sendable {
    /// The time a run may take; nil takes the topology's `run_deadline`.
    public var deadline: Duration?
    /// The most subtasks a run may hold, fan-out included.
    public var maximumSubtasks: Int

    /// Bounds of one run.
    public init(deadline: Duration? = nil, maximumSubtasks: Int = 1_000_000) {
        self.deadline = deadline
        self.maximumSubtasks = maximumSubtasks
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
