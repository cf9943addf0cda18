/// Which members or elements of one value some keyword has looked at successfully; what is left
/// falls to `unevaluatedProperties` and `unevaluatedItems`.
struct EvaluatedParts {
    /// One bit for each position; beyond the end, none was looked at.
    private var words: [UInt64] = []

    mutating func insert(_ position: Int) {
        let word = position / 64
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(position % 64)
    }

    mutating func insert(below count: Int) {
        for position in 0..<count { insert(position) }
    }

    func contains(_ position: Int) -> Bool {
        let word = position / 64
        return word < words.count && words[word] >> UInt64(position % 64) & 1 == 1
    }

    mutating func formUnion(_ other: EvaluatedParts) {
        if words.isEmpty {
            words = other.words
            return
        }
        for (position, word) in other.words.enumerated() {
            if position < words.count { words[position] |= word } else { words.append(word) }
        }
    }
}
