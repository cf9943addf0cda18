import Glibc

extension Int {
    /// The number with a thin space between thousands: a dot or a comma would mean two things.
    var grouped: String {
        let digits = Array(String(magnitude))
        var text = self < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "\u{202F}" }
            text.append(digit)
        }
        return text
    }

    /// A number of bytes with a unit a person can read, of a thousand each.
    var byteCount: String {
        let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(self)
        var unit = 0
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return unit == 0 ? of("byte") : "\(value.short) \(units[unit])"
    }

    /// The noun in the form that fits the number, after the number.
    func of(_ singular: String, _ plural: String? = nil) -> String {
        "\(grouped) \(self == 1 ? singular : plural ?? singular + "s")"
    }
}

extension Double {
    /// The number with exactly this many decimals, at most nine.
    func fixed(decimals: Int) -> String {
        guard isFinite, magnitude < 1e15 else { return description }
        let scale = pow(10, Double(decimals))
        let units = Int((self * scale).rounded())
        let (whole, fraction) = units.magnitude.quotientAndRemainder(dividingBy: UInt(scale))
        let sign = units < 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let digits = String(fraction)
        let zeros = String(repeating: "0", count: decimals - digits.utf8.count)
        return "\(sign)\(whole).\(zeros)\(digits)"
    }

    /// The number with one decimal, unless that is 0.
    var short: String {
        let text = fixed(decimals: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A number of milliseconds with a unit a person can read.
    var milliseconds: String {
        switch self {
        case ..<1: "\((self * 1000).fixed(decimals: 0)) µs"
        case ..<1000: "\(short) ms"
        case ..<120_000: "\((self / 1000).short) s"
        default: "\((self / 60_000).short) min"
        }
    }
}
