/// One event of the coordinator, as the stream of `/v1/events` carries it.
///
/// The same facts as a line of the log: `seq` is the position in the journal at which it was true.
public struct EventDocument: Codable, Hashable, Sendable {
    /// The position of the event in this stream; strictly rising while a coordinator lives.
    ///
    /// A subscriber that reconnects names the last one it saw.
    public var id: UInt64
    /// The position of the journal.
    public var seq: UInt64?
    /// When, RFC 3339.
    public var time: String
    /// `debug`, `info`, `warn` or `error`.
    public var level: String
    /// What happened, from the catalogue of `docs/events.md`, such as `subtask.failed`.
    public var event: String
    /// The run it concerns.
    public var run: String?
    /// The subtask within the run.
    public var subtask: String?
    /// The worker it concerns.
    public var worker: String?
    /// What happened and what the system did about it, for a person.
    public var message: String
    /// Everything else, as an object.
    public var fields: JSON?

    /// An event.
    public init(
        id: UInt64 = 0,
        seq: UInt64? = nil,
        at time: Instant,
        level: String,
        event: String,
        run: String? = nil,
        subtask: String? = nil,
        worker: String? = nil,
        message: String,
        fields: JSON? = nil
    ) {
        self.id = id
        self.seq = seq
        self.time = time.rfc3339
        self.level = level
        self.event = event
        self.run = run
        self.subtask = subtask
        self.worker = worker
        self.message = message
        self.fields = fields
    }
}

/// What a subscriber is told in place of events it was too slow for, or came too late for.
public struct EventGapDocument: Codable, Hashable, Sendable {
    /// How many events are missing; absent when they are those of an earlier coordinator.
    public var missed: UInt64?
    /// The next event has this id.
    public var resumesAt: UInt64

    enum CodingKeys: String, CodingKey {
        case missed
        case resumesAt = "resumes_at"
    }

    /// A gap.
    public init(missed: UInt64?, resumesAt: UInt64) {
        self.missed = missed
        self.resumesAt = resumesAt
    }
}
