import SwarmModel

extension LogRecord {
    /// Reads a line of text as ``writeTextLine(to:style:)`` writes it, coloured or not.
    ///
    /// - Throws: ``LogSyntaxError`` naming the part that cannot be read.
    public init(textLine line: some Collection<UInt8>) throws(LogSyntaxError) {
        var scanner = LogTextScanner(LogTextStyle.removingColor(Array(line)))
        guard let time = Instant(rfc3339: scanner.word()) else {
            throw LogSyntaxError("it does not begin with a time")
        }
        guard let level = LogLevel(rawValue: scanner.word().lowercased()) else {
            throw LogSyntaxError("the second word is no level")
        }
        guard let event = LogEvent(rawValue: scanner.word()) else {
            throw LogSyntaxError("the third word is not in the catalogue of events")
        }
        let (run, subtask) = try scanner.subject()
        let workerName = scanner.word()
        let worker = WorkerID(workerName)
        guard worker != nil || workerName == "-" else {
            throw LogSyntaxError("\(workerName) is no worker")
        }
        let message = try scanner.message()
        var parts = LogTextFields()
        while let (key, value) = try scanner.field() { try parts.take(key, value) }
        self.init(
            event,
            at: time,
            level: level,
            run: run,
            subtask: subtask,
            worker: worker,
            capability: parts.capability,
            message: message,
            fields: parts.fields,
            seq: parts.seq,
            trace: parts.trace,
            action: parts.action
        )
    }
}

/// Sorts the fields of a line into those with a meaning and the rest.
private struct LogTextFields {
    var capability: String?
    var seq: UInt64?
    var trace: String?
    var action: String?
    var fields = JSONObject()

    mutating func take(_ key: String, _ value: JSON) throws(LogSyntaxError) {
        switch (key, value) {
        case ("capability", .string(let text)): capability = text
        case ("trace", .string(let text)): trace = text
        case ("do", .string(let text)): action = text
        case ("seq", .integer(let number)) where number >= 0: seq = UInt64(number)
        case ("seq", .number(let number)) where UInt64(number.literal) != nil:
            seq = UInt64(number.literal)
        default:
            guard !LogRecord.reservedKeys.contains(key) else {
                throw LogSyntaxError("`\(key)` has a value it cannot have")
            }
            guard fields.appendIfAbsent(key, value) else {
                throw LogSyntaxError("`\(key)` comes twice")
            }
        }
    }
}

/// Walks over a line of text.
private struct LogTextScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ line: [UInt8]) { bytes = line.last == 0x0A ? line.dropLast() : line }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpaces() {
        while current == 0x20 { position += 1 }
    }

    /// The next word of the columns.
    mutating func word() -> String {
        skipSpaces()
        let start = position
        while let byte = current, byte != 0x20 { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// `r_17/check`, where what follows the slash may be quoted.
    mutating func subject() throws(LogSyntaxError) -> (RunID?, String?) {
        skipSpaces()
        let start = position
        while let byte = current, byte != 0x20, byte != UInt8(ascii: "/") { position += 1 }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        let run = RunID(name)
        guard run != nil || name == "-" else { throw LogSyntaxError("\(name) is no run") }
        guard current == UInt8(ascii: "/") else { return (run, nil) }
        position += 1
        return (run, try token(until: [0x20]))
    }

    /// The message, up to two spaces or the end.
    mutating func message() throws(LogSyntaxError) -> String {
        skipSpaces()
        if current == UInt8(ascii: "\"") { return try quoted() }
        let start = position
        while let byte = current {
            if byte == 0x20, position + 1 < bytes.count, bytes[position + 1] == 0x20 { break }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The next `key=value`; nil at the end.
    mutating func field() throws(LogSyntaxError) -> (String, JSON)? {
        skipSpaces()
        guard current != nil else { return nil }
        let key = try token(until: [0x3D, 0x20])
        guard current == 0x3D else { throw LogSyntaxError("`\(key)` has no value") }
        position += 1
        switch current {
        case UInt8(ascii: "\"")?, UInt8(ascii: "{")?, UInt8(ascii: "[")?:
            return (key, try json())
        default:
            let text = try token(until: [0x20])
            if LogToken.looksLikeLiteral(text), let literal = try? JSON(parsing: text) {
                return (key, literal)
            }
            return (key, .string(text))
        }
    }

    /// A text up to one of these bytes, or a quoted one.
    private mutating func token(until ends: [UInt8]) throws(LogSyntaxError) -> String {
        if current == UInt8(ascii: "\"") { return try quoted() }
        let start = position
        while let byte = current, !ends.contains(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func quoted() throws(LogSyntaxError) -> String {
        guard case .string(let text) = try json() else {
            throw LogSyntaxError("a quoted text is expected at byte \(position)")
        }
        return text
    }

    /// A JSON value that begins here; the position moves behind it.
    private mutating func json() throws(LogSyntaxError) -> JSON {
        let start = position
        let result: Result<(JSON, Int), JSONSyntaxError> = bytes.withUnsafeBytes { whole in
            var reader = JSONReader(UnsafeRawBufferPointer(rebasing: whole[start...]))
            do throws(JSONSyntaxError) {
                return .success((try reader.readValue(), reader.offset))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success((let value, let length)):
            position += length
            return value
        case .failure(let error):
            throw LogSyntaxError("not JSON from byte \(start) on: \(error)")
        }
    }
}
