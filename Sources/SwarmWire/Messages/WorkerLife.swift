public import SwarmModel

/// BEAT of a worker: its socket loop runs, and the leases it lists are renewed.
public struct WorkerBeat: Hashable, Sendable {
    /// The session it belongs to.
    public var session: SessionID
    /// The leases it holds whose result it has not sent.
    public var busy: [LeaseID]
    /// The memory its process keeps resident, in bytes.
    public var residentBytes: Int64?

    /// A sign of life.
    public init(session: SessionID, busy: [LeaseID] = [], residentBytes: Int64? = nil) {
        self.session = session
        self.busy = busy
        self.residentBytes = residentBytes
    }
}

/// BYE: a worker leaves and has nothing left that is not acknowledged.
public struct Bye: Hashable, Sendable {
    /// The session that ends.
    public var session: SessionID

    /// A farewell.
    public init(session: SessionID) { self.session = session }
}

/// CREDIT of a worker: it can hold more subtasks than its HELLO said.
public struct CreditOffer: Hashable, Sendable {
    /// The session it belongs to.
    public var session: SessionID
    /// How many more, 1 to ``WireLimits/credit``; the total stays within that limit as well.
    public var more: Int

    /// An offer of room.
    public init(session: SessionID, more: Int) {
        self.session = session
        self.more = more
    }
}

extension WorkerBeat {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var busy: [LeaseID]?
        var residentBytes: Int64?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .busy: busy = try reader.leases(key)
            case .residentBytes: residentBytes = try reader.natural(key)
            default: try reader.skipValue()
            }
        }
        self.init(
            session: try session.required(.session),
            busy: try busy.required(.busy),
            residentBytes: residentBytes
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.busy, busy)
        if let residentBytes { header.put(.residentBytes, residentBytes) }
    }
}

extension Bye {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            default: try reader.skipValue()
            }
        }
        self.init(session: try session.required(.session))
    }

    func write(to header: inout HeaderWriter) { header.put(session) }
}

extension CreditOffer {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var more: Int?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .more: more = try reader.count(1...WireLimits.credit, key)
            default: try reader.skipValue()
            }
        }
        self.init(session: try session.required(.session), more: try more.required(.more))
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.more, more)
    }
}
