import Testing

/// Where a rule is broken, and how.
struct Finding: Hashable, CustomStringConvertible {
    var path: String
    /// The line, from 1; 0 for the file as a whole.
    var line: Int
    var message: String

    var description: String { line == 0 ? "\(path): \(message)" : "\(path):\(line): \(message)" }
}

/// One rule of the house.
struct TidyRule: Sendable, CustomTestStringConvertible {
    /// The rule as a sentence.
    var name: String
    /// Which files it is about.
    var covers: @Sendable (SourceFile) -> Bool
    /// What is wrong in one of them: line, from 1, or 0 for the file, and message.
    var check: @Sendable (SourceFile) -> [(Int, String)]
    /// Who need not keep it, and why: a path, or a path and a word of the offending message.
    var exemptions: [Exemption] = []

    struct Exemption: Sendable {
        var path: String
        /// Exempts only findings whose message has this in it.
        var about = ""
        var reason: String
    }

    var testDescription: String { name }

    /// Everything that breaks the rule, exempt or not.
    func allFindings(in files: [SourceFile]) -> [Finding] {
        files.filter(covers).flatMap { file in
            check(file).map { Finding(path: file.path, line: $0.0, message: $0.1) }
        }
    }

    /// The findings that no exemption covers.
    func notExempt(_ findings: [Finding]) -> [Finding] {
        findings.filter { finding in !exemptions.contains { $0.covers(finding) } }
    }

    /// Exemptions that nothing needs any more.
    func staleExemptions(for findings: [Finding]) -> [Exemption] {
        exemptions.filter { exemption in !findings.contains { exemption.covers($0) } }
    }
}

extension TidyRule.Exemption {
    func covers(_ finding: Finding) -> Bool {
        finding.path == path && (about.isEmpty || finding.message.contains(about))
    }
}

extension TidyRule {
    /// A rule against words, wherever they stand on their own.
    static func words(
        _ name: String,
        _ words: [String],
        of covers: @escaping @Sendable (SourceFile) -> Bool,
        codeOnly: Bool = false,
        onLinesWith context: [String] = [],
        exemptions: [Exemption] = [],
        message: @escaping @Sendable (String) -> String
    ) -> TidyRule {
        TidyRule(
            name: name,
            covers: covers,
            check: { file in
                let text = codeOnly ? file.code : file.bytes
                var lines: [Int: String] = [:]
                for word in words {
                    for place in text.places(ofWord: word) {
                        let line = file.lineNumber(of: place)
                        let content = file.lineText(line, codeOnly: codeOnly)
                        guard context.isEmpty || context.contains(where: { content.contains($0) })
                        else { continue }
                        lines[line] = lines[line] ?? word
                    }
                }
                return lines.sorted { $0.key < $1.key }.map { ($0.key, message($0.value)) }
            },
            exemptions: exemptions
        )
    }
}

extension SourceFile {
    /// The numbers of the lines on which one of the texts stands.
    func linesWith(_ texts: String..., codeOnly: Bool = true) -> [Int] {
        let text = codeOnly ? code : bytes
        return Set(texts.flatMap { text.places(of: $0) }.map(lineNumber)).sorted()
    }
}
