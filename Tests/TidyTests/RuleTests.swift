import Testing

/// Shows of each rule that it finds what it is there for, and leaves alone what only looks like it.
@Suite struct RuleTests {
    private func messages(_ rule: TidyRule, _ path: String, _ text: String) -> [String] {
        let findings = rule.allFindings(in: [SourceFile(path: path, text: text)])
        return rule.notExempt(findings).map(\.description)
    }

    @Test("A file too long is found")
    func findsLongFiles() {
        let long = String(repeating: "let a = 1\n", count: 401)
        #expect(messages(TextRules.fileLength, "Sources/A.swift", long).count == 1)
        #expect(
            messages(TextRules.fileLength, "Sources/A.swift", String(long.dropLast(10))).isEmpty
        )
        #expect(messages(TextRules.fileLength, "docs/a.json", long).isEmpty)
    }

    @Test("A line too long is found, but not a link or a table")
    func findsLongLines() {
        let long = String(repeating: "é", count: 101)
        #expect(
            messages(TextRules.lineLength, "a.swift", "ok\n\(long)\n") == ["a.swift:2: 101 columns"]
        )
        #expect(messages(TextRules.lineLength, "a.swift", "\(long.dropLast())\n").isEmpty)
        #expect(messages(TextRules.lineLength, "a.md", "| \(long) |\n").isEmpty)
        #expect(messages(TextRules.lineLength, "a.md", "https://\(long)\n").isEmpty)
        #expect(messages(TextRules.lineLength, "a.md", "```\n\(long)\n```\n").isEmpty)
        #expect(messages(TextRules.lineLength, "a.swift", "    /// \(long)\n").count == 1)
        #expect(messages(TextRules.lineLength, "a.json", "\(long)\n").isEmpty)
        let message = String(repeating: "m", count: 90)
        #expect(messages(TextRules.lineLength, "a.swift", "let text = \"\(message)\"\n").isEmpty)
        #expect(
            messages(TextRules.lineLength, "a.swift", "let t = \"\(message + message)\"\n").count
                == 1
        )
    }

    @Test("White space at the end of a line or file is found")
    func findsTrailingSpace() {
        let space = " "
        #expect(messages(TextRules.trailingSpace, "a.py", "a\(space)\nb\t\n c\n").count == 2)
        #expect(messages(TextRules.finalNewline, "a.py", "a").count == 1)
        #expect(messages(TextRules.finalNewline, "a.py", "a\n\n").count == 1)
        #expect(messages(TextRules.finalNewline, "a.py", "a\n").isEmpty)
    }

    @Test("Marks of unfinished work are found, words that contain them are not")
    func findsLeftovers() {
        for mark in ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"] {
            #expect(messages(TextRules.leftovers, "a.swift", "// \(mark): later\n").count == 1)
            #expect(messages(TextRules.leftovers, "a.swift", "let a\(mark)s = 1\n").isEmpty)
        }
    }

    @Test("Paths of one machine are found, paths that merely contain them are not")
    func findsMachinePaths() {
        let home = "/ro" + "ot/"
        #expect(messages(TextRules.machinePaths, "a.sh", "cd \(home)ada/swarm\n").count == 1)
        #expect(messages(TextRules.machinePaths, "a.sh", "cd /var\(home)x $HOME\(home)\n").isEmpty)
    }

    @Test("A Markdown file without a title or with two is found")
    func findsTitles() {
        #expect(messages(TextRules.oneTitle, "a.md", "# A\n\n## B\n```\n# C\n```\n").isEmpty)
        #expect(messages(TextRules.oneTitle, "a.md", "# A\n# B\n") == ["a.md:2: a second title"])
        #expect(messages(TextRules.oneTitle, "a.md", "A\n# B\n").count == 1)
    }

    @Test("A shell script that goes on after an error is found")
    func findsCarelessShell() {
        let strict = "#!/usr/bin/env bash\n# Why.\n\nset -euo pipefail\nls\n"
        #expect(messages(TextRules.strictShell, "scripts/a", strict).isEmpty)
        #expect(messages(TextRules.strictShell, "scripts/a", "#!/bin/bash\nls\n").count == 1)
        #expect(messages(TextRules.strictShell, "scripts/a.sh", "set -e\n").count == 1)
        #expect(messages(TextRules.strictShell, "scripts/a.py", "#!/usr/bin/python3\n").isEmpty)
    }

    @Test("An import the target may not have is found")
    func findsImports() {
        let rule = PurityRules.imports
        #expect(messages(rule, "Sources/SwarmModel/A.swift", "import Foundation\n").count == 1)
        #expect(messages(rule, "Sources/SwarmWire/A.swift", "public import NIO\n").count == 1)
        #expect(
            messages(rule, "Sources/SwarmCore/A/A.swift", "@preconcurrency import Logging\n").count
                == 1
        )
        #expect(messages(rule, "Sources/SwarmCore/A.swift", "import struct Heap.A\n").count == 1)
        #expect(
            messages(
                rule,
                "Sources/SwarmCore/A.swift",
                "// import Foundation\npublic import SwarmModel\nimport DequeModule\n"
            ).isEmpty
        )
        #expect(messages(rule, "Sources/SwarmConfig/A.swift", "import Foundation\n").isEmpty)
    }

    @Test(
        "A call that looks at the world is found in the core",
        arguments: [
            "let a = Date()", "clock.now", "Int.random(in: 0..<2)", "UUID()", "Task { }",
            "await a()", "func a() async {", "ContinuousClock()", "list.shuffled()",
            "list.randomElement()", "value.hashValue", "print(\"a\")", "getenv(\"A\")",
        ]
    )
    func findsImpureCalls(line: String) {
        let rule = PurityRules.impureCalls
        #expect(messages(rule, "Sources/SwarmCore/A.swift", line + "\n").count == 1)
        #expect(
            messages(rule, "Sources/SwarmModel/A.swift", "let b = \"\\(\(line))\"\n").count == 1
        )
        #expect(messages(rule, "Sources/SwarmRuntime/A.swift", line + "\n").isEmpty)
        #expect(messages(rule, "Sources/SwarmCore/A.swift", "// \(line)\n").isEmpty)
    }

    @Test("Words that merely resemble such calls are left alone")
    func leavesLookalikes() {
        let lines = """
            case nowhere
            let update = UpDate(1)
            let text = "await Date() \\(value) async"
            let awaiting = asynchronous
            /* Task { Date() } /* print( */ */
            let subtask = Subtask { 1 }
            let raw = #"Date( \\(Date() ) "# + \"\"\"
                UUID()
                \"\"\"

            """
        #expect(messages(PurityRules.impureCalls, "Sources/SwarmCore/A.swift", lines).isEmpty)
    }

    @Test("State without an order and going through it are found")
    func findsUnorderedState() {
        let state = """
            struct A {
                var places: [String: Int] = [:]
                private let seen: Set<Int>
                var more = Set<String>()
                var list: [Int] = []
                func b() {
                    let local: [Int: Int] = [:]
                    for (key, _) in places { use(key) }
                    for key in places.keys.sorted() { use(key) }
                    for item in list { use(item) }
                    return seen.map { $0 + local.count }
                }
            }

            """
        let found = messages(PurityRules.unorderedState, "Sources/SwarmCore/A.swift", state)
        #expect(
            found.map { $0.prefix(27) } == [
                "Sources/SwarmCore/A.swift:2", "Sources/SwarmCore/A.swift:3",
                "Sources/SwarmCore/A.swift:4",
            ]
        )
        let iterated = messages(PurityRules.unorderedIteration, "Sources/SwarmModel/A.swift", state)
        #expect(
            iterated == [
                "Sources/SwarmModel/A.swift:8: 'places' is gone through in no order",
                "Sources/SwarmModel/A.swift:11: 'seen' is gone through in no order",
            ]
        )
    }

    @Test("A task without a parent is found, a group's is not")
    func findsUnstructuredTasks() {
        let rule = CodeRules.unstructuredTasks
        #expect(messages(rule, "Sources/swarm/A.swift", "Task { await a() }\n").count == 1)
        #expect(messages(rule, "agents/a/A.swift", "let a = Task.detached { }\n").count == 1)
        #expect(messages(rule, "Sources/swarm/A.swift", "group.addTask { }\n").isEmpty)
        #expect(messages(rule, "Tests/A/A.swift", "Task { }\n").isEmpty)
    }

    @Test("Use of the C library elsewhere is found")
    func findsTheCLibrary() {
        let rule = CodeRules.zeroMQModule
        #expect(messages(rule, "Sources/SwarmRuntime/A.swift", "import CZeroMQ\n").count == 1)
        #expect(messages(rule, "Sources/ZeroMQ/A.swift", "import CZeroMQ\n").isEmpty)
        #expect(messages(rule, "Sources/SwarmRuntime/A.swift", "import ZeroMQ\n").isEmpty)
    }

    @Test("Vague names of types are found")
    func findsVagueNames() {
        for name in ["Task", "RunManager", "StringUtils", "TestHelper"] {
            let text = "public final class \(name): A {\n"
            #expect(messages(CodeRules.vagueNames, "Sources/A/A.swift", text).count == 1)
        }
        #expect(messages(CodeRules.vagueNames, "Sources/A/A.swift", "struct Subtask {\n").isEmpty)
    }

    @Test("The older test library is found")
    func findsXCTest() {
        #expect(messages(CodeRules.testLibrary, "Tests/A/A.swift", "import XCTest\n").count == 1)
        #expect(messages(CodeRules.testLibrary, "Tests/A/A.swift", "import Testing\n").isEmpty)
    }

    @Test("An unexplained escape from the compiler's checks is found")
    func findsUnexplainedOptOuts() {
        let bare = "import A\n\nfinal class A: @unchecked Sendable {}\n"
        #expect(messages(CodeRules.explainedOptOuts, "Sources/A/A.swift", bare).count == 1)
        let explained = "/// Only the socket's thread touches it.\n" + bare
        #expect(messages(CodeRules.explainedOptOuts, "Sources/A/A.swift", explained).isEmpty)
    }

    @Test("An expectation about time is found")
    func findsWallTime() {
        let rule = TestRules.wallTime
        let line = "#expect(elapsed < .seconds(1))\n"
        #expect(messages(rule, "Tests/A/A.swift", line).count == 1)
        #expect(messages(rule, "Tests/A/A.swift", "#expect(ContinuousClock.now < a)\n").count == 1)
        #expect(messages(rule, "Tests/A/A.swift", "#expect(deadline == 5)\n").isEmpty)
        #expect(messages(rule, "Sources/A/A.swift", line).isEmpty)
    }

    @Test("A test that expects nothing is found")
    func findsEmptyTests() {
        let empty = """
            @Test("It runs") func runs() {
                let a = 1
                use(a)
            }

            """
        #expect(messages(TestRules.emptyTests, "Tests/A/A.swift", empty).count == 1)
        let full = empty.replacing("use(a)", with: "#expect(a == 1)")
        #expect(messages(TestRules.emptyTests, "Tests/A/A.swift", full).isEmpty)
        let spread = """
            @Test(
                "Each is even",
                arguments: [1, 2].map { $0 * 2 })
            func isEven(number: Int) {
                check(number)
            }
            func check(_ number: Int) { #expect(number.isMultiple(of: 2)) }

            """
        #expect(messages(TestRules.emptyTests, "Tests/A/A.swift", spread).isEmpty)
    }

    @Test("An exemption covers its findings, and one that covers none is found")
    func checksExemptions() {
        var rule = CodeRules.unstructuredTasks
        let files = [SourceFile(path: "Sources/a/A.swift", text: "Task { }\nTask.detached { }\n")]
        rule.exemptions = [
            .init(path: "Sources/a/A.swift", about: "detached", reason: "a test"),
            .init(path: "Sources/a/B.swift", reason: "a test"),
        ]
        let findings = rule.allFindings(in: files)
        #expect(rule.notExempt(findings).map(\.line) == [1])
        #expect(rule.staleExemptions(for: findings).map(\.path) == ["Sources/a/B.swift"])
    }
}
