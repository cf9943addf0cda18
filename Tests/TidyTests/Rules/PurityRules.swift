/// Rules that keep the core a function of its inputs, so that a journal replays to the same end.
enum PurityRules {
    static let all = [imports, impureCalls, unorderedState, unorderedIteration]

    @Sendable private static func isPure(_ file: SourceFile) -> Bool {
        file.has(".swift") && file.isUnder("Sources/SwarmCore", "Sources/SwarmModel")
    }

    /// What each target may import; one that is not listed may import anything.
    private static let allowedImports: [String: Set<String>] = [
        "SwarmModel": [],
        "SwarmCore": ["SwarmModel", "OrderedCollections", "DequeModule", "HeapModule"],
        "SwarmWire": ["SwarmModel"],
        "ZeroMQ": ["CZeroMQ", "Synchronization", "Glibc"],
    ]

    static let imports = TidyRule(
        name: "The core, the model, the wire and the sockets import nothing they need not",
        covers: { file in
            file.has(".swift") && file.isUnder("Sources")
                && allowedImports[target(of: file)] != nil
        },
        check: { file in
            let allowed = allowedImports[target(of: file)] ?? []
            return file.linesWith("import ").compactMap { number in
                guard let module = importedModule(file.lineText(number, codeOnly: true)),
                    !allowed.contains(module)
                else { return nil }
                return (number, "imports \(module)")
            }
        }
    )

    private static func target(of file: SourceFile) -> String {
        let parts = file.path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    private static let impureWords = [
        "Date(", ".now", ".random", "randomElement(", ".shuffle(", ".shuffled(",
        "SystemRandomNumberGenerator", "UUID(", "Task {", "Task.", "await", "async",
        "ContinuousClock", "SuspendingClock", "ProcessInfo", "CommandLine", "getenv(", "print(",
        "readLine(", "hashValue", "ObjectIdentifier", "nonisolated(unsafe)",
    ]

    static let impureCalls = TidyRule.words(
        "Core and model know no clock, no chance, no concurrency and no outside world",
        impureWords,
        of: isPure,
        codeOnly: true
    ) { "'\($0)' makes replay depend on more than input" }

    static let unorderedState = TidyRule(
        name: "State of the core is kept in an order",
        covers: { $0.has(".swift") && $0.isUnder("Sources/SwarmCore") },
        check: { file in
            file.linesWith("var ", "let ").compactMap { number in
                let line = file.lineText(number, codeOnly: true)
                // Properties of a type are indented once.
                guard line.hasPrefix("    "), !line.hasPrefix("     "),
                    let name = UnorderedNames.declared(on: line)
                else { return nil }
                return (number, "'\(name)' has no order; say in the list why that is safe")
            }
        },
        exemptions: Exemptions.unorderedState
    )

    static let unorderedIteration = TidyRule(
        name: "Nothing without an order is gone through in core and model",
        covers: isPure,
        check: { file in
            let names = Set(
                file.linesWith("var ", "let ").compactMap {
                    UnorderedNames.declared(on: file.lineText($0, codeOnly: true))
                }
            )
            return names.sorted().flatMap { name in
                file.linesWith(name).filter {
                    UnorderedNames.isIterated(name, on: file.lineText($0, codeOnly: true))
                }.map { ($0, "'\(name)' is gone through in no order") }
            }
        },
        exemptions: Exemptions.unorderedIteration
    )
}

/// Imports as a line writes them.
func importedModule(_ line: Substring) -> String? {
    var words = line.split(separator: " ")
    while let first = words.first, first != "import" {
        guard
            ["public", "package", "internal", "fileprivate", "private"].contains(first)
                || first.hasPrefix("@")
        else { return nil }
        words.removeFirst()
    }
    guard words.count > 1 else { return nil }
    let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let name = kinds.contains(String(words[1])) && words.count > 2 ? words[2] : words[1]
    return name.split(separator: ".").first.map(String.init)
}

/// Recognises sets and dictionaries by how they are declared.
enum UnorderedNames {
    /// The name of the set or dictionary that the line declares.
    @Sendable static func declared(on line: Substring) -> String? {
        let declaration = /\b(?:var|let)\s+(\w+)\s*:\s*(?:Set<|Dictionary<|\[[^\[\]()]+:)/
        let inferred =
            /\b(?:var|let)\s+(\w+)\s*=\s*(?:Set[<(]|Dictionary[<(]|\[[^\[\]()]+:[^\]]*\]\()/
        if let match = line.firstMatch(of: declaration) { return String(match.1) }
        if let match = line.firstMatch(of: inferred) { return String(match.1) }
        return nil
    }

    private static let methods = [
        "keys", "values", "map", "flatMap", "compactMap", "filter", "forEach", "reduce", "first",
        "enumerated", "makeIterator", "lazy", "prefix", "dropFirst", "popFirst", "description",
    ]

    /// Whether the line goes through it; sorting first, or asking only `contains`, is fine.
    static func isIterated(_ name: String, on line: Substring) -> Bool {
        if line.contains(".sorted") { return false }
        let loops = ["in \(name)", "in self.\(name)"]
        if line.contains("for "), let word = loops.first(where: { line.contains($0) }),
            let range = line.firstRange(of: word)
        {
            let after = line[range.upperBound...].first
            if after == nil || after == " " { return true }
        }
        let utf8 = Array(line.utf8)
        return methods.contains { !utf8.places(ofWord: "\(name).\($0)").isEmpty }
    }
}
