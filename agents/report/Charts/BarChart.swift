/// Horizontal bars, each made of parts that stand for kinds of outcomes.
struct BarChart {
    /// One bar.
    struct Bar {
        var label: String
        /// Lengths of the parts, in the order of the chart's kinds.
        var values: [Int]
        var total: Int { values.reduce(0, +) }
    }

    /// What a part of a bar stands for, and the style class that colours it.
    struct Kind {
        var name: String
        var tone: String
    }

    var title: String
    var kinds: [Kind]
    var bars: [Bar]

    /// The chart as inline SVG, with its content in words for those who do not see it.
    var svg: HTML {
        let (width, left, right, top, step) = (720.0, 210.0, 70.0, 34.0, 26.0)
        let height = top + Double(bars.count) * step + 12
        let longest = Double(max(bars.map(\.total).max() ?? 0, 1))
        let scale = (width - left - right) / longest
        var rows: [HTML] = []
        for (index, bar) in bars.enumerated() {
            let y = top + Double(index) * step
            rows.append(
                """
                <text x="\(left - 8)" y="\(y + 14)" \
                text-anchor="end">\(bar.label.shortened(to: 32))</text>
                """
            )
            var x = left
            for (kind, value) in zip(kinds, bar.values) where value > 0 {
                let length = Double(value) * scale
                rows.append(
                    """
                    <rect class="\(kind.tone)" x="\(x)" y="\(y)" width="\(max(length, 1))" \
                    height="18" rx="2">\
                    <title>\(bar.label): \(value.grouped) \(kind.name)</title></rect>
                    """
                )
                x += length
            }
            rows.append(
                """
                <text x="\(x + 6)" y="\(y + 14)">\(bar.total.grouped)</text>
                """
            )
        }
        var legend: [HTML] = []
        var x = left
        for kind in kinds {
            legend.append(
                """
                <rect class="\(kind.tone)" x="\(x)" y="10" width="12" height="12" rx="2"/>\
                <text x="\(x + 17)" y="20">\(kind.name)</text>
                """
            )
            x += 30 + Double(kind.name.count) * 7.5
        }
        return """
            <figure>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" role="img">
            <title>\(title)</title>
            <desc>\(description)</desc>
            \(legend)
            \(rows)
            </svg>
            </figure>
            """
    }

    private var description: String {
        bars.map { bar in
            let parts = zip(kinds, bar.values).filter { $0.1 > 0 }
                .map { "\($0.1) \($0.0.name)" }
            return "\(bar.label): \(parts.isEmpty ? "none" : parts.joined(separator: ", "))"
        }.joined(separator: "; ") + "."
    }
}

extension String {
    /// The text, cut in the middle when it has more characters than fit.
    func shortened(to length: Int) -> String {
        guard count > length else { return self }
        return "\(prefix(length / 2 - 1))…\(suffix(length - length / 2))"
    }
}
