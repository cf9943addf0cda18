import Foundation
import SwarmModel
import Testing

@testable import swarm

@Suite("Inputs of a run")
struct RunInputTests {
    static let schema: JSON = [
        "type": "object", "additionalProperties": false,
        "properties": [
            "left": ["type": "string", "format": "path"],
            "name": ["type": "string"],
            "depth": ["type": "integer", "description": "how deep to look"],
            "tolerance": ["type": "number"],
            "strict": ["type": "boolean"],
            "filter": ["type": ["object", "null"]],
            "key": ["type": ["string", "integer"]],
            "files": ["type": "array", "items": ["type": "string", "format": "path"]],
            "anything": [:],
        ],
    ]
    static let input = RunInput(schema: schema, workingDirectory: "/srv/me")

    @Test(
        "A value becomes what the schema says",
        arguments: [
            ("name=17", #"{"name":"17"}"#), ("name=", #"{"name":""}"#),
            ("name=a=b", #"{"name":"a=b"}"#), ("depth=3", #"{"depth":3}"#),
            ("tolerance=0.10", #"{"tolerance":0.10}"#), ("tolerance=1", #"{"tolerance":1}"#),
            ("strict=true", #"{"strict":true}"#), ("filter=null", #"{"filter":null}"#),
            (#"filter={"a":[1,2]}"#, #"{"filter":{"a":[1,2]}}"#), ("key=4", #"{"key":4}"#),
            ("key=four", #"{"key":"four"}"#), ("anything=true", #"{"anything":true}"#),
            ("anything=yes", #"{"anything":"yes"}"#),
            ("anything=\"yes\"", #"{"anything":"\"yes\""}"#),
        ]
    )
    func typed(argument: String, expected: String) throws {
        #expect(try Self.input.assemble([argument]).description == expected)
    }

    @Test(
        "Paths are made absolute from the working directory",
        arguments: [
            ("left=a.tsv", #"{"left":"/srv/me/a.tsv"}"#),
            ("left=../you/./a.tsv", #"{"left":"/srv/you/a.tsv"}"#),
            ("left=/etc//passwd", #"{"left":"/etc/passwd"}"#),
            (#"files=["a","/b"]"#, #"{"files":["/srv/me/a","/b"]}"#),
            ("name=a.tsv", #"{"name":"a.tsv"}"#),
        ]
    )
    func paths(argument: String, expected: String) throws {
        #expect(try Self.input.assemble([argument]).description == expected)
    }

    @Test(
        "A value of another type, or an unknown name, is refused with what was expected",
        arguments: [
            ("depth=x", "--input depth=x: expected an integer", "how deep to look"),
            ("depth=1.5", "--input depth=1.5: expected an integer", "how deep to look"),
            ("strict=yes", "--input strict=yes: expected a boolean", nil),
            ("filter=[1]", "--input filter=[1]: expected an object or null", nil),
            (
                "dept=1", "--input dept: the workflow has no such input",
                "it takes left, name, depth, tolerance, strict, filter, key, files, anything"
            ),
            (
                "depth", "--input depth: expected name=value, @FILE or @-",
                "the workflow takes left, name, depth, tolerance, strict, filter, key, files, anything"
            ),
        ]
    )
    func refused(argument: String, message: String, hint: String?) {
        #expect(throws: ErrorDocument(.badInput, message, hint: hint)) {
            try Self.input.assemble([argument])
        }
    }

    @Test("Later arguments win over earlier ones, files included")
    func merging() throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "swarm-input-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(#"{"depth":1,"left":"b.tsv"}"#.utf8).write(to: file)
        #expect(
            try Self.input.assemble(["name=a", "@\(file.path)", "depth=2"]).description
                == #"{"name":"a","depth":2,"left":"/srv/me/b.tsv"}"#
        )
    }

    @Test("A file that is missing, no JSON, or no object is named")
    func wrongFiles() throws {
        let missing = #expect(throws: ErrorDocument.self) {
            try Self.input.assemble(["@/no/such/file.json"])
        }
        #expect(missing?.message == "cannot read /no/such/file.json: No such file or directory")
        let file = FileManager.default.temporaryDirectory
            .appending(path: "swarm-input-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("{\n  oops".utf8).write(to: file)
        let syntax = #expect(throws: ErrorDocument.self) {
            try Self.input.assemble(["@\(file.path)"])
        }
        #expect(syntax?.message.hasPrefix("\(file.path):2:3: ") == true)
        try Data("[]".utf8).write(to: file)
        let list = #expect(throws: ErrorDocument.self) {
            try Self.input.assemble(["@\(file.path)"])
        }
        #expect(list?.message == "the input in \(file.path) is not an object")
    }
}
