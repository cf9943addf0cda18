extension PartialRetryBudgetPolicy {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init(
            tokens: try reader.count("tokens", from: 0),
            retryCost: try reader.count("retry_cost", from: 0),
            timeoutCost: try reader.count("timeout_cost", from: 0),
            successReturn: try reader.count("success_return", from: 0)
        )
    }

    /// Says everything that a whole budget says.
    init(_ policy: RetryBudgetPolicy) {
        self.init(
            tokens: policy.tokens,
            retryCost: policy.retryCost,
            timeoutCost: policy.timeoutCost,
            successReturn: policy.successReturn
        )
    }

    var json: JSON {
        .configuration([
            ("tokens", tokens.map { .integer(Int64($0)) }),
            ("retry_cost", retryCost.map { .integer(Int64($0)) }),
            ("timeout_cost", timeoutCost.map { .integer(Int64($0)) }),
            ("success_return", successReturn.map { .integer(Int64($0)) }),
        ])
    }
}

extension HedgePolicy {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        guard let after = try reader.duration("after") else {
            throw reader.failure("after", "a duration with a unit, such as \"30s\"")
        }
        self.init(after: after, maximum: try reader.count("max") ?? 1)
    }

    var json: JSON { ["after": .configuration(after), "max": .integer(Int64(maximum))] }
}
