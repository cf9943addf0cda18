import SwarmModel
import Testing

/// What a coordinator reads of a workflow that reaches it without having been checked as a file.
@Suite("The policies of a submitted workflow")
struct WorkflowPolicyDecodingTests {
    private static func workflow(subtask: String = "", _ extra: String = "") throws -> Workflow {
        let text = """
            {"schema_version":1,"name":"w","subtasks":{"a":{"capability":"echo"},
            "b":{"capability":"echo"\(subtask)}}\(extra)}
            """
        return try Workflow(json: JSON(parsing: text))
    }

    @Test(
        "A policy that makes no sense is refused with its place",
        arguments: [
            (#","retry":{"max_attempts":0}"#, "subtasks.b.retry.max_attempts: expected 1 or more"),
            (#","retry":{"jitter":1.5}"#, "subtasks.b.retry.jitter: expected 0 to 1"),
            (#","retry":{"factor":0.5}"#, "subtasks.b.retry.factor: expected 1 or more"),
            (
                #","retry":{"deadline":5}"#,
                #"subtasks.b.retry.deadline: expected a duration with a unit, such as "30s""#
            ),
            (
                #","on_failure":"retry""#,
                #"subtasks.b.on_failure: expected "undo", "abort", "skip", "ask" or "#
                    + #"{"fallback": …}"#
            ),
            (
                #","on_failure":{"fallback":{}}"#,
                "subtasks.b.on_failure.fallback.capability: expected a string"
            ),
            (
                #","on_failure":{"fallback":{"capability":"x","args":{"a":"${}"}}}"#,
                "subtasks.b.on_failure.fallback.args: ${}: expected a name such as input, item or "
                    + "a subtask"
            ),
            (
                #","on_unavailable":"skip""#,
                #"subtasks.b.on_unavailable: expected one of "wait", "fail""#
            ),
            (#","pivot":"yes""#, "subtasks.b.pivot: expected true or false"),
            (#","finally":1"#, "subtasks.b.finally: expected true or false"),
        ]
    )
    func subtasks(text: String, problem: String) {
        let error = #expect(throws: WorkflowError.self) { try Self.workflow(subtask: text) }
        #expect(error?.description == problem)
    }

    @Test(
        "So is one of the whole workflow",
        arguments: [
            (#","failure":{"retry":{"max_attempts":0}}"#, "failure.retry.max_attempts: "),
            (#","failure":"skip""#, "failure: "), (#","budget":{"usd":-1}"#, "budget.usd: "),
            (#","budget":{"calls":1.5}"#, "budget.calls: "),
            (#","on_exhausted":"go on""#, "on_exhausted: "),
            (#","circuit_breaker":{"error_rate":2}"#, "circuit_breaker.error_rate: "),
            (#","circuit_breaker":{"enabled":0}"#, "circuit_breaker.enabled: "),
            (#","limits":{"children":-1}"#, "limits.children: "),
            (#","limits":{"repeat_threshold":0}"#, "limits.repeat_threshold: "),
            (#","limits":{"max_subtasks":0}"#, "limits.max_subtasks: "),
        ]
    )
    func workflows(text: String, place: String) {
        let error = #expect(throws: WorkflowError.self) { try Self.workflow(text) }
        #expect(error?.description.contains(place) == true, "\(error?.description ?? "")")
    }

    @Test("The arguments of a fallback make its subtask wait for what they refer to")
    func fallbackReferences() throws {
        let subtask = #","on_failure":{"fallback":{"capability":"x","args":{"v":"${a.size}"}}}"#
        let workflow = try Self.workflow(subtask: subtask)
        #expect(workflow.subtasks[1].dependencies == ["a"])
        let order = try DependencyOrder(of: workflow)
        #expect(order.dependencies == [[], [0]])
        for other in ["item", "none"] {
            #expect(throws: WorkflowError.self) {
                try Self.workflow(subtask: subtask.replacing("a.size", with: other))
            }
        }
    }

    @Test("A template is written as it parses back, whatever it holds")
    func templates() throws {
        let written: [JSON] = [
            "${a.b[0]['odd key'][*]}", "x ${a} $${b} ${item_index}", "$$${a}", ["k": ["$${", 1]],
            ["k": "${input}", "l": [true, "${a}"]], "$$", .null,
        ]
        for json in written {
            let template = try Template(json)
            #expect(try Template(template.json) == template, "\(json)")
        }
    }
}
