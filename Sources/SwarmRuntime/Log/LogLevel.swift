/// How much a line of the log matters.
public enum LogLevel: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Each step of each subtask; off unless asked for, for there are thousands a second.
    case debug
    /// What an operator wants to have seen in hindsight.
    case info
    /// Something went wrong and was dealt with.
    case warn
    /// Something went wrong and stays so until somebody acts.
    case error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        }
    }

    /// Whether the left level matters less.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    /// Reads the names loggers use for their levels, in any case; nil for an unknown one.
    public init?(lenient name: String) {
        switch name.lowercased() {
        case "trace", "debug", "verbose", "fine": self = .debug
        case "info", "information", "notice": self = .info
        case "warn", "warning": self = .warn
        case "error", "err", "critical", "fatal", "alert", "emergency", "panic": self = .error
        default: return nil
        }
    }
}
