/// Rules about Swift in all targets.
enum CodeRules {
    static let all = [unstructuredTasks, zeroMQModule, vagueNames, testLibrary, explainedOptOuts]

    @Sendable private static func isProduct(_ file: SourceFile) -> Bool {
        file.has(".swift") && file.isUnder("Sources", "agents", "examples")
    }

    static let unstructuredTasks = TidyRule.words(
        "Concurrent work has a parent that waits for it",
        ["Task {", "Task.detached", "Task(", "Task.immediate"],
        of: isProduct,
        codeOnly: true,
        exemptions: Exemptions.unstructuredTasks
    ) { "'\($0)' has no parent; use a task group" }

    static let zeroMQModule = TidyRule.words(
        "Only one target calls libzmq",
        ["CZeroMQ"],
        of: { $0.has(".swift") && !$0.isUnder("Sources/ZeroMQ", "Tests/ZeroMQTests") },
        codeOnly: true,
        onLinesWith: ["import "],
        exemptions: Exemptions.bareZeroMQ
    ) { "imports \($0); use ZeroMQ" }

    static let vagueNames = TidyRule(
        name: "Types are named for what they are",
        covers: { $0.has(".swift") },
        check: { file in
            file.linesWith("Manager", "Helper", "Util", " Task").compactMap { number in
                let declaration = /\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)/
                let line = file.lineText(number, codeOnly: true)
                guard let name = line.firstMatch(of: declaration)?.1,
                    name == "Task" || vagueEndings.contains(where: name.hasSuffix)
                else { return nil }
                return (number, "'\(name)' says nothing, or means something else in Swift")
            }
        }
    )

    private static let vagueEndings = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utilities",
    ]

    static let testLibrary = TidyRule.words(
        "Tests use Swift Testing",
        ["XCTest"],
        of: { $0.has(".swift") },
        codeOnly: true,
        onLinesWith: ["import "]
    ) { "imports \($0)" }

    static let explainedOptOuts = TidyRule(
        name: "Every escape from the compiler's checks says why it is sound",
        covers: isProduct,
        check: { file in
            let optOuts = ["@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast("]
            return optOuts.flatMap { word in
                file.code.places(of: word).map(file.lineNumber).filter { number in
                    // Above it, or on the first line of what it opens.
                    let nearby = max(1, number - 6)...min(number + 1, file.lineCount)
                    return !nearby.contains { file.lineText($0).contains("//") }
                }.map { ($0, "'\(word)' without a comment that says why") }
            }
        }
    )
}
