extension ReconciliationReport {
    /// The report as Markdown.
    var markdown: Markdown {
        """
        # \(Self.title)

        \(verdict)

        | | |
        |---|---:|
        | Equal | \(input.merged.equal) |
        | Differs | \(input.merged.differs) |
        | Only left | \(input.merged.onlyLeft) |
        | Only right | \(input.merged.onlyRight) |
        | Tolerance | \(input.tolerance.text) |
        | Apart, all together | \(input.merged.apart) |

        | | table | rows | of | sum |
        |---|---|---:|---:|---:|
        | left | \(sideMarkdown(input.left)) |
        | right | \(sideMarkdown(input.right)) |

        \(rowsMarkdown)
        \(time). Every row: \(code: input.merged.table)

        """
    }

    private func sideMarkdown(_ side: ReconciliationInput.Side) -> Markdown {
        "\(code: side.path) | \(side.rows) | \(side.read) | \(side.total)"
    }

    private var rowsMarkdown: Markdown {
        guard !rows.rows.isEmpty else { return "" }
        let lines: [Markdown] = rows.rows.prefix(Self.listed).map { row in
            let left: Markdown = "\(row.leftAmount) | \(row.leftLine)"
            let right: Markdown = "\(row.rightAmount) | \(row.rightLine)"
            return """
                | \(Self.word(row.outcome).word) | \(row.key) | \(left) | \(right) | \
                \(row.difference) |
                """
        }
        let rest = rows.rows.count - lines.count
        let more: Markdown = rest > 0 ? "\nand \(rest) more in the table.\n" : ""
        return """
            ## Rows to look at

            | | key | left | line | right | line | right − left |
            |---|---|---:|---:|---:|---:|---:|
            \(Markdown(lines: lines))
            \(more)
            """
    }
}
