import SwarmModel
import Testing

@testable import SwarmControl

@Suite("Requests that are wrong", .timeLimit(.minutes(2)))
struct RawRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var method = "POST"
        var target: String
        var body: String?
        var status: Int
        var code: ErrorDocument.Code
        var message: String
        var testDescription: String { "\(method) \(target) \(body ?? "")" }
    }

    static let cases = [
        Case(
            method: "GET",
            target: "/v2/runs",
            status: 404,
            code: .notFound,
            message: "no such path: /v2/runs"
        ),
        Case(
            method: "DELETE",
            target: "/v1/runs",
            status: 405,
            code: .methodNotAllowed,
            message: "/v1/runs does not take DELETE; it takes GET, POST"
        ),
        Case(
            target: "/v1/runs",
            body: "{",
            status: 400,
            code: .badRequest,
            message: "the request body is not JSON"
        ),
        Case(
            target: "/v1/runs",
            body: "{}",
            status: 400,
            code: .badRequest,
            message: "workflow: missing"
        ),
        Case(
            target: "/v1/runs",
            body: #"{"workflow":"a","inputs":{}}"#,
            status: 400,
            code: .badRequest,
            message: "inputs: unknown member; expected one of input, workflow"
        ),
        Case(
            target: "/v1/call",
            body: #"{"capability":7}"#,
            status: 400,
            code: .badRequest,
            message: "capability: expected a string, found number"
        ),
        Case(
            target: "/v1/call",
            body: #"{"capability":"c","timeout_ms":1.5}"#,
            status: 400,
            code: .badRequest,
            message: "timeout_ms: expected a whole number, found number"
        ),
        Case(
            target: "/v1/runs",
            body: "[]",
            status: 400,
            code: .badRequest,
            message: "expected an object, found array"
        ),
        Case(
            target: "/v1/runs/r_1/cancel?force=1",
            body: "{}",
            status: 400,
            code: .badRequest,
            message: #"unknown query parameter "force"; this path takes none"#
        ),
        Case(
            method: "GET",
            target: "/v1/runs/17",
            status: 400,
            code: .badRequest,
            message: #""17" is not the id of a run; expected one like r_17"#
        ),
        Case(
            method: "GET",
            target: "/v1/runs?limit=1001",
            status: 400,
            code: .badRequest,
            message: #"expected a whole number from 1 to 1000, found "1001""#
        ),
        Case(
            method: "GET",
            target: "/v1/runs?limit=1&limit=2",
            status: 400,
            code: .badRequest,
            message: #"query parameter "limit" is given twice"#
        ),
        Case(
            method: "GET",
            target: "/v1/runs?state=failed,done",
            status: 400,
            code: .badRequest,
            message: #"found "done""#
        ),
        Case(
            method: "GET",
            target: "/v1/runs?before=x",
            status: 400,
            code: .badRequest,
            message: "expected the id of a run such as r_17"
        ),
        Case(
            method: "GET",
            target: "/v1/events?after=soon",
            status: 400,
            code: .badRequest,
            message: #""soon" is not the id of an event"#
        ),
        Case(
            method: "GET",
            target: "/v1/runs/r_404/events",
            status: 404,
            code: .notFound,
            message: "there is no run r_404"
        ),
    ]

    @Test("Each mistake is named with what was expected", arguments: cases)
    func mistake(_ wrong: Case) async throws {
        try await ServedSwarm.run { served in
            let (status, body) = try await served.client.send(
                wrong.method,
                wrong.target,
                Array((wrong.body ?? "").utf8)
            )
            #expect(status == wrong.status)
            let error = try JSON(parsing: body).decoded(as: ErrorResponse.self).error
            #expect(error.code == wrong.code)
            #expect(error.message.contains(wrong.message), "\(error.message)")
        }
    }

    @Test("A body over the limit is refused, one at the limit is read")
    func bodyLimit() async throws {
        try await ServedSwarm.run { served in
            func submission(bytes: Int) -> [UInt8] {
                let frame = #"{"workflow":""}"#.utf8.count
                return Array(#"{"workflow":""#.utf8)
                    + Array(repeating: UInt8(ascii: "w"), count: bytes - frame)
                    + Array(#""}"#.utf8)
            }
            let (accepted, _) = try await served.client.send(
                "POST",
                "/v1/runs",
                submission(bytes: ControlServer.bodyLimit)
            )
            #expect(accepted == 201)
            let (refused, body) = try await served.client.send(
                "POST",
                "/v1/runs",
                submission(bytes: ControlServer.bodyLimit + 1)
            )
            #expect(refused == 413)
            let error = try JSON(parsing: body).decoded(as: ErrorResponse.self).error
            #expect(error.code == .tooLarge)
            #expect(error.hint == "put large values into files and pass their paths")
        }
    }
}
