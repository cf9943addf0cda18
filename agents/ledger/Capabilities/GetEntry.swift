/// `get_entry`: an entry by its number, or what became of a call of `post_entry`.
struct GetEntry: Sendable {
    struct Arguments: Codable, Sendable {
        /// The call in doubt: its idempotency key, and the arguments it had.
        var key: String?
        var arguments: PostEntry.Arguments?
        /// Otherwise: the ledger and the entry's number.
        var ledger: String?
        var entry: Int64?
    }

    struct Result: Codable, Sendable, Equatable {
        /// Whether there is such an entry, reversed or not.
        var happened: Bool
        /// What `post_entry` returned for it.
        var result: PostEntry.Result?
        var lines: [Entry.Line]
        /// The entry that reverses it.
        var reversedBy: Int64?

        enum CodingKeys: String, CodingKey {
            case happened, result, lines
            case reversedBy = "reversed_by"
        }
    }

    /// Looks, in one state of the books.
    func run(_ arguments: Arguments) throws -> Result {
        switch (arguments.key, arguments.arguments, arguments.ledger, arguments.entry) {
        case (let key?, let asked?, nil, nil):
            return try look(in: asked.ledger) { ledger in
                if let posted = try ledger.entry(postedBy: key) { return posted }
                return try asked.key.flatMap { try ledger.entry(standingFor: $0) }
            }
        case (nil, nil, let path?, let id?):
            return try look(in: path) { try $0.entry(id) }
        default:
            throw LedgerError.invalid("give \"key\" and \"arguments\", or \"ledger\" and \"entry\"")
        }
    }

    private func look(in path: String, for find: (Ledger) throws -> Entry?) throws -> Result {
        let ledger = try Ledger(path, .read)
        return try ledger.connection.snapshot {
            guard let entry = try find(ledger) else { return Result(happened: false, lines: []) }
            return Result(
                happened: true,
                result: PostEntry.Result(entry),
                lines: entry.lines,
                reversedBy: try ledger.reversal(of: entry.id)
            )
        }
    }
}
