public import SwarmModel

/// REPLY: the answer to a CALL; what it returns is the payload.
public struct Reply: Hashable, Sendable {
    /// How a call ended.
    public enum Outcome: Hashable, Sendable {
        /// The payload is the answer.
        case succeeded
        /// It was tried and failed.
        case failed(Failure)
        /// It was not begun: not offered, not to this worker, or a limit stands against it.
        case refused(Failure)
    }

    /// The call's id.
    public var id: Int64
    /// How it ended.
    public var outcome: Outcome
    /// The calls a failure or a refusal is about, outermost first and the one that was asked for
    /// last; at most ``WireLimits/stack``.
    public var chain: [CallFrame]
    /// What the asking subtask may still use up; nil when nothing is limited.
    public var budget: Allowance?

    /// An answer.
    public init(
        to id: Int64,
        _ outcome: Outcome,
        chain: [CallFrame] = [],
        budget: Allowance? = nil
    ) {
        self.id = id
        self.outcome = outcome
        self.chain = chain
        self.budget = budget
    }

    /// The answer to a call of an operation that this coordinator does not offer.
    public static func refusing(_ call: Call) -> Reply {
        Reply(
            to: call.id,
            .refused(
                Failure(
                    .permission,
                    "the operation \"\(call.operation)\" is not offered to this worker",
                    retryable: false
                )
            )
        )
    }

    /// The answer to a call whose payload is not what its operation takes.
    public static func refusing(_ call: Call, _ violation: WireViolation) -> Reply {
        Reply(
            to: call.id,
            .refused(
                Failure(.validation, "\(call.operation): \(violation.message)", retryable: false)
            )
        )
    }
}

/// The word for a reply's outcome in the header.
private enum Status: String, CaseIterable {
    case ok, error, refused
}

extension Reply {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var id: Int64?
        var status: Status?
        var failure: Failure?
        var chain: [CallFrame] = []
        var budget: Allowance?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .re: id = try reader.integer(1...WireLimits.integer, key)
            case .status: status = try reader.choice(key, of: Status.self)
            case .failure: failure = try Failure(&reader, from: .coordinator)
            case .chain: chain = try reader.frames(key)
            case .budget: budget = try Allowance(&reader)
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
        self.init(to: try id.required(.re), outcome, chain: chain, budget: budget)
    }

    func write(to header: inout HeaderWriter) {
        header.put(.re, id)
        switch outcome {
        case .succeeded: header.put(.status, Status.ok.rawValue)
        case .failed(let failure): put(failure, .error, to: &header)
        case .refused(let failure): put(failure, .refused, to: &header)
        }
        if !chain.isEmpty { header.put(.chain, chain) }
        if let budget { header.putObject(.budget) { budget.write(to: &$0) } }
    }

    /// Writes a failure; without its details when the chain leaves no room for them.
    private func put(_ failure: Failure, _ status: Status, to header: inout HeaderWriter) {
        header.put(.status, status.rawValue)
        let hasRoom = chain.reduce(0) { $0 + $1.size } <= WireLimits.chainBytesBesideDetails
        header.putObject(.failure) { failure.write(to: &$0, withDetails: hasRoom) }
    }
}
