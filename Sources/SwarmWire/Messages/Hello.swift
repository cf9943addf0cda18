public import SwarmModel

/// HELLO: a worker asks for a session, for the first time or after it lost the coordinator.
public struct Hello: Hashable, Sendable {
    /// How a worker learns that a subtask is no longer wanted.
    public enum CancellationStyle: String, Hashable, Sendable, CaseIterable {
        /// It looks at CANCEL by itself, in time.
        case poll
        /// Its process must be sent a signal.
        case signal
        /// It cannot stop early.
        case none
    }

    /// The secret of this launch, from the file the launcher wrote.
    public var token: String
    /// Which worker instance of the topology this is.
    public var instance: WorkerID
    /// The minor versions it speaks.
    public var minors: MinorRange
    /// How many subtasks it can hold at once, 1 to ``WireLimits/credit``.
    public var credit: Int
    /// Its process.
    public var processID: Int32
    /// The names of what it can do.
    public var capabilities: [String]
    /// The leases it still holds: waiting, running, or with a result nobody acknowledged.
    public var resume: [LeaseID]
    /// Which HELLO of this process it is, from 1; nil when it does not count them.
    ///
    /// An old one that comes late would tell of leases that have been given since as of lost ones.
    public var sequence: Int64?
    /// The digest of the agent's manifest it was built with; nil when it does not know it.
    public var manifest: String?
    /// How it can be told to stop a subtask.
    public var cancellation: CancellationStyle
    /// What it is written in, for people.
    public var language: String?
    /// Its own version, for people.
    public var version: String?

    /// A request for a session.
    public init(
        token: String,
        instance: WorkerID,
        minors: MinorRange = .supported,
        credit: Int,
        processID: Int32,
        capabilities: [String],
        resume: [LeaseID] = [],
        sequence: Int64? = nil,
        manifest: String? = nil,
        cancellation: CancellationStyle = .poll,
        language: String? = nil,
        version: String? = nil
    ) {
        self.token = token
        self.instance = instance
        self.minors = minors
        self.credit = credit
        self.processID = processID
        self.capabilities = capabilities
        self.resume = resume
        self.sequence = sequence
        self.manifest = manifest
        self.cancellation = cancellation
        self.language = language
        self.version = version
    }
}

extension Hello {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var token: String?
        var instance: WorkerID?
        var minors: MinorRange?
        var credit: Int?
        var processID: Int64?
        var capabilities: [String]?
        var resume: [LeaseID]?
        var sequence: Int64?
        var manifest: String?
        var cancellation: CancellationStyle?
        var language: String?
        var version: String?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .token: token = try reader.text(1...WireLimits.tokenBytes, key)
            case .instance: instance = try reader.instance()
            case .minor: minors = try reader.minors()
            case .credit: credit = try reader.count(1...WireLimits.credit, key)
            case .pid: processID = try reader.integer(1...Int64(Int32.max), key)
            case .capabilities:
                capabilities = try reader.list(upTo: WireLimits.capabilities, key) {
                    reader throws(WireViolation) in try reader.word(key)
                }
            case .resume: resume = try reader.leases(key)
            case .sequence: sequence = try reader.integer(1...WireLimits.integer, key)
            case .manifest: manifest = try reader.text(1...WireLimits.sessionBytes, key)
            case .cancel: cancellation = try reader.choice(key, of: CancellationStyle.self)
            case .language: language = try reader.text(0...WireLimits.wordBytes, key)
            case .version: version = try reader.text(0...WireLimits.wordBytes, key)
            default: try reader.skipValue()
            }
        }
        self.init(
            token: try token.required(.token),
            instance: try instance.required(.instance),
            minors: try minors.required(.minor),
            credit: try credit.required(.credit),
            processID: Int32(try processID.required(.pid)),
            capabilities: try capabilities.required(.capabilities),
            resume: resume ?? [],
            sequence: sequence,
            manifest: manifest,
            cancellation: cancellation ?? .poll,
            language: language,
            version: version
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(.token, token)
        header.put(.instance, instance.description)
        header.put(.minor, [Int64(minors.lowest), Int64(minors.highest)])
        header.put(.credit, credit)
        header.put(.pid, Int64(processID))
        header.put(.capabilities, capabilities)
        if !resume.isEmpty { header.put(.resume, resume) }
        if let sequence { header.put(.sequence, sequence) }
        if let manifest { header.put(.manifest, manifest) }
        if cancellation != .poll { header.put(.cancel, cancellation.rawValue) }
        if let language { header.put(.language, language) }
        if let version { header.put(.version, version) }
    }
}

extension HeaderReader {
    fileprivate mutating func instance() throws(WireViolation) -> WorkerID {
        let text = try text(1...WireLimits.nameBytes, .instance)
        guard let instance = WorkerID(text), instance.description == text else {
            throw WireViolation(
                .badValue,
                "\"instance\" is an agent's name, a hyphen and a replica number, as in pricing-2"
            )
        }
        return instance
    }

    fileprivate mutating func minors() throws(WireViolation) -> MinorRange {
        let ends = try list(upTo: 2, .minor) { reader throws(WireViolation) in
            try reader.count(0...255, .minor)
        }
        guard ends.count == 2, ends[0] <= ends[1] else {
            throw WireViolation(.badValue, "\"minor\" is the lowest and the highest minor version")
        }
        return MinorRange(lowest: ends[0], highest: ends[1])
    }
}
