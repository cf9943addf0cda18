/// `get_cleanup`: what became of a call of `cleanup`.
struct GetCleanup: Sendable {
    struct Arguments: Codable, Sendable {
        /// The idempotency key of the call in doubt.
        var key: String
        /// The arguments it had.
        var arguments: Cleanup.Arguments
    }

    struct Result: Codable, Sendable, Equatable {
        var happened: Bool
        /// What the call returned.
        var result: Cleanup.Result?
    }

    /// Looks for the call in the ledger it was for.
    func run(_ arguments: Arguments) throws -> Result {
        let ledger = try Ledger(arguments.arguments.ledger, .read)
        return try ledger.connection.snapshot {
            let found = try Cleanup.result(of: arguments.key, in: ledger)
            return Result(happened: found != nil, result: found?.result)
        }
    }
}
