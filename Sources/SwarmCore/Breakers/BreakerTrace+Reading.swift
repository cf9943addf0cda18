import SwarmModel

/// An object of a trace document; every complaint names its place and what was expected there.
///
/// A member that is null is as good as left out, but for a limit, which it switches off.
struct TraceReader {
    static let aTime = "milliseconds, a number from 0 to 1e15"

    let object: JSONObject
    let path: JSONPath

    init(_ json: JSON, at path: JSONPath) throws(DocumentError) {
        guard case .object(let object) = json else {
            throw DocumentError(
                path: path.description,
                reason: "expected an object, found \(Self.excerpt(json))"
            )
        }
        self.object = object
        self.path = path
    }

    /// The member of this name, unless it is left out.
    func value(_ key: String) -> JSON? {
        guard let json = object[key], !json.isNull else { return nil }
        return json
    }

    func failure(_ key: String, _ expected: String) -> DocumentError {
        guard let found = value(key) else { return missing(key, expected) }
        return DocumentError(
            path: path.appending(key: key).description,
            reason: "expected \(expected), found \(Self.excerpt(found))"
        )
    }

    func missing(_ key: String, _ expected: String) -> DocumentError {
        DocumentError(
            path: path.appending(key: key).description,
            reason: "expected \(expected), found nothing"
        )
    }

    func allowOnly(_ keys: [String]) throws(DocumentError) {
        guard let unknown = object.keys.first(where: { !keys.contains($0) }) else { return }
        throw DocumentError(
            path: path.appending(key: unknown).description,
            reason: "expected no such member; known are \(keys.joined(separator: ", "))"
        )
    }

    /// An object; an empty one when it is left out.
    func nested(_ key: String) throws(DocumentError) -> TraceReader {
        try TraceReader(value(key) ?? .object(JSONObject()), at: path.appending(key: key))
    }

    func array(_ key: String) throws(DocumentError) -> [JSON]? {
        try optional(key, "an array") { $0.arrayValue }
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String
    ) throws(DocumentError) -> Word {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        let word = try optional(key, "one of \(words)") { json in
            json.stringValue.flatMap { Word(rawValue: $0) }
        }
        guard let word else { throw missing(key, "one of \(words)") }
        return word
    }

    func integer(
        _ key: String,
        _ range: ClosedRange<Int64>,
        _ expected: String
    ) throws(DocumentError) -> Int? {
        try optional(key, expected) { json in
            guard let value = json.integerValue, range.contains(value) else { return nil }
            return Int(value)
        }
    }

    /// A percentage; nil when it is 0, which stands for a limit that is switched off.
    func percent(_ key: String, default fallback: Double) throws(DocumentError) -> Double? {
        guard let json = object[key] else { return fallback }
        guard !json.isNull else { return nil }
        guard let value = json.doubleValue, value >= 0, value <= 100 else {
            throw failure(key, "a percentage, a number from 0 (off) to 100")
        }
        return value == 0 ? nil : value
    }

    func milliseconds(_ key: String) throws(DocumentError) -> Duration? {
        try optional(key, Self.aTime) { json in
            guard let value = json.doubleValue, value >= 0, value <= 1e15 else { return nil }
            if let whole = json.integerValue { return .milliseconds(whole) }
            return .microseconds(Int64((value * 1000).rounded()))
        }
    }

    /// The name of a call.
    func call() throws(DocumentError) -> JSON {
        let expected = "the name of a call, a string or a number"
        let name = try optional("call", expected) { json in
            json.kind == .string || json.kind == .number ? json : nil
        }
        guard let name else { throw missing("call", expected) }
        return name
    }

    private func optional<Value>(
        _ key: String,
        _ expected: String,
        _ read: (JSON) -> Value?
    ) throws(DocumentError) -> Value? {
        guard let json = value(key) else { return nil }
        guard let value = read(json) else { throw failure(key, expected) }
        return value
    }

    private static func excerpt(_ json: JSON) -> String {
        switch json {
        case .object: "an object"
        case .array: "an array"
        case .string(let text) where text.utf8.count > 40: "\"\(text.prefix(40))…\""
        case .null, .bool, .integer, .number, .string: json.description
        }
    }
}

extension CircuitBreaker.Settings {
    /// The `config` of a trace.
    ///
    /// What is left out is as resilience4j has it, since that is what most will compare with; what
    /// it does not have, a growing wait and a limit for trial calls, is off.
    init(_ reader: TraceReader) throws(DocumentError) {
        try reader.allowOnly([
            "window", "size", "min", "fail_pct", "slow_pct", "slow_ms", "wait_ms", "wait_max_ms",
            "backoff", "permits", "probe_ms",
        ])
        let counts = try reader.window()
        let size = try reader.integer("size", 1...1_000_000, "an integer from 1 to 1,000,000")
        let minimum = try reader.integer("min", 1...1_000_000, "an integer from 1 to 1,000,000")
        let permits = try reader.integer("permits", 1...100_000, "an integer from 1 to 100,000")
        let slow = try reader.percent("slow_pct", default: 100)
        let wait = try reader.milliseconds("wait_ms") ?? .seconds(60)
        self.init(
            window: counts ? .calls(size ?? 100) : .seconds(size ?? 100),
            minimumCalls: minimum ?? 100,
            failureRate: try reader.percent("fail_pct", default: 50),
            slowRate: slow,
            slowCall: try reader.slowCall(),
            wait: wait,
            maximumWait: try reader.limit("wait_max_ms"),
            backoff: try reader.backoff(),
            probes: permits ?? 10,
            probeTimeout: try reader.limit("probe_ms")
        )
    }
}

extension TraceReader {
    private enum WindowKind: String, CaseIterable {
        case count, time
    }

    /// Whether the window is one of calls.
    fileprivate func window() throws(DocumentError) -> Bool {
        guard value("window") != nil else { return true }
        let kind: WindowKind = try word("window")
        return kind == .count
    }

    /// The time beyond which a call is slow; here 0 is a limit like any other.
    fileprivate func slowCall() throws(DocumentError) -> Duration? {
        guard object["slow_ms"] != nil else { return .seconds(60) }
        return try milliseconds("slow_ms")
    }

    /// A limit that 0 switches off.
    fileprivate func limit(_ key: String) throws(DocumentError) -> Duration? {
        guard let duration = try milliseconds(key), duration > .zero else { return nil }
        return duration
    }

    fileprivate func backoff() throws(DocumentError) -> Double {
        guard let json = value("backoff") else { return 1 }
        guard let factor = json.doubleValue, factor >= 1, factor <= 1000 else {
            throw failure("backoff", "a factor, a number from 1 to 1000")
        }
        return factor
    }
}
