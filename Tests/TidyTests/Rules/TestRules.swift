/// Rules about tests themselves.
enum TestRules {
    static let all = [wallTime, emptyTests]

    private static let timeWords = [
        "ContinuousClock", "SuspendingClock", ".now", "elapsed", "Date()", "timeIntervalSince",
        "timeIntervalSinceNow", "took",
    ]

    static let wallTime = TidyRule.words(
        "No test depends on how fast the machine is",
        timeWords,
        of: { $0.has(".swift") && $0.isUnder("Tests") },
        codeOnly: true,
        onLinesWith: ["#expect(", "#require("],
        exemptions: Exemptions.wallTime
    ) { "'\($0)' in an expectation" }

    static let emptyTests = TidyRule(
        name: "Every test expects something",
        covers: { $0.has(".swift") && $0.isUnder("Tests") },
        check: { file in
            let asserting = Set(
                file.codeLines.compactMap { $0.firstMatch(of: /\bfunc\s+(\w+)/)?.1 }.map(
                    String.init
                )
            )
            return bodies(of: file).compactMap { line, body in
                let expects = ["#expect", "#require", "Issue.record", "confirmation", "try"]
                let calls = asserting.contains { body.contains("\($0)(") }
                return expects.contains { body.contains($0) } || calls || body.contains("expect")
                    ? nil : (line, "a test without an expectation")
            }
        }
    )

    /// The line and the code of every function marked as a test.
    private static func bodies(of file: SourceFile) -> [(Int, String)] {
        let lines = file.codeLines
        var found: [(Int, String)] = []
        for (index, line) in lines.enumerated() where line.contains("@Test") {
            var depth = 0
            var hasBody = false
            var body = ""
            for next in lines[index...] {
                // Braces before the function's own belong to closures among the attributes.
                if !hasBody, !next.contains("func "), body.contains("func ") == false {
                    body += next + "\n"
                    continue
                }
                depth += next.utf8.count { $0 == UInt8(ascii: "{") }
                depth -= next.utf8.count { $0 == UInt8(ascii: "}") }
                hasBody = hasBody || next.contains("{")
                body += next + "\n"
                if hasBody, depth <= 0 { break }
            }
            if let start = body.firstRange(of: "func ") {
                found.append((index + 1, String(body[start.upperBound...].drop { $0 != "{" })))
            }
        }
        return found
    }
}
