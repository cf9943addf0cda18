/// How the text rendering looks; what it says does not change.
public struct LogTextStyle: Hashable, Sendable {
    /// Whether parts are set apart by colour; only for a terminal that asked for it.
    public var isColored: Bool

    /// A look.
    public init(isColored: Bool = false) { self.isColored = isColored }

    /// Without colour, as for a file or a pipe.
    public static let plain = LogTextStyle()
    /// With colour.
    public static let colored = LogTextStyle(isColored: true)

    /// The parts of a line that may be set apart.
    enum Part {
        case time
        case level(LogLevel)
        case event, subject, key, action
    }

    func begin(_ part: Part) -> String {
        guard isColored else { return "" }
        return switch part {
        case .time, .key, .level(.debug): "\u{1B}[2m"
        case .level(.info): "\u{1B}[32m"
        case .level(.warn): "\u{1B}[33m"
        case .level(.error): "\u{1B}[1;31m"
        case .event: "\u{1B}[1m"
        case .subject, .action: "\u{1B}[36m"
        }
    }

    var end: String { isColored ? "\u{1B}[0m" : "" }

    /// The line without colour.
    ///
    /// No other escape character can be in it: the rendering escapes them.
    static func removingColor(_ line: [UInt8]) -> [UInt8] {
        guard line.contains(0x1B) else { return line }
        var plain: [UInt8] = []
        var isInside = false
        for byte in line {
            if byte == 0x1B {
                isInside = true
            } else if isInside {
                isInside = byte != UInt8(ascii: "m")
            } else {
                plain.append(byte)
            }
        }
        return plain
    }
}
