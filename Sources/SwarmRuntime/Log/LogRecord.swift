public import SwarmModel

/// One line of the log.
///
/// It has two renderings that lose nothing, JSON Lines for files and pipes and text for terminals;
/// both read back as the same record.
public struct LogRecord: Hashable, Sendable {
    /// When, to the millisecond.
    public let time: Instant
    /// How much it matters.
    public var level: LogLevel
    /// What happened, from the closed catalogue.
    public var event: LogEvent
    /// The run it concerns.
    public var run: RunID?
    /// The subtask within the run: `check`, or `check[42]` for an element of a fan-out.
    public var subtask: String?
    /// The worker it concerns.
    public var worker: WorkerID?
    /// The capability it concerns.
    public var capability: String?
    /// For a person: what happened, what was done about it, and what comes next.
    public var message: String
    /// Everything else, in order; no key is one of ``reservedKeys``.
    public let fields: JSONObject
    /// The position of the journal at which it was true.
    public var seq: UInt64?
    /// The trace it belongs to, as 32 hexadecimal digits.
    public var trace: String?
    /// The command to look further or to act; always there from ``LogLevel/warn`` on.
    public var action: String?

    /// The keys that have a meaning of their own in both renderings.
    public static let reservedKeys: Set<String> = [
        "ts", "level", "event", "run", "subtask", "worker", "capability", "msg", "seq", "trace",
        "do",
    ]

    /// A line of the log.
    ///
    /// The time is cut to the millisecond. A field with a reserved key gets `field_` before its
    /// name, so that nothing a worker sends can pass for something the coordinator says. From
    /// `warn` on, an action that is left out becomes the command that shows the run or the worker.
    public init(
        _ event: LogEvent,
        at time: Instant,
        level: LogLevel? = nil,
        run: RunID? = nil,
        subtask: String? = nil,
        worker: WorkerID? = nil,
        capability: String? = nil,
        message: String,
        fields: JSONObject = JSONObject(),
        seq: UInt64? = nil,
        trace: String? = nil,
        action: String? = nil
    ) {
        self.time = Instant(microseconds: time.microseconds.flooredToThousands)
        self.level = level ?? event.level
        self.event = event
        self.run = run
        self.subtask = subtask
        self.worker = worker
        self.capability = capability
        self.message = message
        self.fields = LogRecord.withoutReservedKeys(fields)
        self.seq = seq
        self.trace = trace
        self.action = action
        if action == nil, self.level >= .warn {
            self.action = LogRecord.usualAction(run: run, worker: worker)
        }
    }

    /// A line about a subtask, which also names its run.
    public init(
        _ event: LogEvent,
        at time: Instant,
        level: LogLevel? = nil,
        subtask: SubtaskID,
        worker: WorkerID? = nil,
        capability: String? = nil,
        message: String,
        fields: JSONObject = JSONObject(),
        seq: UInt64? = nil,
        trace: String? = nil,
        action: String? = nil
    ) {
        self.init(
            event,
            at: time,
            level: level,
            run: subtask.run,
            subtask: subtask.label,
            worker: worker,
            capability: capability,
            message: message,
            fields: fields,
            seq: seq,
            trace: trace,
            action: action
        )
    }

    private static func usualAction(run: RunID?, worker: WorkerID?) -> String {
        if let run { return "swarm show \(run)" }
        if let worker { return "swarm logs --agent \(worker)" }
        return "swarm ps"
    }

    private static func withoutReservedKeys(_ fields: JSONObject) -> JSONObject {
        guard fields.members.contains(where: { reservedKeys.contains($0.key) }) else {
            return fields
        }
        var renamed = JSONObject()
        for member in fields.members {
            var key = member.key
            while reservedKeys.contains(key) || !renamed.appendIfAbsent(key, member.value) {
                key = "field_" + key
            }
        }
        return renamed
    }
}

extension Int64 {
    /// The largest multiple of 1,000 that is not above it.
    fileprivate var flooredToThousands: Int64 {
        let remainder = self % 1000
        return self - (remainder < 0 ? remainder + 1000 : remainder)
    }
}
