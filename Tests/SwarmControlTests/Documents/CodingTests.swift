import SwarmModel
import Testing

@Suite("Documents as JSON")
struct CodingTests {
    @Test("Members keep the order of the type, and absent ones are left out")
    func order() throws {
        let health = HealthDocument(
            status: .ready,
            pid: 7,
            version: "1",
            workersReady: 2,
            workersExpected: 2
        )
        #expect(
            try JSON(encoding: health).description
                == #"{"status":"ready","pid":7,"version":"1","workers_ready":2,"workers_expected":2}"#
        )
    }

    @Test("An envelope names its schema and time")
    func envelope() throws {
        let envelope = Envelope("ps", at: ScriptedSwarm.epoch, data: ["a": JSON.integer(1)])
        #expect(
            try JSON(encoding: envelope).description
                == #"{"schema":"swarm.ps/v1","time":"2026-09-21T14:13:20.123Z","data":{"a":1}}"#
        )
    }

    @Test("What is inside a JSON member survives to the last digit, both ways")
    func verbatim() throws {
        let text = #"{"capability":"c","args":{"z":1.10,"a":[1e400,-0,"\u0001"],"n":null}}"#
        let request = try JSON(parsing: Array(text.utf8)).decoded(as: CallRequest.self)
        #expect(try JSON(encoding: request).description == text)
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        var text: String
        var error: DocumentError
        var testDescription: String { text }
    }

    @Test(
        "A mistake is named with its place",
        arguments: [
            Wrong(
                text: #"{"runs":[{"run":"r_1","workflow":"w","state":"done"}]}"#,
                error: DocumentError(
                    path: "runs[0].state",
                    reason: "expected one of running, asking, cancelling, undoing, succeeded, "
                        + "failed, cancelled, deadline_exceeded, compensated, "
                        + "partially_compensated, compensation_failed, found string"
                )
            ),
            Wrong(
                text: #"{"runs":[],"next_befor":"r_1"}"#,
                error: DocumentError(
                    path: "next_befor",
                    reason: "unknown member; expected one of next_before, runs"
                )
            ),
            Wrong(text: "{}", error: DocumentError(path: "runs", reason: "missing")),
            Wrong(
                text: #"{"runs":{}}"#,
                error: DocumentError(path: "runs", reason: "expected an array, found object")
            ),
            Wrong(
                text: "[]",
                error: DocumentError(path: "", reason: "expected an object, found array")
            ),
        ]
    )
    func mistakes(_ wrong: Wrong) throws {
        let json = try JSON(parsing: Array(wrong.text.utf8))
        #expect(throws: wrong.error) { try json.decoded(as: RunListDocument.self) }
    }

    @Test("A number that JSON cannot say is refused")
    func notANumber() {
        let status = RunDocument.Current(
            subtask: "a",
            worker: "w-1",
            elapsed: .zero,
            progress: .infinity
        )
        #expect(throws: EncodingError.self) { try JSON(encoding: status) }
    }

    @Test("Numbers out of range are refused, not wrapped")
    func range() throws {
        let json = try JSON(
            parsing: Array(#"{"pid":4294967296,"draining":true}"#.utf8)
        )
        #expect(
            throws: DocumentError(path: "pid", reason: "expected a whole number, found number")
        ) {
            try json.decoded(as: StopDocument.self)
        }
    }
}
