import AgentFiles
import Foundation
import Testing

@testable import ReportAgent

@Suite("The audit report")
struct AuditReportTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private static func finding(
        _ path: String,
        _ reason: String = "content differs"
    ) -> AuditInput.Finding {
        .init(path: path, verify: "??5??????", conffile: nil, reason: reason)
    }

    private static func check(
        _ name: String,
        changed: [AuditInput.Finding] = [],
        missing: [AuditInput.Finding] = [],
        unreadable: [AuditInput.Finding] = []
    ) -> AuditInput.Check {
        .init(
            package: name,
            version: "1.0",
            files: 10,
            bytes: 2048,
            durationMilliseconds: 1.5,
            changed: changed,
            missing: missing,
            unreadable: unreadable
        )
    }

    private func input(_ checks: [AuditInput.Check]) -> AuditInput {
        AuditInput(
            machine: .init(host: "desk", system: "Debian GNU/Linux 12 (bookworm)"),
            checks: checks,
            outliers: .init(threshold: 3.5, median: 1.5, outliers: []),
            outputDirectory: scratch.at("out")
        )
    }

    private func written(_ input: AuditInput) throws -> (AuditReport.Result, [UInt8], String) {
        let result = try AuditReport(input, time: "Made on a day").write()
        return (
            result, try [UInt8](contentsOfFile: result.html),
            String(decoding: try [UInt8](contentsOfFile: result.markdown), as: UTF8.self)
        )
    }

    @Test("Both forms name every path, whatever characters it has")
    func everyPath() throws {
        let hostile = [
            "/a/<script>alert('x')</script>", "/b/\u{202E}txt.exe", "/c/pipe|star*", "/d/\u{0}nul",
            "/e/quote\"'&amp;", "/f/new\nline",
        ]
        let (result, html, markdown) = try written(
            input([
                Self.check("evil:all", changed: hostile.map { Self.finding($0) }),
                Self.check(
                    "lost:all",
                    missing: [Self.finding("/g/lost", "No such file or directory")]
                ),
                Self.check("shut:all", unreadable: [Self.finding("/h/shut", "Permission denied")]),
                Self.check("clean:all"),
            ])
        )
        let content = XMLContent(html)
        #expect(content.problem == nil)
        #expect(!content.elements.contains("script"))
        for path in hostile + ["/g/lost", "/h/shut"] {
            #expect(content.text.contains(path.visible), "HTML names \(path)")
            let code = path.visible.replacing("|", with: "\\|")
            #expect(markdown.contains("| `\(code)` |"), "Markdown names \(path)")
        }
        #expect((result.changed, result.missing, result.unreadable) == (6, 1, 1))
        #expect((result.packages, result.files, result.bytes, result.affected) == (4, 40, 8192, 3))
        #expect(
            content.text.contains(
                "40 files read in 4 packages: 8 paths in 3 packages are not as installed."
            )
        )
        #expect(content.elements.contains("svg"))
    }

    @Test("Findings in a file of their own are named too, and not twice")
    func spilled() throws {
        let all = (1...500).map { Self.finding("/opt/file\($0).") }
        let file = scratch.at("big.json")
        let findings = AuditInput.Findings(changed: all, missing: [], unreadable: [])
        try [UInt8](JSONEncoder().encode(findings)).writeAtomically(to: file)
        var check = Self.check("big:all", changed: Array(all.prefix(3)))
        check.findingsFile = file
        check.more = .init(changed: 497, missing: 0, unreadable: 0)
        let (result, html, markdown) = try written(input([check]))
        #expect(result.changed == 500)
        let text = XMLContent(html).text
        for finding in all {
            #expect(text.ranges(of: finding.path).count == 1)
            #expect(markdown.contains(finding.path))
        }
    }

    @Test("A file of findings that is gone fails the report: it would leave findings out")
    func lostFindings() throws {
        var check = Self.check("big:all")
        check.findingsFile = scratch.at("none.json")
        let error = #expect(throws: FileError.self) {
            try AuditReport(input([check]), time: "").write()
        }
        #expect(error?.isNotFound == true)
    }

    @Test("A clean machine is said to be clean, and no machine at all makes a report too")
    func clean() throws {
        let (_, html, markdown) = try written(input([Self.check("a:all")]))
        #expect(
            markdown.contains("10 files read in 1 package: everything is as its package left it.")
        )
        #expect(XMLContent(html).problem == nil)
        let (result, empty, _) = try written(input([]))
        #expect(result.packages == 0)
        #expect(XMLContent(empty).problem == nil)
    }

    @Test("Outliers are listed strongest first and drawn")
    func outliers() throws {
        var checks = (0..<5).map { Self.check("p\($0):all") }
        checks[2].durationMilliseconds = 900
        checks[4].durationMilliseconds = 0
        checks[4].bytes = 0
        var audit = input(checks)
        audit.outliers.outliers = [
            .init(index: 4, value: 0, score: -4), .init(index: 2, value: 900, score: 12.25),
            .init(index: 99, value: 1, score: 5),
        ]
        let report = try AuditReport(audit, time: "")
        #expect(report.outliers.map(\.check.package) == ["p2:all", "p4:all"])
        let page = String(decoding: report.page.document, as: UTF8.self)
        #expect(page.ranges(of: "class=\"outlier\"").count == 2)
        #expect(page.ranges(of: "class=\"point\"").count == 3)
        #expect(XMLContent(Array(page.utf8)).problem == nil)
    }

    @Test("The page loads nothing from elsewhere and suits light and dark")
    func selfContained() throws {
        let (_, html, _) = try written(input([Self.check("a:all", changed: [Self.finding("/x")])]))
        let page = String(decoding: html, as: UTF8.self)
        #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("@import"))
        #expect(!page.contains("url("))
        #expect(page.contains("prefers-color-scheme: dark"))
        #expect(page.contains("role=\"img\"") && page.contains("<desc>"))
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\""))
    }

    @Test("Written twice, it is the same")
    func again() throws {
        let audit = input([Self.check("a:all", changed: [Self.finding("/x")])])
        let first = try written(audit)
        let second = try written(audit)
        #expect(first.1 == second.1 && first.2 == second.2 && first.0 == second.0)
    }
}
