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

/// The word for a reply's outcome in the header.
private enum ReplyStatus: String, CaseIterable {
    case ok, error, refused
}

extension Reply {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var id: Int64?
        var status: ReplyStatus?
        var failure: Failure?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .re: id = try reader.integer(1...WireLimits.integer, key)
            case .status: status = try reader.choice(key, of: ReplyStatus.self)
            case .failure: failure = try Failure(&reader)
            case .contentType: try reader.contentType()
            default: try reader.skipValue()
            }
        }
        let outcome: Outcome
        switch try status.required(.status) {
        case .ok:
            guard failure == nil else {
                throw WireViolation(
                    .contradiction,
                    "\"failure\" does not go with the status \"ok\""
                )
            }
            outcome = .succeeded
        case .error: outcome = .failed(try failure.required(.failure))
        case .refused: outcome = .refused(try failure.required(.failure))
        }
        self.init(to: try id.required(.re), outcome)
    }

    func write(to header: inout HeaderWriter) {
        header.put(.re, id)
        switch outcome {
        case .succeeded: header.put(.status, ReplyStatus.ok.rawValue)
        case .failed(let failure):
            header.put(.status, ReplyStatus.error.rawValue)
            header.putObject(.failure) { failure.write(to: &$0) }
        case .refused(let failure):
            header.put(.status, ReplyStatus.refused.rawValue)
            header.putObject(.failure) { failure.write(to: &$0) }
        }
    }
}
