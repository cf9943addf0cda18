public import SwarmModel

/// RESULT: a subtask has ended; what it returned is the payload.
///
/// Sent again, under the new session, until RESULT_ACK names its lease.
public struct ResultReport: Hashable, Sendable {
    /// How the subtask ended.
    public enum Outcome: Hashable, Sendable {
        /// It did what was asked; the payload is its value.
        case succeeded
        /// It did not.
        indirect case failed(Failure)
        /// It stopped because it was told to.
        case cancelled
    }

    /// The session it belongs to.
    public var session: SessionID
    /// The subtask's lease.
    public var lease: LeaseID
    /// How the subtask ended.
    public var outcome: Outcome
    /// What it used up; nil when the worker does not count.
    public var usage: Usage?
    /// What it changed outside, in words; empty means nothing, nil that it does not say.
    public var effects: [String]?

    /// A result.
    public init(
        session: SessionID,
        lease: LeaseID,
        outcome: Outcome = .succeeded,
        usage: Usage? = nil,
        effects: [String]? = nil
    ) {
        self.session = session
        self.lease = lease
        self.outcome = outcome
        self.usage = usage
        self.effects = effects
    }
}

/// What a subtask used up itself, without what it delegated, in the amounts budgets are kept in.
public struct Usage: Hashable, Sendable {
    /// Money, in millionths of a US dollar; at most 1,000,000 dollars.
    public var microdollars: Int64?
    /// Tokens of language models.
    public var tokens: Int64?
    /// Calls to paid or limited systems.
    public var calls: Int64?

    /// Amounts; nil where not counted.
    public init(microdollars: Int64? = nil, tokens: Int64? = nil, calls: Int64? = nil) {
        self.microdollars = microdollars
        self.tokens = tokens
        self.calls = calls
    }
}

/// The word for an outcome in the header.
private enum Status: String, CaseIterable {
    case ok, error, cancelled
}

extension ResultReport {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var lease: LeaseID?
        var status: Status?
        var failure: Failure?
        var usage: Usage?
        var effects: [String]?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .lease: lease = try reader.lease(key)
            case .status: status = try reader.choice(key, of: Status.self)
            case .failure: failure = try Failure(&reader, from: .worker)
            case .usage: usage = try Usage(&reader)
            case .effects:
                effects = try reader.list(upTo: WireLimits.effects, key) {
                    reader throws(WireViolation) in
                    try reader.text(0...WireLimits.sentenceBytes, key)
                }
            case .contentType: try reader.contentType()
            default: try reader.skipValue()
            }
        }
        let outcome: Outcome
        switch (try status.required(.status), failure) {
        case (.ok, nil): outcome = .succeeded
        case (.cancelled, nil): outcome = .cancelled
        case (.error, let failure): outcome = .failed(try failure.required(.failure))
        case (.ok, .some), (.cancelled, .some):
            throw WireViolation(
                .contradiction,
                "\"failure\" belongs to the status \"error\" only"
            )
        }
        self.init(
            session: try session.required(.session),
            lease: try lease.required(.lease),
            outcome: outcome,
            usage: usage,
            effects: effects
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.lease, lease)
        switch outcome {
        case .succeeded: header.put(.status, Status.ok.rawValue)
        case .cancelled: header.put(.status, Status.cancelled.rawValue)
        case .failed(let failure):
            header.put(.status, Status.error.rawValue)
            header.putObject(.failure) { failure.write(to: &$0) }
        }
        if let usage { header.putObject(.usage) { usage.write(to: &$0) } }
        if let effects { header.put(.effects, effects) }
    }
}

extension Usage {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        self.init()
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .usd: microdollars = try reader.microdollars(key)
            case .tokens: tokens = try reader.natural(key)
            case .calls: calls = try reader.natural(key)
            default: try reader.skipValue()
            }
        }
    }

    func write(to header: inout HeaderWriter) {
        if let microdollars { header.put(.usd, microdollars: microdollars) }
        if let tokens { header.put(.tokens, tokens) }
        if let calls { header.put(.calls, calls) }
    }
}
