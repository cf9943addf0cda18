/// What became of a row or a pair of rows.
enum OutcomeKind: String, Sendable, CaseIterable {
    case equal
    case differs
    case onlyLeft = "only_left"
    case onlyRight = "only_right"
}

/// One line of the result: a pair, or a row without a partner.
struct Outcome: Sendable, Equatable {
    var kind: OutcomeKind
    var left: TableRow?
    var right: TableRow?

    /// Right minus left, or nil without a partner.
    var difference: ExactDecimal? {
        guard let left, let right else { return nil }
        return right.amount - left.amount
    }

    /// The names of the columns that `line` has.
    static let header = Array(
        "outcome\tkey\tleft_line\tleft_amount\tright_line\tright_amount\tdifference\n".utf8
    )

    /// The outcome as one tab-separated line.
    var line: [UInt8] {
        let leftPart = left.map { "\($0.line)\t\($0.amount)" } ?? "\t"
        let rightPart = right.map { "\($0.line)\t\($0.amount)" } ?? "\t"
        let differencePart = difference.map { "\($0)" } ?? ""
        return Array("\(kind.rawValue)\t".utf8) + RowFile.escaped((left ?? right)?.key ?? "")
            + Array("\t\(leftPart)\t\(rightPart)\t\(differencePart)\n".utf8)
    }
}

/// How many outcomes of each kind there are.
struct OutcomeCounts: Sendable, Equatable {
    var equal = 0
    var differs = 0
    var onlyLeft = 0
    var onlyRight = 0

    mutating func count(_ kind: OutcomeKind) {
        switch kind {
        case .equal: equal += 1
        case .differs: differs += 1
        case .onlyLeft: onlyLeft += 1
        case .onlyRight: onlyRight += 1
        }
    }
}

/// Matches the rows of one key range.
struct RangeMatch {
    private(set) var outcomes: [Outcome] = []
    private(set) var counts = OutcomeCounts()
    /// What the amounts of pairs that differ are apart, all together, signs dropped.
    private(set) var apart = ExactDecimal.zero

    /// Matches rows by key, and within a key by nearest amount.
    ///
    /// - Parameters:
    ///   - left: rows of the left table in the range.
    ///   - right: rows of the right table in the range.
    ///   - order: the order in which keys are listed.
    ///   - tolerance: how far apart two amounts may be and still count as equal.
    init(left: [TableRow], right: [TableRow], order: KeyOrder, tolerance: ExactDecimal) {
        let leftByKey = Dictionary(grouping: left, by: \.key)
        let rightByKey = Dictionary(grouping: right, by: \.key)
        let keys = Set(leftByKey.keys).union(rightByKey.keys).sorted(by: order.precedes)
        for key in keys {
            let pairing = KeyPairing(left: leftByKey[key] ?? [], right: rightByKey[key] ?? [])
            for pair in pairing.pairs {
                let distance = pair.difference.magnitude
                let isEqual = distance <= tolerance
                if !isEqual { apart = apart + distance }
                add(Outcome(kind: isEqual ? .equal : .differs, left: pair.left, right: pair.right))
            }
            for row in pairing.onlyLeft { add(Outcome(kind: .onlyLeft, left: row)) }
            for row in pairing.onlyRight { add(Outcome(kind: .onlyRight, right: row)) }
        }
    }

    private mutating func add(_ outcome: Outcome) {
        outcomes.append(outcome)
        counts.count(outcome.kind)
    }
}
