extension RetryPolicy {
    /// Reads `retry_policy` of a contract or `retry` of a subtask; what is left out takes the
    /// default.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        try self.init(ConfigurationReader(json))
    }

    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        if let attempts = try reader.integer("max_attempts") {
            guard attempts >= 1 else { throw reader.failure("max_attempts", "1 or more") }
            maxAttempts = attempts
        }
        backoff = try Backoff(reader, over: backoff)
        guard let names = try reader.strings("retry_on") else { return }
        retryOn = []
        for name in names {
            guard let kind = FailureKind(rawValue: name),
                RetryPolicy.permittedKinds.contains(kind)
            else { throw reader.failure("retry_on", "kinds of failure, not \"\(name)\"") }
            retryOn.append(kind)
        }
    }

    /// The policy as a contract writes it; reads back as the same.
    public var json: JSON {
        .configuration(
            [("max_attempts", .integer(Int64(maxAttempts)))] + backoff.members
                + [("retry_on", .configuration(retryOn.map(\.rawValue)))]
        )
    }
}

extension Backoff {
    /// Reads the four members of a backoff; what is left out is taken from `base`.
    init(_ reader: ConfigurationReader, over base: Backoff) throws(ConfigurationError) {
        self.init(
            initial: try reader.duration("initial") ?? base.initial,
            factor: try reader.number("factor") ?? base.factor,
            maximum: try reader.duration("max") ?? base.maximum,
            jitter: try reader.number("jitter") ?? base.jitter
        )
        guard factor >= 1, factor.isFinite else { throw reader.failure("factor", "1 or more") }
        guard (0...1).contains(jitter) else { throw reader.failure("jitter", "0 to 1") }
    }

    /// The four members of a backoff.
    var members: [(String, JSON?)] {
        [
            ("initial", .configuration(initial)), ("factor", .configuration(factor)),
            ("max", .configuration(maximum)), ("jitter", .configuration(jitter)),
        ]
    }
}
