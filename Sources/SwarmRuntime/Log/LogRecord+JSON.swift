import SwarmModel

extension LogRecord {
    /// Appends the record as one line of JSON Lines, with the line's end.
    ///
    /// What a terminal might act on (control and bidirectional characters) is escaped, so that
    /// `cat` and `grep` on a log file are safe.
    public func writeJSONLine(to bytes: inout [UInt8]) {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.key("ts")
        writer.string(time.rfc3339)
        writer.key("level")
        writer.string(level.rawValue)
        writer.key("event")
        writer.string(event.rawValue)
        if let run {
            writer.key("run")
            writer.string(run.description)
        }
        if let subtask {
            writer.key("subtask")
            writer.string(subtask)
        }
        if let worker {
            writer.key("worker")
            writer.string(worker.description)
        }
        if let capability {
            writer.key("capability")
            writer.string(capability)
        }
        writer.key("msg")
        writer.string(message)
        for member in fields.members {
            writer.key(named: member.key)
            writer.value(member.value)
        }
        if let seq {
            writer.key("seq")
            writer.integer(seq)
        }
        if let trace {
            writer.key("trace")
            writer.string(trace)
        }
        if let action {
            writer.key("do")
            writer.string(action)
        }
        writer.endObject()
        TerminalSafety.append(json: writer.takeBytes(), to: &bytes)
        bytes.append(0x0A)
    }

    /// Reads one line of JSON Lines, with or without its end.
    ///
    /// - Throws: ``LogSyntaxError`` when it is no JSON object, or lacks or misuses a reserved key.
    public init(jsonLine line: some Collection<UInt8>) throws(LogSyntaxError) {
        let json: JSON
        do throws(JSONSyntaxError) {
            json = try JSON(parsing: line)
        } catch {
            throw LogSyntaxError("not JSON: \(error)")
        }
        guard case .object(let object) = json else { throw LogSyntaxError("not a JSON object") }
        try self.init(members: object)
    }

    private init(members object: JSONObject) throws(LogSyntaxError) {
        var fields = JSONObject()
        for member in object.members where !LogRecord.reservedKeys.contains(member.key) {
            fields.appendIfAbsent(member.key, member.value)
        }
        guard let time = object["ts"]?.stringValue.flatMap(Instant.init(rfc3339:)) else {
            throw LogSyntaxError("`ts` is no time such as 2026-11-22T03:04:05.123Z")
        }
        guard let level = object["level"]?.stringValue.flatMap(LogLevel.init(rawValue:)) else {
            throw LogSyntaxError("`level` is none of debug, info, warn and error")
        }
        guard let event = object["event"]?.stringValue.flatMap(LogEvent.init(rawValue:)) else {
            throw LogSyntaxError("`event` is not in the catalogue of events")
        }
        guard let message = object["msg"]?.stringValue else {
            throw LogSyntaxError("`msg` is no text")
        }
        self.init(
            event,
            at: time,
            level: level,
            run: try LogRecord.member(object, "run") { RunID($0) },
            subtask: try LogRecord.member(object, "subtask") { $0 },
            worker: try LogRecord.member(object, "worker") { WorkerID($0) },
            capability: try LogRecord.member(object, "capability") { $0 },
            message: message,
            fields: fields,
            seq: try LogRecord.position(object),
            trace: try LogRecord.member(object, "trace") { $0 },
            action: try LogRecord.member(object, "do") { $0 }
        )
    }

    private static func member<Value>(
        _ object: JSONObject,
        _ key: String,
        _ read: (String) -> Value?
    ) throws(LogSyntaxError) -> Value? {
        guard let json = object[key] else { return nil }
        guard let text = json.stringValue, let value = read(text) else {
            throw LogSyntaxError("`\(key)` has a value it cannot have")
        }
        return value
    }

    private static func position(_ object: JSONObject) throws(LogSyntaxError) -> UInt64? {
        switch object["seq"] {
        case nil: nil
        case .integer(let value)? where value >= 0: UInt64(value)
        case .number(let number)? where UInt64(number.literal) != nil: UInt64(number.literal)
        default: throw LogSyntaxError("`seq` is no position of the journal")
        }
    }
}

/// Why a text is no line of the log.
public struct LogSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public var message: String

    /// A line that cannot be read.
    public init(_ message: String) { self.message = message }

    /// What is wrong with the line.
    public var description: String { message }
}
