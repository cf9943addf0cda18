import HTTPTypes
import SwarmConfig
import SwarmModel
import Testing

@testable import SwarmControl

@Suite("The server and its OpenAPI description", .timeLimit(.minutes(2)))
struct ConformanceTests {
    /// A request, and the status it must get.
    struct Example: Sendable, CustomTestStringConvertible {
        var method: String
        var path: String
        var target: String
        var body: String?
        var status: Int
        var testDescription: String { "\(method) \(target) \(status)" }
        var operation: APIDescription.Operation { .init(method: method, path: path) }
    }

    static let examples = [
        Example(method: "GET", path: "/v1/health", target: "/v1/health", status: 200),
        Example(method: "GET", path: "/v1/health", target: "/v1/health?a=1", status: 400),
        Example(method: "GET", path: "/v1/status", target: "/v1/status", status: 200),
        Example(method: "GET", path: "/v1/workflows", target: "/v1/workflows", status: 200),
        Example(method: "GET", path: "/v1/capabilities", target: "/v1/capabilities", status: 200),
        Example(
            method: "GET",
            path: "/v1/runs",
            target: "/v1/runs?state=failed,running&workflow=audit&before=r_9&limit=7",
            status: 200
        ),
        Example(
            method: "POST",
            path: "/v1/runs",
            target: "/v1/runs",
            body: #"{"workflow":"audit","input":{"depth":3}}"#,
            status: 201
        ),
        Example(
            method: "POST",
            path: "/v1/runs",
            target: "/v1/runs",
            body: #"{"workflow":{"schema_version":1}}"#,
            status: 201
        ),
        Example(
            method: "POST",
            path: "/v1/runs",
            target: "/v1/runs",
            body: #"{"workflow":"missing"}"#,
            status: 422
        ),
        Example(
            method: "GET",
            path: "/v1/runs/{run}",
            target: "/v1/runs/r_1?include=input,nodes,subtasks,payloads&state=failed&node=check"
                + "&offset=2&limit=3",
            status: 200
        ),
        Example(method: "GET", path: "/v1/runs/{run}", target: "/v1/runs/r_99", status: 404),
        Example(
            method: "POST",
            path: "/v1/workers/{worker}/release",
            target: "/v1/workers/pricing-2/release",
            status: 202
        ),
        Example(
            method: "POST",
            path: "/v1/workers/{worker}/release",
            target: "/v1/workers/pricing-9/release",
            status: 404
        ),
        Example(
            method: "POST",
            path: "/v1/workers/{worker}/release",
            target: "/v1/workers/nobody/release",
            status: 400
        ),
        Example(
            method: "POST",
            path: "/v1/runs/{run}/cancel",
            target: "/v1/runs/r_1/cancel",
            body: #"{"reason":"enough"}"#,
            status: 202
        ),
        Example(
            method: "POST",
            path: "/v1/runs/{run}/cancel",
            target: "/v1/runs/r_1/cancel",
            status: 202
        ),
        Example(
            method: "POST",
            path: "/v1/runs/{run}/compensate",
            target: "/v1/runs/r_1/compensate",
            status: 202
        ),
        Example(
            method: "POST",
            path: "/v1/runs/{run}/compensate",
            target: "/v1/runs/r_1/compensate",
            body: #"{"accept":true,"reason":"written off","by":"ada"}"#,
            status: 202
        ),
        Example(
            method: "POST",
            path: "/v1/runs/{run}/compensate",
            target: "/v1/runs/r_99/compensate",
            status: 404
        ),
        Example(
            method: "GET",
            path: "/v1/runs/{run}/budget",
            target: "/v1/runs/r_1/budget",
            status: 200
        ),
        Example(
            method: "GET",
            path: "/v1/runs/{run}/budget",
            target: "/v1/runs/r_99/budget",
            status: 404
        ),
        Example(method: "GET", path: "/v1/breakers", target: "/v1/breakers", status: 200),
        Example(
            method: "POST",
            path: "/v1/breakers",
            target: "/v1/breakers",
            body: #"{"breaker":"quote@pricing-1","command":"open","reason":"broken"}"#,
            status: 202
        ),
        Example(
            method: "POST",
            path: "/v1/breakers",
            target: "/v1/breakers",
            body: #"{"breaker":"","command":"reset"}"#,
            status: 400
        ),
        Example(method: "GET", path: "/v1/semaphores", target: "/v1/semaphores", status: 200),
        Example(method: "GET", path: "/v1/decisions", target: "/v1/decisions", status: 200),
        Example(
            method: "POST",
            path: "/v1/decisions",
            target: "/v1/decisions",
            body: #"{"subtask":"r_1/post[3]","decision":"did-not-happen","reason":"I looked"}"#,
            status: 202
        ),
        Example(
            method: "POST",
            path: "/v1/decisions",
            target: "/v1/decisions",
            body: #"{"subtask":"r_7/post","decision":"happened","reason":"x","by":"ada"}"#,
            status: 409
        ),
        Example(
            method: "POST",
            path: "/v1/decisions",
            target: "/v1/decisions",
            body: #"{"subtask":"r_1/post","decision":"maybe","reason":"x"}"#,
            status: 400
        ),
        Example(
            method: "GET",
            path: "/v1/runs/{run}/events",
            target: "/v1/runs/r_99/events",
            status: 404
        ),
        Example(method: "GET", path: "/v1/events", target: "/v1/events?after=x", status: 400),
        Example(
            method: "POST",
            path: "/v1/call",
            target: "/v1/call",
            body: #"{"agent":"pricing","capability":"quote","args":[1],"timeout_ms":5}"#,
            status: 200
        ),
        Example(
            method: "POST",
            path: "/v1/stop",
            target: "/v1/stop",
            body: #"{"drain":false,"when_idle":true}"#,
            status: 202
        ),
        Example(method: "POST", path: "/v1/stop", target: "/v1/stop", status: 202),
    ]

    @Test("Every operation is described, and every described operation is served")
    func operations() throws {
        let described = Set(try APIDescription().operations)
        let served = Set(
            ControlRoute.all.map {
                APIDescription.Operation(method: $0.method.rawValue, path: $0.path)
            }
        )
        #expect(described == served)
        #expect(Set(Self.examples.map(\.operation)) == served)
    }

    @Test("Each answer is what the description says", arguments: examples)
    func answers(_ example: Example) async throws {
        let description = try APIDescription()
        try await ServedSwarm.run { served in
            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            await served.swarm.update(RunID(1)) { run in
                run.current = [
                    .init(
                        subtask: "check[1]",
                        worker: "packages-1",
                        elapsed: .seconds(1),
                        progress: 0.5,
                        note: "halfway"
                    )
                ]
                run.failure = Samples.failure
                run.questions = [Samples.question]
                run.blocked = [
                    BlockedDocument(
                        subtask: SubtaskID(run: RunID(1), index: 0, name: "list"),
                        reason: "all breakers are open"
                    )
                ]
                run.standing = [Samples.standing]
                run.limits = ["the run has used 3 of 3 calls"]
                run.next = ["swarm compensate r_1"]
                run.startedAt = ScriptedSwarm.epoch.rfc3339
                run.finishedAt = ScriptedSwarm.epoch.rfc3339
                run.output = ["ok": true]
                run.state = .failed
            }
            let (status, body) = try await served.client.send(
                example.method,
                example.target,
                Array((example.body ?? "").utf8)
            )
            #expect(status == example.status)
            let violations = try description.violations(
                try JSON(parsing: body),
                of: example.operation,
                status: status
            )
            #expect(violations == [], "status \(status) must be described and its body valid")
            if let text = example.body, example.status < 300 {
                let request = try #require(try description.requestSchema(of: example.operation))
                #expect(request.validate(try JSON(parsing: Array(text.utf8))) == [])
            }
        }
    }

    @Test("Each frame of a stream is what the description says")
    func frames() async throws {
        let description = try APIDescription()
        let (run, event, gap) = (
            try description.schema(named: "Run"), try description.schema(named: "Event"),
            try description.schema(named: "EventGap")
        )
        try await ServedSwarm.run(retaining: 2) { served in
            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            await served.swarm.update(RunID(1)) { $0.state = .succeeded }
            let progress = try await served.client.frames("/v1/runs/r_1/events", count: 1)
            #expect(progress.map(\.event) == ["ended"])
            #expect(run.validate(try JSON(parsing: Array(progress[0].data.utf8))) == [])

            for number in 1...4 { served.events.publish(StreamTests.event(number, run: "r_1")) }
            let frames = try await served.client.frames(
                "/v1/events?after=\(served.events.epoch)-1",
                count: 3
            )
            #expect(frames.map(\.event) == ["gap", "event", "event"])
            #expect(
                frames.map(\.id) == [nil, "\(served.events.epoch)-3", "\(served.events.epoch)-4"]
            )
            #expect(gap.validate(try JSON(parsing: Array(frames[0].data.utf8))) == [])
            #expect(event.validate(try JSON(parsing: Array(frames[1].data.utf8))) == [])
        }
    }

    @Test("The words of the description are those of the code")
    func words() throws {
        let schemas = try APIDescription().document["components"]?["schemas"]
        func words(_ name: String) -> [String]? {
            schemas?[name]?["enum"]?.arrayValue?.compactMap(\.stringValue)
        }
        #expect(words("RunState") == RunDocument.State.allCases.map(\.rawValue))
        #expect(words("SubtaskState") == SubtaskDocument.State.allCases.map(\.rawValue))
        #expect(words("WorkerState") == WorkerDocument.State.allCases.map(\.rawValue))
        #expect(words("ErrorCode") == ErrorDocument.Code.allCases.map(\.rawValue))
        #expect(Set(words("FailureKind") ?? []) == Set(FailureKind.allCases.map(\.rawValue)))
        #expect(words("BreakerState") == BreakerState.allCases.map(\.rawValue))
        #expect(words("BreakerCommand") == BreakerCommand.allCases.map(\.rawValue))
        #expect(words("Decision") == Decision.allCases.map(\.rawValue))
        #expect(words("Doubt") == Doubt.allCases.map(\.rawValue))
        #expect(words("StandingReason") == Standing.Reason.allCases.map(\.rawValue))
        let health = schemas?["Health"]?["properties"]?["status"]?["enum"]?.arrayValue
        #expect(
            health?.compactMap(\.stringValue) == HealthDocument.Status.allCases.map(\.rawValue)
        )
    }

    @Test("The description refuses what is not a document of the API")
    func strictness() throws {
        let status = try APIDescription().schema(named: "Status")
        var json = try JSON(encoding: Samples.status)
        #expect(status.validate(json) == [])
        guard case .object(var object) = json else {
            Issue.record("a status is an object")
            return
        }
        object["extra"] = true
        json = .object(object)
        #expect(!status.isValid(json))
        #expect(!status.isValid(["name": "desk"]))
    }
}
