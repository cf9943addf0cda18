import Glibc
public import Logging
import SwarmModel

/// Lets libraries that log through swift-log write into the coordinator's log.
///
/// Their lines become `library.logged`, with the logger's label and metadata as fields.
public struct SwarmLogHandler: LogHandler {
    /// Below this level the library's lines are not made at all.
    public var logLevel: Logger.Level
    /// What every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// Metadata from the surroundings of the call.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let sink: @Sendable (LogRecord) -> Void

    /// A handler whose records go to `file`.
    public init(label: String, file: LogFile, level: Logger.Level = .warning) {
        self.init(label: label, level: level) { file.append($0) }
    }

    /// A handler whose records go to `sink`, which must be quick and not wait.
    public init(
        label: String,
        level: Logger.Level = .warning,
        sink: @escaping @Sendable (LogRecord) -> Void
    ) {
        self.label = label
        logLevel = level
        self.sink = sink
    }

    /// One entry of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Makes a record of what the library says.
    public func log(event: Logging.LogEvent) {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { _, new in new }
        all.merge(event.metadata ?? [:]) { _, new in new }
        var fields: JSONObject = ["library": .string(label)]
        // A dictionary has no order of its own, and lines should not differ from run to run.
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            fields.appendIfAbsent(key, JSON(value))
        }
        sink(
            LogRecord(
                .libraryLogged,
                at: SwarmLogHandler.now,
                level: LogLevel(event.level),
                message: event.message.description,
                fields: fields
            )
        )
    }

    private static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        )
    }
}

extension LogLevel {
    init(_ level: Logger.Level) {
        switch level {
        case .trace, .debug: self = .debug
        case .info, .notice: self = .info
        case .warning: self = .warn
        case .error, .critical: self = .error
        }
    }
}

extension JSON {
    fileprivate init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let value): self = .string(value.description)
        case .array(let values): self = .array(values.map(JSON.init))
        case .dictionary(let values):
            self.init(
                members: values.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) }
            )
        }
    }
}
