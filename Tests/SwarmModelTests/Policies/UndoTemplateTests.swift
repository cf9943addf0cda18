import SwarmModel
import Testing

@Suite("The arguments of an undo")
struct UndoTemplateTests {
    private static let arguments: JSON = [
        "account": "rent", "lines": [["cents": 5], ["cents": 7]], "odd key": true,
    ]
    private static let result: JSON = ["entry_id": 41, "posted": ["at": "noon"]]

    @Test(
        "A part of the undone call keeps its type; anything else is itself",
        arguments: [
            ("$result.entry_id", 41), ("$result", result), ("$args", arguments),
            ("$args.account", "rent"), ("$args.lines[1].cents", 7), ("$args['odd key']", true),
            ("$result.posted", ["at": "noon"]), ("$$args.account", "$args.account"),
            ("$$result", "$result"), ("$resulting", "$resulting"), ("$args-x", "$args-x"),
            ("costs $5", "costs $5"), ("$$5", "$$5"),
            ("see $result.entry_id", "see $result.entry_id"),
            (["a": ["$args.account", 3]], ["a": ["rent", 3]]),
        ] as [(JSON, JSON)]
    )
    func binding(template: JSON, expected: JSON) throws {
        let template = UndoTemplate(template)
        #expect(
            try template.bound(arguments: Self.arguments, result: Self.result) == expected
        )
    }

    @Test("A part that is not there is refused by name")
    func missing() {
        let template = UndoTemplate(["id": "$result.id"])
        #expect(
            throws: TemplateError(
                text: "$result.id",
                reason: "there is no such part in the result of the call that is undone"
            )
        ) {
            try template.bound(arguments: [:], result: ["entry_id": 41])
        }
        #expect(throws: TemplateError.self) {
            try template.bound(arguments: [:], result: .null)
        }
    }

    @Test(
        "A text that begins like a part and is none is refused",
        arguments: ["$result.", "$args[", "$args[x]", "$result[*].id", "$args.a b"]
    )
    func malformed(text: String) {
        #expect(throws: TemplateError.self) { try UndoTemplate(.string(text)).parts() }
    }

    @Test("The parts are told with their places, in the order written")
    func parts() throws {
        let template = UndoTemplate(["id": "$result.entry_id", "of": [1, "$args['odd key']"]])
        let parts = try template.parts()
        #expect(parts.map(\.description) == ["$result.entry_id", "$args['odd key']"])
        #expect(parts.map(\.place.description) == ["id", "of[1]"])
        #expect(parts.map(\.isResult) == [true, false])
    }
}
