public import SwarmModel

/// STARTED: a worker has taken up a subtask.
///
/// May be left out when RESULT follows at once, for a result proves the start.
public struct Started: Hashable, Sendable {
    /// The session it belongs to.
    public var session: SessionID
    /// The subtask's lease.
    public var lease: LeaseID

    /// A start.
    public init(session: SessionID, lease: LeaseID) {
        self.session = session
        self.lease = lease
    }
}

/// PROGRESS: a subtask moves; partial output may travel as the payload.
public struct Progress: Hashable, Sendable {
    /// The session it belongs to.
    public var session: SessionID
    /// The subtask's lease.
    public var lease: LeaseID
    /// The position among the progress messages of this lease, from 0 without gaps.
    public var sequence: Int64
    /// How many steps are done.
    public var done: Int64?
    /// How many steps there are.
    public var total: Int64?
    /// A few words for people.
    public var note: String?

    /// A step forward.
    public init(
        session: SessionID,
        lease: LeaseID,
        sequence: Int64,
        done: Int64? = nil,
        total: Int64? = nil,
        note: String? = nil
    ) {
        self.session = session
        self.lease = lease
        self.sequence = sequence
        self.done = done
        self.total = total
        self.note = note
    }
}

/// RETURN: a worker gives a subtask back; it has not begun it, and never will.
public struct Returned: Hashable, Sendable {
    /// The session it belongs to.
    public var session: SessionID
    /// The subtask's lease.
    public var lease: LeaseID
    /// Why, for people.
    public var reason: String?
    /// Whether the worker takes nothing more: it ends once it has finished what it has begun.
    public var isDraining: Bool

    /// A subtask given back.
    public init(
        session: SessionID,
        lease: LeaseID,
        reason: String? = nil,
        isDraining: Bool = false
    ) {
        self.session = session
        self.lease = lease
        self.reason = reason
        self.isDraining = isDraining
    }
}

/// CALL: a worker asks the coordinator for something; the arguments are the payload.
public struct Call: Hashable, Sendable {
    /// The session it belongs to.
    public var session: SessionID
    /// The worker's number for this call, from 1; REPLY names it.
    public var id: Int64
    /// What is asked for.
    public var operation: String
    /// The subtask on whose behalf it is asked.
    public var lease: LeaseID?

    /// A request.
    public init(session: SessionID, id: Int64, operation: String, lease: LeaseID? = nil) {
        self.session = session
        self.id = id
        self.operation = operation
        self.lease = lease
    }
}

extension Started {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var lease: LeaseID?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .lease: lease = try reader.lease(key)
            default: try reader.skipValue()
            }
        }
        self.init(session: try session.required(.session), lease: try lease.required(.lease))
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.lease, lease)
    }
}

extension Progress {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var lease: LeaseID?
        var sequence: Int64?
        var done: Int64?
        var total: Int64?
        var note: String?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .lease: lease = try reader.lease(key)
            case .sequence: sequence = try reader.natural(key)
            case .done: done = try reader.natural(key)
            case .total: total = try reader.natural(key)
            case .note: note = try reader.text(0...WireLimits.sentenceBytes, key)
            case .contentType: try reader.contentType()
            default: try reader.skipValue()
            }
        }
        self.init(
            session: try session.required(.session),
            lease: try lease.required(.lease),
            sequence: try sequence.required(.sequence),
            done: done,
            total: total,
            note: note
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.lease, lease)
        header.put(.sequence, sequence)
        if let done { header.put(.done, done) }
        if let total { header.put(.total, total) }
        if let note { header.put(.note, note) }
    }
}

extension Returned {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var lease: LeaseID?
        var reason: String?
        var isDraining = false
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .lease: lease = try reader.lease(key)
            case .reason: reason = try reader.text(0...WireLimits.sentenceBytes, key)
            case .draining: isDraining = try reader.flag(key)
            default: try reader.skipValue()
            }
        }
        self.init(
            session: try session.required(.session),
            lease: try lease.required(.lease),
            reason: reason,
            isDraining: isDraining
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.lease, lease)
        if let reason { header.put(.reason, reason) }
        if isDraining { header.put(.draining, true) }
    }
}

extension Call {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var session: SessionID?
        var id: Int64?
        var operation: String?
        var lease: LeaseID?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .session: session = try reader.session()
            case .id: id = try reader.integer(1...WireLimits.integer, key)
            case .operation: operation = try reader.word(key)
            case .lease: lease = try reader.lease(key)
            case .contentType: try reader.contentType()
            default: try reader.skipValue()
            }
        }
        self.init(
            session: try session.required(.session),
            id: try id.required(.id),
            operation: try operation.required(.operation),
            lease: lease
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(session)
        header.put(.id, id)
        header.put(.operation, operation)
        if let lease { header.put(.lease, lease) }
    }
}
