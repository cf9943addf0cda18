import SwarmModel

extension ObjectShape {
    /// `workflows/*.json`.
    static let workflow = ObjectShape(
        name: "a workflow",
        documentation: "A graph of subtasks.",
        keys: [
            .schemaLocation, .schemaVersion,
            .required("name", .text(.name), "The name runs are submitted by."),
            .optional(
                "version",
                .text(.anything),
                default: "0",
                "The author's version, shown beside each run."
            ),
            .optional("description", .text(.anything), "What the workflow does."),
            .optional(
                "input",
                .schema,
                "The JSON Schema of the input; any object unless given."
            ),
            .required(
                "subtasks",
                .map(keys: .subtaskName, of: .object(subtask), minimum: 1),
                "The subtasks, by name."
            ),
            .optional(
                "output",
                .anything,
                "What the run returns; references such as ${check.size} are replaced."
            ),
            .optional("limits", .object(workflowLimits), "What a run may not exceed."),
            .optional("budget", .object(workflowBudget), "What a run may spend."),
            .optional(
                "on_exhausted",
                .words(of: OnExhausted.self),
                "When the budget is spent: stop starts nothing more, wrap_up only subtasks marked "
                    + "finally; the topology's unless given."
            ),
            .optional(
                "failure",
                .object(workflowFailure),
                "What follows a failure, where subtasks say nothing."
            ),
            .optional(
                "circuit_breaker",
                .object(workflowBreaker),
                "When failed runs keep further ones from starting; what is left out is as the "
                    + "topology's circuit_breakers.workflow has it."
            ),
        ]
    )

    static let subtask = ObjectShape(
        name: "a subtask",
        documentation: "One node: which capability to call, with what, after what.",
        keys: [
            .required(
                "capability",
                .text(.versionedName),
                "The capability to call; NAME@2 or NAME@2.1 asks for a version that begins so."
            ),
            .optional(
                "agent",
                .text(.name),
                "The only agent that may run it; any that offers the capability unless given."
            ),
            .optional("description", .text(.anything), "What this step is for."),
            .optional(
                "args",
                .object(arguments),
                default: [:],
                "The arguments; references such as ${input.path} and ${list.files[0]} are replaced, "
                    + "and make this subtask wait. $${ writes ${."
            ),
            .optional(
                "needs",
                .texts(.subtaskName, unique: true),
                default: [],
                "Subtasks that must succeed first, beyond those args refer to."
            ),
            .optional(
                "for_each",
                .either([.text(.reference), .list(of: .anything, minimum: 0, unique: false)]),
                "The array to make one subtask for each element of; args then may use ${item} and "
                    + "${item_index}."
            ),
            .optional(
                "max_parallel",
                .integer(1...1_000_000),
                "How many of the fan-out may run at once."
            ),
            .optional(
                "timeout",
                .duration(atLeast: .milliseconds(1)),
                "How long one attempt may take; the contract's unless given."
            ),
            .optional(
                "retry",
                .object(nearRetry),
                "When a failed attempt is followed by another; what is left out is as the "
                    + "workflow, the contract or the topology has it."
            ),
        ] + failureKeys(hasDefaults: false) + [
            .optional(
                "pivot",
                .boolean,
                default: false,
                "Whether it is the point of no return: once it has succeeded, it and all it needs "
                    + "stand, and what follows must be safe to repeat."
            ),
            .optional(
                "finally",
                .boolean,
                default: false,
                "Whether it still runs when the budget is spent and the run wraps up."
            ),
            .optional(
                "priority",
                .integer(-1000...1000),
                default: 0,
                "Larger runs sooner."
            ),
            .optional(
                "semaphores",
                .texts(.name, unique: true),
                default: [],
                "Named semaphores held while an attempt runs."
            ),
        ]
    )

    static let arguments = ObjectShape(
        name: "args",
        documentation: "The arguments of a call.",
        keys: [],
        isOpen: true
    )
}
