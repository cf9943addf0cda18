/// `propose_adjustments`: an entry for each statement line that the journal lacks, by rules.
///
/// Changes nothing. The first rule whose word is in the line's text names the other account; a
/// line that no rule knows goes to the account for things to be cleared up.
struct ProposeAdjustments: Sendable {
    struct Arguments: Codable, Sendable {
        /// A difference between a bank statement and the journal.
        struct Difference: Codable, Sendable {
            var reference: String
            var date: String
            var text: String
            /// What the journal lacks on the bank's account.
            var missing: Int64
        }

        struct Rule: Codable, Sendable {
            /// What the text contains, whatever the case of its letters.
            var contains: String
            var account: String
        }

        var differences: [Difference]
        /// The account the statement is about.
        var account: String
        var rules: [Rule]
        /// The account for what no rule knows.
        var suspense: String
    }

    struct Result: Codable, Sendable, Equatable {
        /// An entry to be posted.
        struct Proposal: Codable, Sendable, Equatable {
            var key: String
            var date: String
            var memo: String
            var lines: [Entry.Line]
        }

        var entries: [Proposal]
    }

    /// Proposes an entry for each difference, in their order.
    func run(_ arguments: Arguments) throws -> Result {
        let rules = arguments.rules.map { (word: $0.contains.lowercased(), account: $0.account) }
        let entries = try arguments.differences.map { difference in
            let text = difference.text.lowercased()
            let other = rules.first { text.contains($0.word) }?.account ?? arguments.suspense
            guard other != arguments.account else {
                throw LedgerError.invalid(
                    "rules: \"\(difference.text)\" would be posted from \(other) to itself"
                )
            }
            guard difference.missing != .min else {
                throw LedgerError.invalid("differences: \(difference.reference) is out of range")
            }
            return Result.Proposal(
                key: "\(difference.reference)/adjustment",
                date: difference.date,
                memo: difference.text.isEmpty ? "adjustment" : difference.text,
                lines: [
                    Entry.Line(account: arguments.account, cents: difference.missing),
                    Entry.Line(account: other, cents: -difference.missing),
                ]
            )
        }
        return Result(entries: entries)
    }
}
