extension PartialRetryPolicy {
    /// Reads `retry_policy` of a contract, or `retry` of a subtask or a level's `failure`.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        try self.init(ConfigurationReader(json))
    }

    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init(
            maxAttempts: try reader.count("max_attempts"),
            initial: try reader.duration("initial"),
            factor: try reader.factor("factor"),
            maximum: try reader.duration("max"),
            jitter: try reader.share("jitter"),
            deadline: try reader.duration("deadline"),
            maxInvalidResults: try reader.count("max_invalid_results", from: 0)
        )
        guard let names = try reader.strings("retry_on") else { return }
        var kinds: [FailureKind] = []
        for name in names {
            guard let kind = FailureKind(rawValue: name),
                RetryPolicy.permittedKinds.contains(kind)
            else { throw reader.failure("retry_on", "kinds of failure, not \"\(name)\"") }
            kinds.append(kind)
        }
        retryOn = kinds
    }

    /// What the level says, as a file writes it; reads back as the same.
    public var json: JSON {
        .configuration([
            ("max_attempts", maxAttempts.map { .integer(Int64($0)) }),
            ("initial", initial.map { .configuration($0) }),
            ("factor", factor.map { .configuration($0) }),
            ("max", maximum.map { .configuration($0) }),
            ("jitter", jitter.map { .configuration($0) }),
            ("retry_on", retryOn.map { .configuration($0.map(\.rawValue)) }),
            ("deadline", deadline.map { .configuration($0) }),
            ("max_invalid_results", maxInvalidResults.map { .integer(Int64($0)) }),
        ])
    }
}

extension RetryPolicy {
    /// Reads a policy; what is left out takes the built-in default.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        self = try PartialRetryPolicy(json: json).resolved()
    }

    /// The policy as a contract writes it, every default spelled out; reads back as the same.
    public var json: JSON { PartialRetryPolicy(self).json }
}

extension Backoff {
    /// Reads the four members of a backoff; what is left out is taken from `base`.
    init(_ reader: ConfigurationReader, over base: Backoff) throws(ConfigurationError) {
        self.init(
            initial: try reader.duration("initial") ?? base.initial,
            factor: try reader.factor("factor") ?? base.factor,
            maximum: try reader.duration("max") ?? base.maximum,
            jitter: try reader.share("jitter") ?? base.jitter
        )
    }

    /// The four members of a backoff.
    var members: [(String, JSON?)] {
        [
            ("initial", .configuration(initial)), ("factor", .configuration(factor)),
            ("max", .configuration(maximum)), ("jitter", .configuration(jitter)),
        ]
    }
}
