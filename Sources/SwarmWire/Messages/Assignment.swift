public import SwarmModel

/// TASK: a subtask to carry out; its arguments are the payload.
public struct Assignment: Hashable, Sendable {
    /// The subtask's name, as in `r_17/check[42]`.
    public var subtask: String
    /// Which attempt this is, from 1.
    public var attempt: Int
    /// The capability that is asked for.
    public var capability: String
    /// The right to report the result; unique for this dispatch.
    public var lease: LeaseID
    /// A number that rises with every dispatch of the subtask, for tools that fence writers off.
    public var epoch: UInt64
    /// The time left when this was sent; nil when there is no limit.
    public var deadline: Duration?
    /// The key under which repeated work is the same work; nil when it is the subtask's name.
    public var idempotencyKey: String?
    /// Whether the worker says STARTED and then waits for GO before its first side effect.
    public var confirmsStart: Bool
    /// The W3C trace context.
    public var traceParent: String?
    /// What tracing systems add to it.
    public var traceState: String?
    /// How many levels of delegation are left; nil when this coordinator offers none.
    public var depth: Int?
    /// What the subtask and everything it delegates may still use up; nil when nothing is limited.
    public var budget: Allowance?
    /// The calls that led to this one, outermost first; the last is the one that delegated it.
    ///
    /// Empty for a subtask of a workflow; at most ``WireLimits/stack``.
    public var stack: [CallFrame]

    /// A subtask for a worker.
    public init(
        subtask: String,
        attempt: Int,
        capability: String,
        lease: LeaseID,
        epoch: UInt64,
        deadline: Duration? = nil,
        idempotencyKey: String? = nil,
        confirmsStart: Bool = false,
        traceParent: String? = nil,
        traceState: String? = nil,
        depth: Int? = nil,
        budget: Allowance? = nil,
        stack: [CallFrame] = []
    ) {
        self.subtask = subtask
        self.attempt = attempt
        self.capability = capability
        self.lease = lease
        self.epoch = epoch
        self.deadline = deadline
        self.idempotencyKey = idempotencyKey
        self.confirmsStart = confirmsStart
        self.traceParent = traceParent
        self.traceState = traceState
        self.depth = depth
        self.budget = budget
        self.stack = stack
    }

    /// The subtask that delegated this one; nil for a subtask of a workflow.
    public var parent: String? { stack.last?.subtask }

    /// The key under which repeated work is the same work.
    public var stableKey: String { idempotencyKey ?? subtask }
}

/// Who opens the gate to side effects.
private enum Start: String, CaseIterable {
    case confirmed
}

extension Assignment {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        var subtask: String?
        var attempt: Int?
        var capability: String?
        var lease: LeaseID?
        var epoch: Int64?
        var deadline: Duration?
        var idempotencyKey: String?
        var start: Start?
        var traceParent: String?
        var traceState: String?
        var depth: Int?
        var budget: Allowance?
        var stack: [CallFrame] = []
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .subtask: subtask = try reader.text(1...WireLimits.nameBytes, key)
            case .attempt: attempt = try reader.count(1...Int(Int32.max), key)
            case .capability: capability = try reader.word(key)
            case .lease: lease = try reader.lease(key)
            case .epoch: epoch = try reader.natural(key)
            case .deadline: deadline = try reader.milliseconds(key)
            case .idempotencyKey: idempotencyKey = try reader.text(1...WireLimits.nameBytes, key)
            case .start: start = try reader.choice(key, of: Start.self)
            case .traceParent: traceParent = try reader.text(1...WireLimits.nameBytes, key)
            case .traceState: traceState = try reader.text(0...WireLimits.nameBytes, key)
            case .depth: depth = try reader.count(0...255, key)
            case .budget: budget = try Allowance(&reader)
            case .stack: stack = try reader.frames(key)
            case .contentType: try reader.contentType()
            default: try reader.skipValue()
            }
        }
        self.init(
            subtask: try subtask.required(.subtask),
            attempt: try attempt.required(.attempt),
            capability: try capability.required(.capability),
            lease: try lease.required(.lease),
            epoch: UInt64(try epoch.required(.epoch)),
            deadline: deadline,
            idempotencyKey: idempotencyKey,
            confirmsStart: start == .confirmed,
            traceParent: traceParent,
            traceState: traceState,
            depth: depth,
            budget: budget,
            stack: stack
        )
    }

    func write(to header: inout HeaderWriter) {
        header.put(.subtask, subtask)
        header.put(.attempt, attempt)
        header.put(.capability, capability)
        header.put(.lease, lease)
        header.put(.epoch, Int64(clamping: epoch))
        if let deadline { header.put(.deadline, deadline) }
        if let idempotencyKey { header.put(.idempotencyKey, idempotencyKey) }
        if confirmsStart { header.put(.start, Start.confirmed.rawValue) }
        if let traceParent { header.put(.traceParent, traceParent) }
        if let traceState { header.put(.traceState, traceState) }
        if let depth { header.put(.depth, depth) }
        if let budget { header.putObject(.budget) { budget.write(to: &$0) } }
        if !stack.isEmpty { header.put(.stack, stack) }
    }
}
