import SwarmModel
import Testing

@Suite struct JSONDocumentTests {
    private let text = """
        // What runs here.
        {
          "größe": 1, /* in
          lines */ "agents": {
            "ledger": {"restart": "always",},
          },
          "steps": [ {"id": 7}, [], ],
        }
        // end
        """

    @Test("Comments and trailing commas do not disturb the value")
    func readsComments() throws {
        let document = try JSONDocument(parsing: text)
        #expect(
            document.value == [
                "größe": 1, "agents": ["ledger": ["restart": "always"]], "steps": [["id": 7], []],
            ]
        )
        #expect(document.duplicateKeys.isEmpty)
    }

    @Test(
        "Every key and every value has its line and column",
        arguments: [
            ([], nil, "2:1"),
            (["größe"], "3:3", "3:12"),
            (["agents"], "4:12", "4:22"),
            (["agents", "ledger"], "5:5", "5:15"),
            (["agents", "ledger", "restart"], "5:16", "5:27"),
            (["steps"], "7:3", "7:12"),
            (["steps", 0], nil, "7:14"),
            (["steps", 0, "id"], "7:15", "7:21"),
            (["steps", 1], nil, "7:25"),
        ] as [(JSONPath, String?, String)]
    )
    func knowsPlaces(path: JSONPath, key: String?, value: String) throws {
        let document = try JSONDocument(parsing: text)
        #expect(document.keyPosition(of: path)?.description == key)
        #expect(document.position(of: path)?.description == value)
    }

    @Test("What is missing is reported where it would have been")
    func findsTheNearestPlace() throws {
        let document = try JSONDocument(parsing: text)
        #expect(document.position(of: ["agents", "pricing"]) == nil)
        #expect(document.nearestPosition(of: ["agents", "pricing", "exec"]).description == "4:22")
        #expect(document.nearestPosition(of: ["nothing"]).description == "2:1")
        #expect(document.nearestPosition(of: ["steps", 1]).description == "7:25")
    }

    @Test("A key that comes twice is noted, the first counts, and reading goes on")
    func collectsDuplicates() throws {
        let document = try JSONDocument(
            parsing: "{\"a\": {\"b\": 1,\n \"b\": {\"x\":2}}, \"a\": 3, \"c\": 4}"
        )
        #expect(document.value == ["a": ["b": 1], "c": 4])
        #expect(document.duplicateKeys.map(\.path) == [["a", "b"], ["a"]])
        #expect(document.duplicateKeys.map(\.first.description) == ["1:8", "1:2"])
        #expect(document.duplicateKeys.map(\.second.description) == ["2:2", "2:17"])
    }

    @Test("A byte order mark is passed over and has no width")
    func passesOverTheByteOrderMark() throws {
        let document = try JSONDocument(parsing: "\u{feff}{\"a\": 1}")
        #expect(document.position(of: ["a"])?.description == "1:7")
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONDocument(parsing: "\u{feff}{\"a\": }")
        }
        #expect(error?.position.description == "1:7")
    }

    @Test(
        "A mistake of syntax is one error at its place",
        arguments: [
            ("{\n  \"a\": tru\n}", "2:8: expected a value, found 't'"),
            ("{\n  \"a\" 1\n}", "2:7: expected ':' after the key, found '1'"),
            ("[1,,2]", "1:4: expected a value, found ','"),
            ("{,}", "1:2: expected a key in double quotes, found ','"),
            ("[1 /* never closed", "1:4: expected ',' or ']', found '/'"),
            ("/ 1", "1:1: expected a value, found '/'"),
            ("", "1:1: expected a value, found the end of the text"),
            ("{} {}", "1:4: expected the end, found '{'"),
        ]
    )
    func reportsOneError(text: String, message: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: text) }
        #expect(error?.description == message)
    }
}
