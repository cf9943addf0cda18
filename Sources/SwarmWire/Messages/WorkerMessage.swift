/// Everything a worker can say.
public enum WorkerMessage: Hashable, Sendable {
    /// It asks for a session.
    indirect case hello(Hello)
    /// It lives.
    case beat(WorkerBeat)
    /// It has taken up a subtask.
    case started(Started)
    /// A subtask moves.
    case progress(Progress)
    /// A subtask has ended.
    case result(ResultReport)
    /// It leaves.
    case bye(Bye)
    /// It asks the coordinator for something.
    case call(Call)
    /// It can hold more subtasks.
    case credit(CreditOffer)
    /// It gives a subtask back.
    case returned(Returned)

    /// Reads the three frames of a message that came from a worker.
    ///
    /// Everything is checked but the payload, whose bytes stay where they are. Never traps,
    /// whatever the bytes; what it allocates is bounded by the header's size.
    public init(
        prefix: UnsafeRawBufferPointer,
        header: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer
    ) throws(WireViolation) {
        let verb = try FramePrefix(prefix, from: .worker).verb
        try FrameSizes.check(verb, header: header.count, payload: payload.count)
        var reader = HeaderReader(header)
        switch verb {
        case .hello: self = .hello(try Hello(&reader))
        case .beat: self = .beat(try WorkerBeat(&reader))
        case .started: self = .started(try Started(&reader))
        case .progress: self = .progress(try Progress(&reader))
        case .result: self = .result(try ResultReport(&reader))
        case .bye: self = .bye(try Bye(&reader))
        case .call: self = .call(try Call(&reader))
        case .credit: self = .credit(try CreditOffer(&reader))
        case .returned: self = .returned(try Returned(&reader))
        case .welcome, .refuse, .task, .cancel, .beatAnswer, .resultAcknowledged, .unknown, .drain,
            .reply, .progressCredit, .go:
            // The prefix has been checked against the side, so no byte gets here.
            throw WireViolation(.wrongSide, "\(verb.name) is not a worker's")
        }
        try reader.end()
    }

    /// What the message says, for its first frame.
    public var verb: Verb {
        switch self {
        case .hello: .hello
        case .beat: .beat
        case .started: .started
        case .progress: .progress
        case .result: .result
        case .bye: .bye
        case .call: .call
        case .credit: .credit
        case .returned: .returned
        }
    }

    /// The session the message claims; nil only for HELLO.
    public var session: SessionID? {
        switch self {
        case .hello: nil
        case .beat(let message): message.session
        case .started(let message): message.session
        case .progress(let message): message.session
        case .result(let message): message.session
        case .bye(let message): message.session
        case .call(let message): message.session
        case .credit(let message): message.session
        case .returned(let message): message.session
        }
    }

    /// Appends the header frame to `header`; the payload, if any, is a frame of its own.
    ///
    /// Lengths and ranges are the caller's to keep: ``WireLimits`` says which, and the other side
    /// drops what is beyond them.
    public func encode(into header: inout [UInt8]) {
        HeaderWriter.write(into: &header) { writer in
            switch self {
            case .hello(let message): message.write(to: &writer)
            case .beat(let message): message.write(to: &writer)
            case .started(let message): message.write(to: &writer)
            case .progress(let message): message.write(to: &writer)
            case .result(let message): message.write(to: &writer)
            case .bye(let message): message.write(to: &writer)
            case .call(let message): message.write(to: &writer)
            case .credit(let message): message.write(to: &writer)
            case .returned(let message): message.write(to: &writer)
            }
        }
    }
}

/// The limits that hold before anything is parsed.
enum FrameSizes {
    static func check(_ verb: Verb, header: Int, payload: Int) throws(WireViolation) {
        guard header <= WireLimits.headerBytes else {
            throw WireViolation(
                .headerTooLarge,
                "a header has at most \(WireLimits.headerBytes) bytes, not \(header)"
            )
        }
        guard payload <= WireLimits.payloadBytes else {
            throw WireViolation(
                .payloadTooLarge,
                """
                a payload has at most \(WireLimits.payloadBytes) bytes, not \(payload): write the \
                value to a file and send its path, or split the work
                """
            )
        }
        guard payload == 0 || verb.carriesPayload else {
            throw WireViolation(.payloadNotAllowed, "\(verb.name) has an empty third frame")
        }
    }
}
