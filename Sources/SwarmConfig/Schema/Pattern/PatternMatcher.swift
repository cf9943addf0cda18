extension Pattern {
    /// What came of looking for a pattern in a text.
    enum Outcome: Hashable {
        case found, absent
        /// The step limit was reached.
        case gaveUp
    }

    /// Looks for the pattern anywhere in the text.
    func search(_ text: String) -> Outcome {
        let outcome = text.utf8.withContiguousStorageIfAvailable { utf8 in
            search(UnsafeRawBufferPointer(utf8))
        }
        return outcome ?? Array(text.utf8).withUnsafeBytes { utf8 in search(utf8) }
    }

    private func search(_ utf8: UnsafeRawBufferPointer) -> Outcome {
        var matcher = PatternMatcher(pattern: self, text: utf8)
        var start = 0
        repeat {
            if matcher.run(from: 0, at: start) { return .found }
            if matcher.steps > Self.stepLimit { return .gaveUp }
            guard !isAnchored, start < utf8.count else { return .absent }
            start += 1
            while start < utf8.count, utf8[start] & 0xc0 == 0x80 { start += 1 }
        } while true
    }
}

/// Walks the instructions of a pattern over the UTF-8 of a text, going back where a way fails.
private struct PatternMatcher {
    let instructions: [Pattern.Instruction]
    let text: UnsafeRawBufferPointer
    var steps = 0
    private var slots: [Int]
    private var trail: [Undo] = []

    private enum Undo {
        case resume(at: Int, place: Int)
        case restore(slot: Int, value: Int)
    }

    init(pattern: Pattern, text: UnsafeRawBufferPointer) {
        instructions = pattern.instructions
        self.text = text
        slots = Array(repeating: -1, count: pattern.slotCount)
    }

    /// Whether there is a way from the instruction and the place to a match.
    mutating func run(from first: Int, at start: Int) -> Bool {
        let floor = trail.count
        var index = first
        var place = start
        while true {
            steps += 1
            guard steps <= Pattern.stepLimit else { return false }
            let goesOn: Bool
            switch instructions[index] {
            case .match: return true
            case .scalar(let wanted):
                let (scalar, length) = scalar(at: place)
                goesOn = length > 0 && scalar == wanted
                place += length
            case .set(let set):
                let (scalar, length) = scalar(at: place)
                goesOn = length > 0 && set.contains(scalar)
                place += length
            case .start: goesOn = place == 0
            case .end: goesOn = place == text.count
            case .wordBoundary(let isNegated):
                goesOn = (isWord(at: place - 1) != isWord(at: place)) != isNegated
            case .jump(let target):
                index = target
                continue
            case .split(let preferred, let other):
                trail.append(.resume(at: other, place: place))
                index = preferred
                continue
            case .mark(let slot):
                trail.append(.restore(slot: slot, value: slots[slot]))
                slots[slot] = place
                goesOn = true
            case .requireProgress(let slot): goesOn = slots[slot] != place
            case .backreference(let group):
                let length = backreferenceLength(group, at: place)
                goesOn = length != nil
                place += length ?? 0
            case .lookahead(let isNegated, let after):
                let before = trail.count
                let found = run(from: index + 1, at: place)
                if isNegated { unwind(to: before) }
                if !isNegated, found { forgetChoices(from: before) }
                goesOn = found != isNegated && steps <= Pattern.stepLimit
                index = after - 1
            }
            if goesOn {
                index += 1
            } else {
                guard let (resumed, from) = goBack(to: floor) else { return false }
                (index, place) = (resumed, from)
            }
        }
    }

    /// The last choice that has another way; everything noted since is taken back.
    private mutating func goBack(to floor: Int) -> (Int, Int)? {
        while trail.count > floor, let undo = trail.popLast() {
            switch undo {
            case .resume(let index, let place): return (index, place)
            case .restore(let slot, let value): slots[slot] = value
            }
        }
        return nil
    }

    private mutating func unwind(to floor: Int) {
        while goBack(to: floor) != nil {}
    }

    /// A lookahead that matched is not entered again; only what it noted is kept to be undone.
    private mutating func forgetChoices(from floor: Int) {
        let kept = trail[floor...].filter { undo in
            if case .restore = undo { true } else { false }
        }
        trail.replaceSubrange(floor..., with: kept)
    }

    private func backreferenceLength(_ group: Int, at place: Int) -> Int? {
        let (start, end) = (slots[2 * group], slots[2 * group + 1])
        guard start >= 0, end >= start else { return 0 }
        let length = end - start
        guard place + length <= text.count,
            text[start..<end].elementsEqual(text[place..<place + length])
        else { return nil }
        return length
    }

    private func isWord(at place: Int) -> Bool {
        guard place >= 0, place < text.count else { return false }
        return text[place] < 0x80 && ScalarSet.words.contains(UInt32(text[place]))
    }

    /// The character at the place and its length in bytes; length 0 at the end.
    @inline(__always)
    private func scalar(at place: Int) -> (UInt32, Int) {
        guard place < text.count else { return (0, 0) }
        let first = text[place]
        if first < 0x80 { return (UInt32(first), 1) }
        func follower(_ distance: Int) -> UInt32 { UInt32(text[place + distance] & 0x3f) }
        if first < 0xe0 { return (UInt32(first & 0x1f) << 6 | follower(1), 2) }
        if first < 0xf0 {
            return (UInt32(first & 0x0f) << 12 | follower(1) << 6 | follower(2), 3)
        }
        let high = UInt32(first & 0x07) << 18 | follower(1) << 12
        return (high | follower(2) << 6 | follower(3), 4)
    }
}
