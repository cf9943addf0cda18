import SwarmCore
import SwarmModel

/// The members that only records of failure governance have.
struct GovernanceFields {
    var because: String?
    var doubt: Doubt?
    var decision: Decision?
    var by: String?
    var fallback: FallbackCall?
    var origin: String?
    var of: Int32?
    var call: UInt64?
    var agent: String?
    var allowance: Allowance?
    var withinMicroseconds: Int64?
    var accepts: Bool?
    var undoes: Bool?
    var breaker: BreakerTarget?
    var state: BreakerState?
    var until: Instant?
    var generation: UInt64?
    var openings: Int?
    var dimension: BudgetExhausted.Dimension?
    var used: Int64?
    var limit: Int64?
    var wrapsUp: Bool?
    var pattern: LoopStopped.Pattern?
    var requiresGo = false
    var isHedge = false
    var isFault = false
    var reserved: Cost?
    var cost: Cost?
    var probes: [ProbePermit] = []
    var standing: [StandingFields] = []

    /// An effect that stays, before its run is known: keys may come in any order.
    struct StandingFields {
        let label: (name: String, item: Int32?)
        let index: Int32
        let capability: String
        let reason: Standing.Reason
    }

    mutating func read(_ key: JSONReader.Text, from reader: inout JSONReader) throws {
        switch key {
        case "because": because = try reader.readString()
        case "doubt": doubt = try reader.readWord(of: Doubt.self)
        case "decision": decision = try reader.readWord(of: Decision.self)
        case "by": by = try reader.readString()
        case "fallback": fallback = try reader.readFallback()
        case "origin": origin = try reader.readString()
        case "of": of = try reader.readNumber(Int32.self)
        case "call": call = try reader.readUInt64()
        case "agent": agent = try reader.readString()
        case "allowance": allowance = try reader.readAllowance()
        case "within_us": withinMicroseconds = try reader.readInt64()
        case "accepts": accepts = try reader.readBool()
        case "undoes": undoes = try reader.readBool()
        case "requires_go": requiresGo = try reader.readBool()
        case "hedge": isHedge = try reader.readBool()
        case "fault": isFault = try reader.readBool()
        case "reserved": reserved = try reader.readCost()
        case "cost": cost = try reader.readCost()
        case "probes": probes = try reader.readProbes()
        case "standing": standing = try reader.readStanding()
        default: try readLimit(key, from: &reader)
        }
    }

    private mutating func readLimit(_ key: JSONReader.Text, from reader: inout JSONReader) throws {
        switch key {
        case "breaker": breaker = try reader.readBreaker()
        case "state": state = try reader.readWord(of: BreakerState.self)
        case "until_us": until = try reader.readMoment()
        case "generation": generation = try reader.readUInt64()
        case "openings": openings = try reader.readInt()
        case "dimension": dimension = try reader.readWord(of: BudgetExhausted.Dimension.self)
        case "used": used = try reader.readInt64()
        case "limit": limit = try reader.readInt64()
        case "wraps_up": wrapsUp = try reader.readBool()
        case "pattern": pattern = try reader.readWord(of: LoopStopped.Pattern.self)
        default: throw UnknownKey(name: key.string)
        }
    }

    /// The effects that stay in a run.
    func standing(in run: RunID) -> [Standing] {
        standing.map { effect in
            Standing(
                subtask: SubtaskID(
                    run: run,
                    index: effect.index,
                    name: effect.label.name,
                    item: effect.label.item
                ),
                capability: effect.capability,
                reason: effect.reason
            )
        }
    }
}

extension JSONReader {
    fileprivate mutating func readBreaker() throws -> BreakerTarget {
        let text = try readString()
        guard let target = BreakerTarget(text) else {
            throw MalformedValue("a breaker such as \"post_entry@ledger-1\"", found: text)
        }
        return target
    }

    fileprivate mutating func readFallback() throws -> FallbackCall {
        var capability: String?
        var agent: String?
        var arguments: Payload?
        try beginObject()
        while let key = try nextKey() {
            switch key {
            case "capability": capability = try readString()
            case "agent": agent = try readString()
            case "arguments": arguments = try PayloadForm.read(&self)
            default: throw UnknownKey(name: key.string)
            }
        }
        guard let capability else { throw MissingKey(name: "capability") }
        return FallbackCall(capability: capability, agent: agent, arguments: arguments)
    }

    fileprivate mutating func readAllowance() throws -> Allowance {
        var allowance = Allowance()
        try beginObject()
        while let key = try nextKey() {
            switch key {
            case "usd_micros": allowance.microdollars = try readInt64()
            case "tokens": allowance.tokens = try readInt64()
            case "calls": allowance.calls = try readInt64()
            case "time_us": allowance.time = .microseconds(try readInt64())
            default: throw UnknownKey(name: key.string)
            }
        }
        return allowance
    }

    fileprivate mutating func readCost() throws -> Cost {
        var cost = Cost.zero
        try beginObject()
        while let key = try nextKey() {
            switch key {
            case "usd_micros": cost.microdollars = try readInt64()
            case "tokens": cost.tokens = try readInt64()
            default: throw UnknownKey(name: key.string)
            }
        }
        guard cost.microdollars >= 0, cost.tokens >= 0 else {
            throw MalformedValue("a cost", found: "a negative one")
        }
        return cost
    }

    fileprivate mutating func readProbes() throws -> [ProbePermit] {
        try beginArray()
        var probes: [ProbePermit] = []
        while try nextElement() {
            var target: BreakerTarget?
            var generation: UInt64?
            try beginObject()
            while let key = try nextKey() {
                switch key {
                case "breaker": target = try readBreaker()
                case "generation": generation = try readUInt64()
                default: throw UnknownKey(name: key.string)
                }
            }
            guard let target, let generation else {
                throw MalformedValue("a breaker and its generation", found: "less")
            }
            probes.append(ProbePermit(target: target, generation: generation))
        }
        return probes
    }

    fileprivate mutating func readStanding() throws -> [GovernanceFields.StandingFields] {
        try beginArray()
        var standing: [GovernanceFields.StandingFields] = []
        while try nextElement() {
            var label: (name: String, item: Int32?)?
            var index: Int32?
            var capability: String?
            var reason: Standing.Reason?
            try beginObject()
            while let key = try nextKey() {
                switch key {
                case "subtask": label = try readLabel()
                case "index": index = try readNumber(Int32.self)
                case "capability": capability = try readString()
                case "why": reason = try readWord(of: Standing.Reason.self)
                default: throw UnknownKey(name: key.string)
                }
            }
            guard let label, let index, let capability, let reason else {
                throw MalformedValue("an effect that stands", found: "less")
            }
            standing.append(
                GovernanceFields.StandingFields(
                    label: label,
                    index: index,
                    capability: capability,
                    reason: reason
                )
            )
        }
        return standing
    }
}
