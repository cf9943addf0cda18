import Foundation
import SwarmModel
import Testing

/// The official JSON Schema test suite, which `scripts/fetch-schema-suite` installs.
enum SchemaSuite {
    /// One file of the suite, named as in `optional/format/date.json`.
    struct File: Sendable, CustomTestStringConvertible {
        var name: String
        var testDescription: String { name }
    }

    struct Group {
        var description: String
        var schema: JSON
        var tests: [(description: String, data: JSON, isValid: Bool)]
    }

    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["JSON_SCHEMA_TEST_SUITE"] {
            return URL(fileURLWithPath: path)
        }
        // This file is Tests/SwarmConfigTests/Schema/SchemaSuite.swift.
        return (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
            url.deletingLastPathComponent()
        }
        .appendingPathComponent(".build/json-schema-suite")
    }()

    private static let tests = folder.appendingPathComponent("tests/draft2020-12")

    static let isInstalled = FileManager.default.fileExists(atPath: tests.path)

    static let mandatory = files(in: "")
    static let optional = (files(in: "optional/") + files(in: "optional/format/"))
        .filter { !ruledOut.contains($0.name) }

    /// Other drafts, a keyword this draft dropped, and formats nothing here checks.
    private static let ruledOut: Set<String> = [
        "optional/cross-draft.json",
        "optional/dependencies-compatibility.json",
        "optional/format/idn-email.json",
        "optional/format/idn-hostname.json",
        "optional/format/iri-reference.json",
        "optional/format/iri.json",
        "optional/format/relative-json-pointer.json",
        "optional/format/uri-template.json",
    ]

    private static func files(in subfolder: String) -> [File] {
        let path = tests.appendingPathComponent(subfolder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().map { File(name: subfolder + $0) }
    }

    static func groups(of file: File) throws -> [Group] {
        let json = try JSON(parsing: try Data(contentsOf: tests.appendingPathComponent(file.name)))
        return (json.arrayValue ?? []).map { group in
            Group(
                description: group["description"]?.stringValue ?? "",
                schema: group["schema"] ?? nil,
                tests: (group["tests"]?.arrayValue ?? []).map { test in
                    (
                        test["description"]?.stringValue ?? "", test["data"] ?? nil,
                        test["valid"] == true
                    )
                }
            )
        }
    }

    /// Serves the suite's own documents and the metaschemas, as a web server would.
    @Sendable static func document(_ address: String) -> JSON? {
        let local = "http://localhost:1234/"
        let standard = "https://json-schema.org/draft/2020-12/"
        let url: URL
        if address.hasPrefix(local) {
            url = folder.appendingPathComponent("remotes/" + address.dropFirst(local.count))
        } else if address == standard + "schema" {
            url = folder.appendingPathComponent("metaschemas/metaschema.json")
        } else if address.hasPrefix(standard + "meta/") {
            let name = address.dropFirst(standard.count + 5)
            url = folder.appendingPathComponent("metaschemas/vocabularies/" + name)
        } else {
            return nil
        }
        return (try? Data(contentsOf: url)).flatMap { try? JSON(parsing: $0) }
    }
}
