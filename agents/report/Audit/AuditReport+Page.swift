extension AuditReport {
    /// The report as one HTML page.
    var page: Page {
        var sections: [HTML] = [figures]
        if !findings.packages.isEmpty { sections.append(findingsSection) }
        if !input.checks.isEmpty { sections.append(timesSection) }
        return Page(
            title: Self.title,
            verdict: verdict,
            sections: sections,
            footer: """
                <p><bdi>\(input.machine.host)</bdi>, <bdi>\(input.machine.system)</bdi>. \(time).</p>
                <p>To see the same findings: <code>dpkg --verify</code>. Configuration files are there \
                to be changed; anything else that changed was not changed by its package.</p>
                """
        )
    }

    private var figures: HTML {
        let counts = AuditFindings.Kind.allCases.map { kind in
            let total = findings.total(kind)
            return (
                value: total.grouped, name: kind.rawValue,
                tone: total > 0 ? kind.rawValue : "good"
            )
        }
        return Page.figures(
            [
                (input.checks.count.grouped, "packages", ""),
                (files.grouped, "files read", ""),
                (bytes.byteCount, "read", ""),
            ] + counts
        )
    }

    private var findingsSection: HTML {
        let most = findings.packages.filter { !$0.findings.isEmpty }
            .sorted { ($1.findings.count, $0.name) < ($0.findings.count, $1.name) }
            .prefix(15)
        let chart = BarChart(
            title: "Findings by package",
            kinds: AuditFindings.Kind.allCases.map { .init(name: $0.rawValue, tone: $0.rawValue) },
            bars: most.map { package in
                .init(
                    label: package.name,
                    values: AuditFindings.Kind.allCases.map(package.count)
                )
            }
        )
        return """
            <section>
            <h2>Findings</h2>
            \(most.isEmpty ? "" : chart.svg)
            \(findings.packages.map(details))
            </section>
            """
    }

    private func details(_ package: AuditFindings.Package) -> HTML {
        let rows: [HTML] = package.findings.map { kind, finding in
            let tag: HTML =
                finding.conffile == true ? " <span class=\"note\">configuration</span>" : ""
            return """
                <tr><td class="word \(kind.rawValue)">\(kind.rawValue)</td>\
                <td><bdi><code>\(finding.path)</code></bdi>\(tag)</td><td>\(finding.reason)</td>\
                <td><code>\(finding.verify)</code></td></tr>
                """
        }
        let problems: [HTML] = package.problems.map { "<p class=\"word unreadable\">\($0)</p>" }
        let table: HTML =
            rows.isEmpty
            ? ""
            : """
            <div class="scroll"><table class="findings">
            <thead><tr><th scope="col"></th><th scope="col">Path</th><th scope="col">What</th>\
            <th scope="col">dpkg</th></tr></thead>
            <tbody>
            \(rows)
            </tbody>
            </table></div>
            """
        let isOpen: HTML = package.findings.count <= 100 ? " open=\"open\"" : ""
        return """
            <details\(isOpen)><summary><bdi>\(package.name)</bdi> \
            <span class="note">\(package.version), \(package.findings.count.of("finding"))</span></summary>
            \(problems)
            \(table)
            </details>
            """
    }

    private var timesSection: HTML {
        let standing = Set(input.outliers.outliers.map(\.index))
        let chart = ScatterChart(
            title: "Size of a package against the time its check took",
            summary: "\(input.checks.count.of("package")), both axes logarithmic."
                + " \(outliers.count.of("outlier")), listed in the table below.",
            horizontal: .init(name: "bytes read", floor: 1) { Int($0).byteCount },
            vertical: .init(name: "time of the check", floor: 0.001) { $0.milliseconds },
            points: input.checks.enumerated().map { index, check in
                .init(
                    label: check.package,
                    x: Double(check.bytes),
                    y: check.durationMilliseconds,
                    isOutlier: standing.contains(index)
                )
            }
        )
        let rows: [HTML] = outliers.map { check, score in
            """
            <tr><td><bdi>\(check.package)</bdi></td><td class="number">\(check.files.grouped)</td>\
            <td class="number">\(check.bytes.byteCount)</td>\
            <td class="number">\(check.durationMilliseconds.milliseconds)</td>\
            <td class="number">\(score.fixed(decimals: 1))</td></tr>
            """
        }
        let table: HTML =
            rows.isEmpty
            ? "<p>No check stands out.</p>"
            : """
            <div class="scroll"><table>
            <thead><tr><th scope="col">Package</th><th scope="col" class="number">Files</th>\
            <th scope="col" class="number">Size</th><th scope="col" class="number">Time</th>\
            <th scope="col" class="number">Score</th></tr></thead>
            <tbody>
            \(rows)
            </tbody>
            </table></div>
            """
        return """
            <section>
            <h2>How long the checks took</h2>
            <p class="note">An outlier is further from the median than \
            \(input.outliers.threshold.fixed(decimals: 1)) robust standard deviations (median absolute \
            deviation, logarithmic scale).</p>
            \(chart.svg)
            \(table)
            </section>
            """
    }
}
