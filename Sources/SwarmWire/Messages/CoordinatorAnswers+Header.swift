import SwarmModel

extension Cancellation {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var lease: LeaseID?
        var reason: String?
        var grace: Duration?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .lease: lease = try reader.lease(key)
            case .reason: reason = try reader.text(0...WireLimits.sentenceBytes, key)
            case .grace: grace = try reader.milliseconds(key)
            default: try reader.skipValue()
            }
        }
        self.init(
            lease: try lease.required(.lease),
            reason: try reason.required(.reason),
            grace: try grace.required(.grace)
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(.lease, lease)
        header.put(.reason, reason)
        header.put(.grace, grace)
    }
}

extension Acknowledgement {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var lease: LeaseID?
        var leases: [LeaseID]?
        var disposition: Disposition?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .lease: lease = try reader.lease(key)
            case .leases: leases = try reader.leases(key)
            case .disposition: disposition = try reader.choice(key, of: Disposition.self)
            default: try reader.skipValue()
            }
        }
        let named: [LeaseID]
        switch (lease, leases) {
        case (let lease?, nil): named = [lease]
        case (nil, let leases?):
            guard !leases.isEmpty else {
                throw WireViolation(.outOfRange, "\"leases\" names at least one lease")
            }
            named = leases
        case (nil, nil): throw WireViolation(.missingKey, "the header lacks \"lease\"")
        case (.some, .some):
            throw WireViolation(.contradiction, "\"lease\" and \"leases\" exclude each other")
        }
        self.init(named, try disposition.required(.disposition))
    }

    /// Writes one lease as `lease`, which every minor version reads, and several as `leases`.
    func write(to header: inout HeaderWriter) {
        if leases.count == 1 {
            header.put(.lease, leases[0])
        } else {
            header.put(.leases, leases)
        }
        header.put(.disposition, disposition.rawValue)
    }
}

extension Drain {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var deadline: Duration?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .deadline: deadline = try reader.milliseconds(key)
            default: try reader.skipValue()
            }
        }
        self.init(deadline: try deadline.required(.deadline))
    }

    func write(to header: inout HeaderWriter) { header.put(.deadline, deadline) }
}

extension ProgressCredit {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var lease: LeaseID?
        var more: Int?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .lease: lease = try reader.lease(key)
            case .more: more = try reader.count(1...WireLimits.credit, key)
            default: try reader.skipValue()
            }
        }
        self.init(lease: try lease.required(.lease), more: try more.required(.more))
    }

    func write(to header: inout HeaderWriter) {
        header.put(.lease, lease)
        header.put(.more, more)
    }
}

extension Go {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var lease: LeaseID?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .lease: lease = try reader.lease(key)
            default: try reader.skipValue()
            }
        }
        self.init(lease: try lease.required(.lease))
    }

    func write(to header: inout HeaderWriter) { header.put(.lease, lease) }
}
