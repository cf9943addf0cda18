import Glibc

/// Points over two logarithmic axes, some of them named.
struct ScatterChart {
    /// One point.
    struct Point {
        var label: String
        var x: Double
        var y: Double
        /// Whether the point is one to look at.
        var isOutlier: Bool
    }

    /// An axis: what it measures and how a value on it is written.
    struct Axis {
        var name: String
        /// The smallest value shown; anything below is drawn there.
        var floor: Double
        var text: (Double) -> String
    }

    var title: String
    var summary: String
    var horizontal: Axis
    var vertical: Axis
    var points: [Point]

    private static let (width, height) = (720.0, 380.0)
    /// The edges of the field the points lie in.
    private static let (left, right, top, bottom) = (92.0, 686.0, 18.0, 332.0)
    private static let center = (x: (left + right) / 2, y: (top + bottom) / 2)

    /// The chart as inline SVG, outliers on top and the strongest of them named.
    var svg: HTML {
        let xRange = decades(points.map { max($0.x, horizontal.floor) }, floor: horizontal.floor)
        let yRange = decades(points.map { max($0.y, vertical.floor) }, floor: vertical.floor)
        func place(_ value: Double, _ range: ClosedRange<Int>, from start: Double, to end: Double)
            -> Double
        {
            let share = (log10(value) - Double(range.lowerBound)) / Double(range.count - 1)
            return start + share * (end - start)
        }
        let x = { (value: Double) in
            place(
                max(value, horizontal.floor),
                xRange,
                from: Self.left,
                to: Self.right
            )
        }
        let y = { (value: Double) in
            place(max(value, vertical.floor), yRange, from: Self.bottom, to: Self.top)
        }
        var marks: [HTML] = []
        for decade in xRange {
            let at = x(pow(10, Double(decade)))
            marks.append(
                """
                <line class="grid" x1="\(at)" x2="\(at)" y1="\(Self.top)" \
                y2="\(Self.bottom)"/><text class="soft" x="\(at)" \
                y="\(Self.bottom + 17)" \
                text-anchor="middle">\(horizontal.text(pow(10, Double(decade))))</text>
                """
            )
        }
        for decade in yRange {
            let at = y(pow(10, Double(decade)))
            marks.append(
                """
                <line class="grid" x1="\(Self.left)" x2="\(Self.right)" y1="\(at)" \
                y2="\(at)"/><text class="soft" x="\(Self.left - 7)" y="\(at + 4)" \
                text-anchor="end">\(vertical.text(pow(10, Double(decade))))</text>
                """
            )
        }
        let ordinary: [HTML] = points.filter { !$0.isOutlier }.map { point in
            """
            <circle class="point" cx="\(x(point.x))" cy="\(y(point.y))" r="3">\
            <title>\(words(point))</title></circle>
            """
        }
        let outliers: [HTML] = points.filter(\.isOutlier).map { point in
            """
            <circle class="outlier" cx="\(x(point.x))" cy="\(y(point.y))" r="4.5">\
            <title>\(words(point))</title></circle>
            """
        }
        return """
            <figure>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(Self.height)" \
            role="img">
            <title>\(title)</title>
            <desc>\(summary)</desc>
            \(marks)
            \(ordinary)
            \(outliers)
            \(names(x: x, y: y))
            <text class="soft" x="\(Self.center.x)" \
            y="\(Self.height - 10)" text-anchor="middle">\(horizontal.name)</text>
            <text class="soft" x="16" y="\(Self.center.y)" text-anchor="middle" \
            transform="rotate(-90 16 \(Self.center.y))">\(vertical.name)</text>
            </svg>
            </figure>
            """
    }

    /// Names of up to eight outliers, from the top down, those left out that would overlap.
    private func names(x: (Double) -> Double, y: (Double) -> Double) -> [HTML] {
        var taken: [(x: Double, y: Double)] = []
        var names: [HTML] = []
        for point in points.filter(\.isOutlier).sorted(by: { $0.y > $1.y }) where names.count < 8 {
            let (px, py) = (x(point.x), y(point.y))
            guard !taken.contains(where: { abs($0.y - py) < 15 && abs($0.x - px) < 180 }) else {
                continue
            }
            taken.append((px, py))
            let isRight = px > Self.width * 0.6
            names.append(
                """
                <text x="\(isRight ? px - 9 : px + 9)" y="\(py + 4)" \
                text-anchor="\(isRight ? "end" : "start")">\(point.label.shortened(to: 28))</text>
                """
            )
        }
        return names
    }

    private func words(_ point: Point) -> String {
        "\(point.label): \(horizontal.text(point.x)), \(vertical.text(point.y))"
    }

    /// The powers of ten from the one below the least to the one above the greatest value.
    private func decades(_ values: [Double], floor least: Double) -> ClosedRange<Int> {
        let low = Int(log10(values.min() ?? least).rounded(.down))
        let high = Int(log10(values.max() ?? least).rounded(.up))
        return low...max(high, low + 1)
    }
}
