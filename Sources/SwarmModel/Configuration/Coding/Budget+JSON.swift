extension Budget {
    /// Reads a budget; a dimension that is left out has no limit.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        try self.init(ConfigurationReader(json))
    }

    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init(
            usd: try reader.number("usd"),
            tokens: try reader.integer("tokens"),
            calls: try reader.integer("calls"),
            time: try reader.duration("time")
        )
        if let usd, !(usd >= 0) { throw reader.failure("usd", "0 or more") }
        if let tokens, tokens < 0 { throw reader.failure("tokens", "0 or more") }
        if let calls, calls < 0 { throw reader.failure("calls", "0 or more") }
    }

    /// The budget as a file writes it; reads back as the same.
    public var json: JSON {
        .configuration([
            ("usd", usd.map { .configuration($0) }),
            ("tokens", tokens.map { .integer(Int64($0)) }),
            ("calls", calls.map { .integer(Int64($0)) }),
            ("time", time.map { .configuration($0) }),
        ])
    }
}
