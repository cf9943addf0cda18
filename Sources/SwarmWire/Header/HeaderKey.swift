/// The keys this version knows; any other is skipped, unless it starts with `!`.
enum HeaderKey: UInt8, CaseIterable {
    case adopt, agent, arguments, attempt, budget, busy, calls, cancel, capabilities, capability
    case chain, code, contentType, credit, deadline, depth, details, disposition, done, draining,
        drop
    case effects, epoch, failure, grace, heartbeat, id, idempotencyKey, instance, kind, language
    case lease, leases, limits, manifest, message, minor, more, note, operation, payloadBytes
    case permanent, pid, progress, re, reason, residentBytes, resume, retryAfter, retryable
    case sequence, session, stack, start, status, subtask, time, timeout, token, tokens, total
    case traceParent, traceState, usage, usd, version

    /// The key as it stands on the wire.
    var name: StaticString {
        switch self {
        case .adopt: "adopt"
        case .agent: "agent"
        case .arguments: "arguments"
        case .attempt: "attempt"
        case .budget: "budget"
        case .busy: "busy"
        case .calls: "calls"
        case .cancel: "cancel"
        case .capabilities: "capabilities"
        case .capability: "capability"
        case .chain: "chain"
        case .code: "code"
        case .contentType: "ct"
        case .credit: "credit"
        case .deadline: "deadline_ms"
        case .depth: "depth"
        case .details: "details"
        case .disposition: "disposition"
        case .done: "done"
        case .draining: "draining"
        case .drop: "drop"
        case .effects: "effects"
        case .epoch: "epoch"
        case .failure: "failure"
        case .grace: "grace_ms"
        case .heartbeat: "heartbeat_ms"
        case .id: "id"
        case .idempotencyKey: "idem"
        case .instance: "instance"
        case .kind: "kind"
        case .language: "lang"
        case .lease: "lease"
        case .leases: "leases"
        case .limits: "limits"
        case .manifest: "manifest"
        case .message: "message"
        case .minor: "minor"
        case .more: "n"
        case .note: "note"
        case .operation: "op"
        case .payloadBytes: "payload_bytes"
        case .permanent: "permanent"
        case .pid: "pid"
        case .progress: "progress"
        case .re: "re"
        case .reason: "reason"
        case .residentBytes: "rss_bytes"
        case .resume: "resume"
        case .retryAfter: "retry_after_ms"
        case .retryable: "retryable"
        case .sequence: "seq"
        case .session: "sid"
        case .stack: "stack"
        case .start: "start"
        case .status: "status"
        case .subtask: "task"
        case .time: "time_ms"
        case .timeout: "timeout_ms"
        case .token: "token"
        case .tokens: "tokens"
        case .total: "total"
        case .traceParent: "traceparent"
        case .traceState: "tracestate"
        case .usage: "usage"
        case .usd: "usd"
        case .version: "version"
        }
    }

    /// Finds the key written as these bytes; nil when this version has none of that name.
    ///
    /// Length first and then a comparison with the few keys of that length: most messages are
    /// RESULT and TASK, and this runs for each of their keys.
    static func named(_ bytes: UnsafeRawBufferPointer) -> HeaderKey? {
        switch bytes.count {
        case 1: first(of: .more, in: bytes)
        case 2: first(of: .id, .re, .contentType, .operation, in: bytes)
        case 3: first(of: .session, .pid, .sequence, .usd, in: bytes)
        case 4:
            first(of: .subtask, .idempotencyKey, in: bytes)
                ?? first(of: .busy, .code, .done, .drop, in: bytes)
                ?? first(of: .kind, .note, .language, in: bytes)
        case 5:
            first(of: .lease, .epoch, .minor, .token, in: bytes)
                ?? first(of: .adopt, .depth, .usage, .start, in: bytes)
                ?? first(of: .stack, .total, .calls, .agent, in: bytes)
                ?? first(of: .chain, in: bytes)
        case 6:
            first(of: .status, .leases, .credit, .resume, in: bytes)
                ?? first(of: .reason, .budget, .cancel, .tokens, in: bytes)
                ?? first(of: .limits, in: bytes)
        case 7:
            first(of: .attempt, .failure, .effects, .message, in: bytes)
                ?? first(of: .details, .version, .time, in: bytes)
        case 8:
            first(of: .instance, .grace, .manifest, .progress, in: bytes)
                ?? first(of: .draining, in: bytes)
        case 9: first(of: .permanent, .residentBytes, .retryable, .arguments, in: bytes)
        case 10: first(of: .capability, .traceState, .timeout, in: bytes)
        case 11: first(of: .deadline, .disposition, .traceParent, in: bytes)
        case 12: first(of: .capabilities, .heartbeat, in: bytes)
        case 13: first(of: .payloadBytes, in: bytes)
        case 14: first(of: .retryAfter, in: bytes)
        default: nil
        }
    }

    /// Finds a key that was written with escapes.
    static func named(_ text: String) -> HeaderKey? {
        var text = text
        return text.withUTF8 { named(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    private static func first(
        of one: HeaderKey,
        _ two: HeaderKey? = nil,
        _ three: HeaderKey? = nil,
        _ four: HeaderKey? = nil,
        in bytes: UnsafeRawBufferPointer
    ) -> HeaderKey? {
        if one.isWritten(as: bytes) { return one }
        if let two, two.isWritten(as: bytes) { return two }
        if let three, three.isWritten(as: bytes) { return three }
        if let four, four.isWritten(as: bytes) { return four }
        return nil
    }

    @inline(__always)
    private func isWritten(as bytes: UnsafeRawBufferPointer) -> Bool {
        let name = name
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        let start = name.utf8Start
        for index in 0..<bytes.count where bytes[index] != start[index] { return false }
        return true
    }
}
