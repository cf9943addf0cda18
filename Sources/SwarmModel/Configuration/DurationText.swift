/// Durations as people write them in configuration files: `500ms`, `2m`, `1h30m`.
///
/// Whole numbers with a unit, largest unit first, each unit at most once: `d`, `h`, `m`, `s`, `ms`,
/// `us`. A bare number is refused, because nobody can see whether `30` means seconds or
/// milliseconds.
extension Duration {
    /// The regular expression (ECMA 262) that every duration matches; a text must also not be
    /// empty.
    public static let configurationPattern =
        "^([0-9]{1,6}d)?([0-9]{1,8}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?([0-9]{1,9}us)?$"

    /// Reads a duration; nil for anything that is not one.
    public init?(configuration text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return nil }
        var total: Int64 = 0
        var remaining = durationUnits[...]
        var index = 0
        while index < bytes.count {
            let digits = bytes[index...].prefix { (0x30...0x39).contains($0) }
            let name = bytes[digits.endIndex...].prefix { !(0x30...0x39).contains($0) }
            guard let position = remaining.firstIndex(where: { $0.name.utf8.elementsEqual(name) }),
                (1...remaining[position].digits).contains(digits.count)
            else { return nil }
            let count = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
            total += count * remaining[position].microseconds
            remaining = remaining[(position + 1)...]
            index = name.endIndex
        }
        self = .microseconds(total)
    }

    /// The shortest text that reads back as the same duration.
    ///
    /// Microseconds are the finest unit; a negative duration is written as `0s`.
    public var configurationText: String {
        var rest = wholeMicroseconds
        guard rest > 0 else { return "0s" }
        var text = ""
        for unit in durationUnits where rest >= unit.microseconds {
            text += "\(rest / unit.microseconds)\(unit.name)"
            rest %= unit.microseconds
        }
        return text
    }
}

/// One unit of a duration's text, and how many digits may stand before it, so that no sum of all
/// units can overflow 64 bits of microseconds.
private struct DurationUnit: Sendable {
    var name: String
    var microseconds: Int64
    var digits: Int
}

private let durationUnits = [
    DurationUnit(name: "d", microseconds: 86_400_000_000, digits: 6),
    DurationUnit(name: "h", microseconds: 3_600_000_000, digits: 8),
    DurationUnit(name: "m", microseconds: 60_000_000, digits: 9),
    DurationUnit(name: "s", microseconds: 1_000_000, digits: 9),
    DurationUnit(name: "ms", microseconds: 1000, digits: 9),
    DurationUnit(name: "us", microseconds: 1, digits: 9),
]
