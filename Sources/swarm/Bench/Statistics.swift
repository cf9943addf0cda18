/// Percentiles of a sample.
struct Sample: Sendable {
    private let sorted: [Double]

    init(_ values: some Sequence<Double>) { sorted = values.sorted() }

    /// The smallest value that at least `percent` of the values do not exceed (nearest rank); zero
    /// for an empty sample.
    func percentile(_ percent: Double) -> Double {
        guard let last = sorted.indices.last else { return 0 }
        let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
        return sorted[min(last, max(0, Int(rank) - 1))]
    }

    var median: Double { percentile(50) }
    var least: Double { sorted.first ?? 0 }
    var greatest: Double { sorted.last ?? 0 }
}

extension Double {
    /// Rounded to so many decimal places, for documents that people compare.
    func rounded(places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}
