public import SwarmModel

/// Plays tables of events against circuit breakers, so that implementations can be compared.
///
/// A document holds traces, each with the settings of a breaker and what happens to it in order.
/// Playing it gives the same document with `result` and `state` on each event. The format is
/// described in docs/circuit-breaker.md.
public enum BreakerTrace {
    /// The format this version reads and writes.
    public static let format: Int64 = 1

    /// Plays every trace of a document.
    ///
    /// - Parameter document: The traces; `result` and `state` on an event are replaced, so what was
    ///   printed can be played again.
    /// - Returns: The same document with the answers.
    /// - Throws: The first thing that is wrong with the document, and where.
    public static func play(_ document: JSON) throws(DocumentError) -> JSON {
        let reader = try TraceReader(document, at: .root)
        try reader.allowOnly(["format", "traces", "note"])
        guard try reader.integer("format", 1...1, "the number 1") != nil else {
            throw reader.missing("format", "the number 1")
        }
        guard let traces = try reader.array("traces") else {
            throw reader.missing("traces", "an array")
        }
        var played = reader.object
        var results: [JSON] = []
        for (index, trace) in traces.enumerated() {
            let path = reader.path.appending(key: "traces").appending(index: index)
            results.append(try play(try TraceReader(trace, at: path)))
        }
        played["traces"] = .array(results)
        return .object(played)
    }

    private static func play(_ trace: TraceReader) throws(DocumentError) -> JSON {
        try trace.allowOnly(["id", "config", "events", "note"])
        let settings = try CircuitBreaker.Settings(trace.nested("config"))
        guard let events = try trace.array("events") else {
            throw trace.missing("events", "an array")
        }
        var breaker = CircuitBreaker(settings)
        // The calls under way, by name; only ever asked for one.
        var calls: [JSON: (permit: CircuitBreaker.Permit, event: Int)] = [:]
        var last = Instant(microseconds: 0)
        var results: [JSON] = []
        results.reserveCapacity(events.count)
        for (index, json) in events.enumerated() {
            let path = trace.path.appending(key: "events").appending(index: index)
            let event = try TraceReader(json, at: path)
            try event.allowOnly(["t_ms", "op", "call", "duration_ms", "note", "result", "state"])
            guard let time = try event.milliseconds("t_ms") else {
                throw event.missing("t_ms", TraceReader.aTime)
            }
            let now = Instant(microseconds: 0) + time
            guard now >= last else {
                throw event.failure("t_ms", "a moment not before that of the event before")
            }
            last = now
            breaker.expireProbes(at: now)
            let operation: Operation = try event.word("op")
            var answer = Answer.done
            switch operation {
            case .admit:
                let call = try event.call()
                if let earlier = calls[call] {
                    throw event.failure(
                        "call",
                        "the name of a call that is not under way; it was admitted by event "
                            + "\(earlier.event) and has not ended"
                    )
                }
                let permit = breaker.admit(at: now)
                if let permit { calls[call] = (permit, index) }
                answer = permit == nil ? .rejected : .admitted
            case .ok, .fail, .ignore, .cancel:
                let duration = try event.milliseconds("duration_ms") ?? .zero
                let call = calls.removeValue(forKey: try event.call())
                // A call that was never admitted, or has ended, has no permit that could count.
                let permit = call?.permit ?? CircuitBreaker.Permit(generation: 0)
                let verdict = breaker.report(
                    operation.outcome,
                    of: permit,
                    took: duration,
                    at: now
                )
                answer = Answer(verdict)
            case .tick: breaker.tick(at: now)
            case .forceOpen: breaker.forceOpen()
            case .release: breaker.release()
            case .disable: breaker.disable()
            case .enable: breaker.enable()
            }
            var result = event.object
            result["result"] = nil
            result["state"] = nil
            result["result"] = .string(answer.rawValue)
            result["state"] = .string(breaker.state.rawValue)
            results.append(.object(result))
        }
        var played = trace.object
        played["events"] = .array(results)
        return .object(played)
    }

    /// The document as text with one event on a line, which is still one JSON document.
    public static func text(_ document: JSON) -> String {
        lines(of: document, breakingAt: ["traces", "events"])
    }

    private static func lines(of json: JSON, breakingAt keys: [String]) -> String {
        guard case .object(let object) = json, let key = keys.first else {
            return json.description
        }
        let members = object.map { member in
            let name = JSON.string(member.key).description
            guard member.key == key, case .array(let elements) = member.value, !elements.isEmpty
            else { return "\(name):\(member.value.description)" }
            let rows = elements.map { lines(of: $0, breakingAt: Array(keys.dropFirst())) }
            return "\(name):[\n\(rows.joined(separator: ",\n"))\n]"
        }
        return "{\(members.joined(separator: ","))}"
    }
}

extension BreakerTrace {
    /// What an event does.
    enum Operation: String, CaseIterable {
        case admit, ok, fail, ignore, cancel, tick
        case forceOpen = "force_open"
        case release, disable, enable

        var outcome: CircuitBreaker.Outcome {
            switch self {
            case .ok: .succeeded
            case .fail: .failed
            case .admit, .ignore, .cancel, .tick, .forceOpen, .release, .disable, .enable: .ignored
            }
        }
    }

    /// What the breaker answers.
    enum Answer: String {
        case admitted, rejected, counted
        case notCounted = "not_counted"
        case stale, done

        init(_ verdict: CircuitBreaker.Verdict) {
            switch verdict {
            case .counted: self = .counted
            case .notCounted: self = .notCounted
            case .stale: self = .stale
            }
        }
    }
}
