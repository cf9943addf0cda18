public import SwarmModel
public import SwarmRuntime

extension EventHub {
    /// Publishes lines of the log as they were written.
    public func publish(_ records: [LogRecord]) {
        for record in records { publish(EventDocument(record)) }
    }
}

extension EventDocument {
    /// A line of the log as an event; the hub gives it its id.
    public init(_ record: LogRecord) {
        var fields = record.fields
        if let capability = record.capability { fields["capability"] = .string(capability) }
        if let trace = record.trace { fields["trace"] = .string(trace) }
        if let action = record.action { fields["do"] = .string(action) }
        self.init(
            seq: record.seq,
            at: record.time,
            level: record.level.rawValue,
            event: record.event.rawValue,
            run: record.run?.description,
            subtask: record.subtask,
            worker: record.worker?.description,
            message: record.message,
            fields: fields.isEmpty ? nil : .object(fields)
        )
    }
}
