extension AuditReport {
    /// The report as Markdown.
    var markdown: Markdown {
        """
        # \(Self.title)

        \(verdict)

        | | |
        |---|---:|
        | Machine | \(input.machine.host), \(input.machine.system) |
        | Packages | \(input.checks.count) |
        | Files read | \(files) |
        | Bytes read | \(bytes.byteCount) |
        | Changed | \(findings.total(.changed)) |
        | Missing | \(findings.total(.missing)) |
        | Unreadable | \(findings.total(.unreadable)) |

        \(findingsMarkdown)\(outliersMarkdown)
        \(time). To see the same findings: `dpkg --verify`.

        """
    }

    private var findingsMarkdown: Markdown {
        guard !findings.packages.isEmpty else { return "" }
        let packages: [Markdown] = findings.packages.map { package in
            let rows: [Markdown] = package.findings.map { kind, finding in
                let configuration = finding.conffile == true ? "yes" : ""
                return """
                    | \(kind.rawValue) | \(code: finding.path) | \(finding.reason) | \
                    \(configuration) | \(code: finding.verify) |
                    """
            }
            let problems: [Markdown] = package.problems.map { "- \($0)" }
            let table: Markdown =
                rows.isEmpty
                ? ""
                : """
                | | path | what | configuration | dpkg |
                |---|---|---|---|---|
                \(Markdown(lines: rows))

                """
            return """
                ### \(package.name) \(package.version)

                \(table)\(Markdown(lines: problems))
                """
        }
        return """
            ## Findings

            \(Markdown(lines: packages))

            """
    }

    private var outliersMarkdown: Markdown {
        guard !outliers.isEmpty else { return "" }
        let rows: [Markdown] = outliers.map { check, score in
            """
            | \(check.package) | \(check.files) | \(check.bytes.byteCount) | \
            \(check.durationMilliseconds.milliseconds) | \(score.fixed(decimals: 1)) |
            """
        }
        return """
            ## Checks that stand out

            Score: distance from the median in robust standard deviations (median absolute deviation,
            logarithmic scale); threshold \(input.outliers.threshold.fixed(decimals: 1)).

            | package | files | size | time | score |
            |---|---:|---:|---:|---:|
            \(Markdown(lines: rows))

            """
    }
}
