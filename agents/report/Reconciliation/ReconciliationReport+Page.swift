extension ReconciliationReport {
    /// The report as one HTML page.
    var page: Page {
        var sections: [HTML] = [figures, outcomesSection]
        if !rows.rows.isEmpty { sections.append(rowsSection) }
        return Page(
            title: Self.title,
            verdict: verdict,
            sections: sections,
            footer: """
                <p>\(time). Every row, equal ones too: \
                <bdi><code>\(input.merged.table)</code></bdi></p>
                <p>Rows with one key are paired one to one, nearest amounts first; a pair is equal \
                when it is no further apart than the tolerance, \(input.tolerance.text).</p>
                """
        )
    }

    private var outcomes: [(key: String, count: Int)] {
        let merged = input.merged
        return [
            ("equal", merged.equal), ("differs", merged.differs),
            ("only_left", merged.onlyLeft), ("only_right", merged.onlyRight),
        ]
    }

    private var figures: HTML {
        Page.figures(
            outcomes.map { key, count in
                let (word, tone) = Self.word(key)
                return (count.grouped, word, tone)
            } + [(input.merged.apart, "apart, all together", "")]
        )
    }

    private var outcomesSection: HTML {
        let kinds = outcomes.map { key, _ in
            BarChart.Kind(name: Self.word(key).word, tone: Self.word(key).tone)
        }
        let merged = input.merged
        let chart = BarChart(
            title: "What became of the rows of each table",
            kinds: kinds,
            bars: [
                .init(label: "left", values: [merged.equal, merged.differs, merged.onlyLeft, 0]),
                .init(label: "right", values: [merged.equal, merged.differs, 0, merged.onlyRight]),
            ]
        )
        let sides: [HTML] = [("left", input.left), ("right", input.right)].map { name, side in
            """
            <tr><th scope="row">\(name)</th><td><bdi><code>\(side.path)</code></bdi></td>\
            <td class="number">\(side.rows.grouped)</td><td class="number">\(side.read.grouped)</td>\
            <td class="number">\(side.total)</td></tr>
            """
        }
        return """
            <section>
            <h2>The two tables</h2>
            <div class="scroll"><table>
            <thead><tr><th scope="col"></th><th scope="col">Table</th>\
            <th scope="col" class="number">Rows compared</th>\
            <th scope="col" class="number">Rows in the file</th>\
            <th scope="col" class="number">Sum</th></tr></thead>
            <tbody>
            \(sides)
            </tbody>
            </table></div>
            \(chart.svg)
            \(distances)
            </section>
            """
    }

    /// How many pairs are how far apart, by powers of ten.
    private var distances: HTML {
        guard let least = rows.magnitudes.keys.min(), let most = rows.magnitudes.keys.max() else {
            return ""
        }
        let chart = BarChart(
            title: "How far apart the pairs that differ are",
            kinds: [.init(name: "differs", tone: "changed")],
            bars: (least...most).map { power in
                .init(
                    label: "\(Self.powerOfTen(power)) to below \(Self.powerOfTen(power + 1))",
                    values: [rows.magnitudes[power] ?? 0]
                )
            }
        )
        return """
            <h2>How far apart</h2>
            \(chart.svg)
            """
    }

    private static func powerOfTen(_ power: Int) -> String {
        let zeros = String(repeating: "0", count: power < 0 ? -power - 1 : power)
        return power < 0 ? "0.\(zeros)1" : "1\(zeros)"
    }

    private var rowsSection: HTML {
        let lines: [HTML] = rows.rows.prefix(Self.listed).map { row in
            let (word, tone) = Self.word(row.outcome)
            return """
                <tr><td class="word \(tone)">\(word)</td><td><bdi>\(row.key)</bdi></td>\
                <td class="number">\(row.leftAmount)</td><td class="number">\(row.leftLine)</td>\
                <td class="number">\(row.rightAmount)</td><td class="number">\(row.rightLine)</td>\
                <td class="number">\(row.difference)</td></tr>
                """
        }
        let rest = rows.rows.count - lines.count
        let more: HTML =
            rest > 0 ? "<p class=\"note\">and \(rest.grouped) more in the table.</p>" : ""
        return """
            <section>
            <h2>Rows to look at</h2>
            <div class="scroll"><table>
            <thead><tr><th scope="col"></th><th scope="col">Key</th>\
            <th scope="col" class="number">Left</th><th scope="col" class="number">Line</th>\
            <th scope="col" class="number">Right</th><th scope="col" class="number">Line</th>\
            <th scope="col" class="number">Right − left</th></tr></thead>
            <tbody>
            \(lines)
            </tbody>
            </table></div>
            \(more)
            </section>
            """
    }
}
