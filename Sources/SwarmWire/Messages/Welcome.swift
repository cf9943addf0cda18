public import SwarmModel

/// WELCOME: the session is open.
public struct Welcome: Hashable, Sendable {
    /// The session's id, to be said in every message of the worker from now on.
    public var session: SessionID
    /// The minor version both speak.
    public var minor: Int
    /// How often the worker beats, within ``WireLimits/heartbeat``.
    public var heartbeat: Duration
    /// The largest payload the coordinator takes, in bytes.
    public var payloadBytes: Int
    /// The PROGRESS messages a subtask may send before more are granted.
    public var progressCredit: Int
    /// Leases of HELLO's `resume` that stay the worker's: go on, or send the result again.
    public var adopt: [LeaseID]
    /// Leases of HELLO's `resume` that are not, or no longer, the worker's: stop and forget.
    public var drop: [LeaseID]

    /// The opening of a session.
    public init(
        session: SessionID,
        minor: Int,
        heartbeat: Duration,
        payloadBytes: Int = WireLimits.payloadBytes,
        progressCredit: Int = WireLimits.progressCredit,
        adopt: [LeaseID] = [],
        drop: [LeaseID] = []
    ) {
        self.session = session
        self.minor = minor
        self.heartbeat = heartbeat
        self.payloadBytes = payloadBytes
        self.progressCredit = progressCredit
        self.adopt = adopt
        self.drop = drop
    }
}

/// REFUSE: there is no session, or no longer.
public struct Refusal: Hashable, Sendable {
    /// Why, as a word a worker can key on.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The token is not this launch's.
        case badToken = "bad_token"
        /// No version in common.
        case unsupportedVersion = "unsupported_version"
        /// The topology has no such instance, or does not expect it now.
        case unknownInstance = "unknown_instance"
        /// Another live process speaks for this instance.
        case duplicateInstance = "duplicate_instance"
        /// What the worker offers is not what its manifest says.
        case manifestMismatch = "manifest_mismatch"
        /// Too many malformed messages.
        case protocolViolation = "protocol_violation"
        /// The coordinator is going down.
        case shuttingDown = "shutting_down"
    }

    /// Why.
    public var code: Code
    /// Why, for people, and what to do about it.
    public var reason: String
    /// Whether asking again is of no use, so that the worker exits with status 78.
    public var isPermanent: Bool

    /// A refusal.
    public init(_ code: Code, _ reason: String, isPermanent: Bool) {
        self.code = code
        self.reason = reason
        self.isPermanent = isPermanent
    }
}

extension Welcome {
    private struct Limits {
        var payloadBytes = WireLimits.payloadBytes
        var progressCredit = WireLimits.progressCredit

        init() {}

        init(_ reader: inout HeaderReader) throws(WireViolation) {
            var members = try reader.openObject()
            while let key = try reader.nextKey(in: &members) {
                switch key {
                case .payloadBytes:
                    payloadBytes = try reader.count(0...WireLimits.payloadBytes, key)
                case .progress: progressCredit = try reader.count(0...WireLimits.credit, key)
                default: try reader.skipValue()
                }
            }
        }
    }

    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var minor: Int?
        var heartbeat: Int64?
        var limits = Limits()
        var adopt: [LeaseID]?
        var drop: [LeaseID]?
        let beats = WireLimits.heartbeat
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .minor: minor = try reader.count(0...255, key)
            case .heartbeat:
                heartbeat = try reader.integer(
                    beats.lowerBound.wholeMilliseconds...beats.upperBound.wholeMilliseconds,
                    key
                )
            case .limits: limits = try Limits(&reader)
            case .adopt: adopt = try reader.leases(key)
            case .drop: drop = try reader.leases(key)
            default: try reader.skipValue()
            }
        }
        self.init(
            session: try session.required(.session),
            minor: try minor.required(.minor),
            heartbeat: .milliseconds(try heartbeat.required(.heartbeat)),
            payloadBytes: limits.payloadBytes,
            progressCredit: limits.progressCredit,
            adopt: adopt ?? [],
            drop: drop ?? []
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.minor, minor)
        header.put(.heartbeat, heartbeat)
        header.putObject(.limits) { limits in
            limits.put(.payloadBytes, payloadBytes)
            limits.put(.progress, progressCredit)
        }
        if !adopt.isEmpty { header.put(.adopt, adopt) }
        if !drop.isEmpty { header.put(.drop, drop) }
    }
}

extension Refusal {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var code: Code?
        var reason: String?
        var isPermanent: Bool?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .code: code = try reader.choice(key, of: Code.self)
            case .reason: reason = try reader.text(0...WireLimits.sentenceBytes, key)
            case .permanent: isPermanent = try reader.flag(key)
            default: try reader.skipValue()
            }
        }
        self.init(
            try code.required(.code),
            try reason.required(.reason),
            isPermanent: try isPermanent.required(.permanent)
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(.code, code.rawValue)
        header.put(.reason, reason)
        header.put(.permanent, isPermanent)
    }
}
