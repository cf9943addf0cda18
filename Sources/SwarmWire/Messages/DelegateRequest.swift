public import SwarmModel

/// What a worker may CALL; the payload is the request.
public enum Operation {
    /// Let another agent carry out a capability and answer with its result; see
    /// ``DelegateRequest``.
    public static let delegate = "delegate"
}

/// The payload of a CALL of ``Operation/delegate``: what is to be done for the calling subtask.
///
/// Sent again with the same call id after a loss, so it must be answered once however often it
/// comes.
public struct DelegateRequest: Hashable, Sendable {
    /// The capability that is asked for.
    public var capability: String
    /// The arguments: the JSON text of an object, kept as it was written.
    public var arguments: [UInt8]
    /// The agent that must do it; nil leaves the choice to routing.
    public var agent: String?
    /// How much of the caller's own budget it may use up; nil lets it use whatever is left.
    public var budget: Allowance?
    /// How long the caller will wait, retries included; nil for as long as it lives itself.
    public var timeout: Duration?
    /// What it is for, for people.
    public var note: String?

    /// A request.
    ///
    /// - Precondition: `arguments` is the JSON text of an object.
    public init(
        capability: String,
        arguments: [UInt8] = Array("{}".utf8),
        agent: String? = nil,
        budget: Allowance? = nil,
        timeout: Duration? = nil,
        note: String? = nil
    ) {
        self.capability = capability
        self.arguments = arguments
        self.agent = agent
        self.budget = budget
        self.timeout = timeout
        self.note = note
    }

    /// Reads the payload of a CALL under the rules of headers, but for the arguments' depth.
    ///
    /// Never traps, whatever the bytes. Of the arguments only the syntax is checked; what they must
    /// be is the capability's contract.
    public init(payload: UnsafeRawBufferPointer) throws(WireViolation) {
        var reader = HeaderReader(payload, depthLimit: WireLimits.requestDepth)
        var capability: String?
        var arguments: [UInt8]?
        var agent: String?
        var budget: Allowance?
        var timeout: Duration?
        var note: String?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .capability: capability = try reader.word(key)
            case .arguments: arguments = try reader.object(key)
            case .agent: agent = try reader.word(key)
            case .budget: budget = try Allowance(&reader)
            case .timeout: timeout = try reader.milliseconds(key)
            case .note: note = try reader.text(0...WireLimits.sentenceBytes, key)
            default: try reader.skipValue()
            }
        }
        try reader.end()
        self.init(
            capability: try capability.required(.capability),
            arguments: arguments ?? Array("{}".utf8),
            agent: agent,
            budget: budget,
            timeout: timeout,
            note: note
        )
    }

    /// Reads the payload of a CALL from bytes of its own.
    public init(payload: [UInt8]) throws(WireViolation) {
        let result = payload.withUnsafeBytes { bytes in
            Result { () throws(WireViolation) in try DelegateRequest(payload: bytes) }
        }
        self = try result.get()
    }

    /// The payload of the CALL.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        HeaderWriter.write(into: &bytes) { writer in
            writer.put(.capability, capability)
            writer.put(.arguments, json: arguments)
            if let agent { writer.put(.agent, agent) }
            if let budget { writer.putObject(.budget) { budget.write(to: &$0) } }
            if let timeout { writer.put(.timeout, timeout) }
            if let note { writer.put(.note, note) }
        }
        return bytes
    }
}

extension HeaderReader {
    /// An object, checked for its syntax and kept as it is written.
    fileprivate mutating func object(_ key: HeaderKey) throws(WireViolation) -> [UInt8] {
        let bytes = try rawValue()
        guard bytes.first == UInt8(ascii: "{") else {
            throw WireViolation(.wrongType, "\"\(key.name)\" is an object")
        }
        return [UInt8](bytes)
    }
}
