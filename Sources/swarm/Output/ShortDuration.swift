/// Durations as an operator reads them: `210ms`, `11s`, `4h12m`, `3d4h`.
enum ShortDuration {
    static func text(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        switch milliseconds {
        case ..<1000: return "\(max(0, milliseconds))ms"
        case ..<10_000: return "\(seconds).\(milliseconds % 1000 / 100)s"
        case ..<60_000: return "\(seconds)s"
        case ..<3_600_000: return "\(seconds / 60)m\(padded(seconds % 60))s"
        case ..<86_400_000: return "\(seconds / 3600)h\(padded(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d\(seconds / 3600 % 24)h"
        }
    }

    /// Milliseconds with their fraction where it matters.
    static func text(milliseconds: Double) -> String {
        milliseconds < 10
            ? "\((milliseconds * 10).rounded() / 10)ms"
            : text(milliseconds: Int64(milliseconds.rounded()))
    }

    private static func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
