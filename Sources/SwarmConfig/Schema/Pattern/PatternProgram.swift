/// A pattern made ready to match: a flat list of instructions for ``PatternMatcher``.
///
/// Matching tries every way in the order ECMAScript prescribes, but never takes more than
/// ``stepLimit`` steps, so that no pattern and no text can hold up a process.
struct Pattern: Sendable {
    enum Instruction: Sendable {
        case scalar(UInt32)
        case set(ScalarSet)
        case start, end
        case wordBoundary(isNegated: Bool)
        case jump(Int)
        /// Goes on at the first and, should that fail, at the second.
        case split(Int, Int)
        /// Notes the place in a slot.
        case mark(Int)
        /// Fails when nothing was consumed since the slot was marked.
        case requireProgress(Int)
        case backreference(Int)
        /// Tries what follows up to ``match``; then goes on at the index, where it was.
        case lookahead(isNegated: Bool, Int)
        case match
    }

    /// How the pattern was written.
    let source: String
    let instructions: [Instruction]
    let slotCount: Int
    /// Only the start of the text need be tried.
    let isAnchored: Bool

    /// Far more than any sensible pattern takes, and still only milliseconds.
    static let stepLimit = 1_000_000

    /// The largest pattern, repetitions with bounds written out.
    static let instructionLimit = 20_000

    init(_ source: String) throws(PatternError) {
        var parser = PatternParser(source)
        let root = try parser.parse()
        var assembler = PatternAssembler(captureCount: parser.captureCount, root: root)
        try assembler.append(root)
        assembler.instructions.append(.match)
        self.source = source
        instructions = assembler.instructions
        slotCount = assembler.slotCount
        if case .start = instructions[0] { isAnchored = true } else { isAnchored = false }
    }
}

/// Lays a parsed pattern out as instructions.
private struct PatternAssembler {
    var instructions: [Pattern.Instruction] = []
    var slotCount: Int
    /// Places of groups are noted only when something refers back to them.
    private let notesCaptures: Bool

    init(captureCount: Int, root: PatternNode) {
        notesCaptures = root.hasBackreference
        slotCount = notesCaptures ? 2 * captureCount + 2 : 0
    }

    mutating func append(_ node: PatternNode) throws(PatternError) {
        guard instructions.count < Pattern.instructionLimit else {
            throw PatternError(message: "the pattern is too large", offset: 0)
        }
        switch node {
        case .empty: break
        case .scalar(let scalar): instructions.append(.scalar(scalar))
        case .set(let set): instructions.append(.set(set))
        case .sequence(let parts): for part in parts { try append(part) }
        case .alternatives(let alternatives): try append(alternatives[...])
        case .capture(let index, let body):
            if notesCaptures { instructions.append(.mark(2 * index)) }
            try append(body)
            if notesCaptures { instructions.append(.mark(2 * index + 1)) }
        case .repetition(let body, let minimum, let maximum, let isLazy):
            for _ in 0..<minimum { try append(body) }
            if let maximum {
                try appendOptional(body, times: maximum - minimum, isLazy: isLazy)
            } else {
                try appendLoop(body, isLazy: isLazy)
            }
        case .start: instructions.append(.start)
        case .end: instructions.append(.end)
        case .wordBoundary(let isNegated): instructions.append(.wordBoundary(isNegated: isNegated))
        case .backreference(let index): instructions.append(.backreference(index))
        case .lookahead(let body, let isNegated):
            let place = reserve()
            try append(body)
            instructions.append(.match)
            instructions[place] = .lookahead(isNegated: isNegated, instructions.count)
        }
    }

    private mutating func reserve() -> Int {
        instructions.append(.match)
        return instructions.count - 1
    }

    private func split(body: Int, after: Int, isLazy: Bool) -> Pattern.Instruction {
        isLazy ? .split(after, body) : .split(body, after)
    }

    private mutating func append(_ alternatives: ArraySlice<PatternNode>) throws(PatternError) {
        guard let first = alternatives.first else { return }
        guard alternatives.count > 1 else { return try append(first) }
        let branch = reserve()
        try append(first)
        let exit = reserve()
        instructions[branch] = .split(branch + 1, instructions.count)
        try append(alternatives.dropFirst())
        instructions[exit] = .jump(instructions.count)
    }

    private mutating func appendLoop(_ body: PatternNode, isLazy: Bool) throws(PatternError) {
        let top = reserve()
        let slot = body.canBeEmpty ? slotCount : nil
        if let slot {
            slotCount += 1
            instructions.append(.mark(slot))
        }
        try append(body)
        if let slot { instructions.append(.requireProgress(slot)) }
        instructions.append(.jump(top))
        instructions[top] = split(body: top + 1, after: instructions.count, isLazy: isLazy)
    }

    private mutating func appendOptional(
        _ body: PatternNode,
        times: Int,
        isLazy: Bool
    ) throws(PatternError) {
        var branches: [Int] = []
        for _ in 0..<times {
            branches.append(reserve())
            try append(body)
        }
        for branch in branches {
            instructions[branch] = split(
                body: branch + 1,
                after: instructions.count,
                isLazy: isLazy
            )
        }
    }
}

extension PatternNode {
    fileprivate var children: [PatternNode] {
        switch self {
        case .empty, .scalar, .set, .start, .end, .wordBoundary, .backreference: []
        case .sequence(let parts), .alternatives(let parts): parts
        case .capture(_, let body), .repetition(let body, _, _, _), .lookahead(let body, _): [body]
        }
    }

    fileprivate var hasBackreference: Bool {
        if case .backreference = self { return true }
        return children.contains(where: \.hasBackreference)
    }

    fileprivate var canBeEmpty: Bool {
        switch self {
        case .scalar, .set: false
        case .empty, .start, .end, .wordBoundary, .backreference, .lookahead: true
        case .sequence(let parts): parts.allSatisfy(\.canBeEmpty)
        case .alternatives(let parts): parts.contains(where: \.canBeEmpty)
        case .capture(_, let body): body.canBeEmpty
        case .repetition(let body, let minimum, _, _): minimum == 0 || body.canBeEmpty
        }
    }
}
