/// Everything the coordinator can say.
public enum CoordinatorMessage: Hashable, Sendable {
    /// The session is open.
    indirect case welcome(Welcome)
    /// There is no session.
    case refuse(Refusal)
    /// A subtask to carry out.
    indirect case task(Assignment)
    /// A subtask's result is no longer wanted.
    case cancel(Cancellation)
    /// The coordinator lives.
    case beatAnswer
    /// Results can be forgotten.
    case resultAcknowledged(Acknowledgement)
    /// The sender's session is not known: a fresh socket and HELLO are needed.
    case unknown
    /// Finish or give back, then leave.
    case drain(Drain)
    /// The answer to a call.
    indirect case reply(Reply)
    /// More progress may be sent.
    case progressCredit(ProgressCredit)
    /// Side effects may begin.
    case go(Go)

    /// Reads the three frames of a message that came from the coordinator.
    ///
    /// Everything is checked but the payload, whose bytes stay where they are. Never traps,
    /// whatever the bytes; what it allocates is bounded by the header's size.
    public init(
        prefix: UnsafeRawBufferPointer,
        header: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer
    ) throws(WireViolation) {
        let verb = try FramePrefix(prefix, from: .coordinator).verb
        try FrameSizes.check(verb, header: header.count, payload: payload.count)
        var reader = HeaderReader(header)
        switch verb {
        case .welcome: self = .welcome(try Welcome(&reader))
        case .refuse: self = .refuse(try Refusal(&reader))
        case .task: self = .task(try Assignment(&reader))
        case .cancel: self = .cancel(try Cancellation(&reader))
        case .beatAnswer:
            try reader.skipMembers()
            self = .beatAnswer
        case .resultAcknowledged: self = .resultAcknowledged(try Acknowledgement(&reader))
        case .unknown:
            try reader.skipMembers()
            self = .unknown
        case .drain: self = .drain(try Drain(&reader))
        case .reply: self = .reply(try Reply(&reader))
        case .progressCredit: self = .progressCredit(try ProgressCredit(&reader))
        case .go: self = .go(try Go(&reader))
        case .hello, .beat, .started, .progress, .result, .bye, .call, .credit, .returned:
            // The prefix has been checked against the side, so no byte gets here.
            throw WireViolation(.wrongSide, "\(verb.name) is not the coordinator's")
        }
        try reader.end()
    }

    /// What the message says, for its first frame.
    public var verb: Verb {
        switch self {
        case .welcome: .welcome
        case .refuse: .refuse
        case .task: .task
        case .cancel: .cancel
        case .beatAnswer: .beatAnswer
        case .resultAcknowledged: .resultAcknowledged
        case .unknown: .unknown
        case .drain: .drain
        case .reply: .reply
        case .progressCredit: .progressCredit
        case .go: .go
        }
    }

    /// Appends the header frame to `header`; the payload, if any, is a frame of its own.
    ///
    /// Lengths and ranges are the caller's to keep: ``WireLimits`` says which, and the other side
    /// drops what is beyond them.
    public func encode(into header: inout [UInt8]) {
        HeaderWriter.write(into: &header) { writer in
            switch self {
            case .welcome(let message): message.write(to: &writer)
            case .refuse(let message): message.write(to: &writer)
            case .task(let message): message.write(to: &writer)
            case .cancel(let message): message.write(to: &writer)
            case .beatAnswer, .unknown: break
            case .resultAcknowledged(let message): message.write(to: &writer)
            case .drain(let message): message.write(to: &writer)
            case .reply(let message): message.write(to: &writer)
            case .progressCredit(let message): message.write(to: &writer)
            case .go(let message): message.write(to: &writer)
            }
        }
    }
}

extension HeaderReader {
    /// Reads a header of which this version needs no key.
    fileprivate mutating func skipMembers() throws(WireViolation) {
        var members = try openObject()
        while try nextKey(in: &members) != nil { try skipValue() }
    }
}
