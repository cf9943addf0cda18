public import SwarmModel

/// Makes log records of what workers write.
///
/// A line that is a JSON object with a level and a message is lifted: it becomes a record with that
/// level and message, and its other members become fields. Any other line is the message, at
/// `info`, whichever stream it came from: standard error is no error by itself.
public enum WorkerOutputLog {
    /// One record for each line, and one more if lines or bytes were left out; structured lines
    /// below the least level are not wanted, and what says no level always is.
    public static func records(
        of batch: OutputBatch,
        at time: Instant,
        from least: LogLevel = .debug
    ) -> [LogRecord] {
        var records = batch.lines.compactMap {
            record(of: $0, worker: batch.worker, at: time, from: least)
        }
        if batch.droppedLines > 0 || batch.droppedBytes > 0 {
            var parts: [String] = []
            if batch.droppedLines > 0 { parts.append("\(batch.droppedLines) lines") }
            if batch.droppedBytes > 0 { parts.append("\(batch.droppedBytes) bytes") }
            records.append(
                LogRecord(
                    .workerOutputDropped,
                    at: time,
                    worker: batch.worker,
                    message: "\(batch.worker) writes faster than its rate limit lets through;"
                        + " \(parts.joined(separator: " and ")) were left out",
                    fields: [
                        "lines": .integer(Int64(batch.droppedLines)),
                        "bytes": JSON(batch.droppedBytes),
                    ]
                )
            )
        }
        return records
    }

    private static func record(
        of line: OutputLine,
        worker: WorkerID,
        at time: Instant,
        from least: LogLevel
    ) -> LogRecord? {
        var fields: JSONObject = ["stream": .string(line.stream.rawValue)]
        if line.isTruncated {
            fields["truncated"] = true
        } else if let lifted = LiftedLine(line.bytes) {
            guard lifted.level >= least else { return nil }
            for member in lifted.fields.members { fields.appendIfAbsent(member.key, member.value) }
            return LogRecord(
                .workerOutput,
                at: time,
                level: lifted.level,
                run: lifted.run,
                subtask: lifted.subtask,
                worker: worker,
                capability: lifted.capability,
                message: lifted.message,
                fields: fields,
                trace: lifted.trace
            )
        }
        return LogRecord(
            .workerOutput,
            at: time,
            worker: worker,
            message: String(decoding: line.bytes, as: UTF8.self),
            fields: fields
        )
    }
}

/// A worker's line that is a structured log line itself.
private struct LiftedLine {
    let level: LogLevel
    let message: String
    var run: RunID?
    var subtask: String?
    var capability: String?
    var trace: String?
    var fields = JSONObject()

    init?(_ bytes: [UInt8]) {
        guard bytes.first == UInt8(ascii: "{"),
            case .object(let object)? = try? JSON(parsing: bytes),
            let message = (object["msg"] ?? object["message"])?.stringValue,
            let name = (object["level"] ?? object["severity"] ?? object["lvl"])?.stringValue,
            let level = LogLevel(lenient: name)
        else { return nil }
        self.level = level
        self.message = message
        let messageKey = object["msg"] != nil ? "msg" : "message"
        let levelKey =
            object["level"] != nil ? "level" : object["severity"] != nil ? "severity" : "lvl"
        for member in object.members where member.key != messageKey && member.key != levelKey {
            if !lift(member) { keep(member) }
        }
        if subtask != nil, run == nil { splitSubtask() }
    }

    /// Takes a member with a meaning of its own, if it has the right form.
    private mutating func lift(_ member: JSONObject.Member) -> Bool {
        guard let text = member.value.stringValue else { return false }
        switch member.key {
        case "run":
            run = RunID(text)
            return run != nil
        case "subtask":
            subtask = text
            return true
        case "capability":
            capability = text
            return true
        case "trace", "trace_id":
            guard text.utf8.count == 32, trace == nil else { return false }
            trace = text
            return true
        default: return false
        }
    }

    /// `r_17/check[42]` names the run, too.
    private mutating func splitSubtask() {
        guard let whole = subtask, let slash = whole.firstIndex(of: "/"),
            let run = RunID(whole[..<slash])
        else { return }
        self.run = run
        subtask = String(whole[whole.index(after: slash)...])
    }

    private mutating func keep(_ member: JSONObject.Member) {
        let isReserved = LogRecord.reservedKeys.contains(member.key)
        fields.appendIfAbsent(isReserved ? "worker_\(member.key)" : member.key, member.value)
    }
}
