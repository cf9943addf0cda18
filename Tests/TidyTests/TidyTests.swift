import Testing

@Suite struct TidyTests {
    static let rules = TextRules.all + PurityRules.all + CodeRules.all + TestRules.all

    @Test("The repository keeps the rule, and its exemptions are still needed", arguments: rules)
    func keepsTheRule(rule: TidyRule) {
        let findings = rule.allFindings(in: Repository.files)
        let broken = rule.notExempt(findings)
        #expect(broken.isEmpty, "\(broken.map(\.description).joined(separator: "\n"))")
        let stale = rule.staleExemptions(for: findings)
        #expect(stale.isEmpty, "nothing needs \(stale)")
        #expect(rule.exemptions.allSatisfy { $0.reason.count > 10 })
    }

    @Test("The repository was found")
    func findsTheRepository() {
        #expect(Repository.files.contains { $0.path == "Package.swift" })
        #expect(Repository.files.count > 100)
    }
}
