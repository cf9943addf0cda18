/// The words of the prose in a call or an answer, ready to be compared with another's.
///
/// Words are kept as a sorted set of hashes. Of a long text only the ``Wording/limit`` smallest
/// hashes are kept: a bottom-k sketch, from which the Jaccard index of two sets is estimated
/// without bias, and exactly as long as both sets fit (Cohen and Kaplan, "Summarizing data using
/// bottom-k sketches", PODC 2007).
struct Wording: Hashable, Sendable {
    /// How many words are kept at most.
    static let limit = 128

    /// Hashes of the words, ascending, each once.
    private(set) var words: [UInt64] = []
    /// Hashes of the words that have a digit in them, ascending, each once.
    ///
    /// Numbers and designations name things.
    private(set) var designations: [UInt64] = []

    private var isSorted = true

    /// No words at all.
    init() {}

    /// Adds the words of one text; volatile ones, such as times and UUIDs, are left out.
    mutating func add(_ text: FoldedText) {
        let chunks = text.chunks
        var plain: [UInt64] = []
        var tokens: [Token] = []
        for chunk in chunks {
            let trimmed = Wording.trimmed(chunk)
            guard !trimmed.isEmpty, !VolatileText.isVolatile(trimmed) else { continue }
            Wording.split(trimmed, into: &tokens)
        }
        var hasContent = false
        for (position, token) in tokens.enumerated() {
            // "Attempt 7", "5 times": neither the number nor what it counts says anything.
            let before = position > 0 ? tokens[position - 1] : nil
            let after = position + 1 < tokens.count ? tokens[position + 1] : nil
            if token.hasDigit {
                if before?.isCounter == true || after?.isCounter == true { continue }
                designations.append(token.hash)
            } else if token.isCounter, before?.hasDigit == true || after?.hasDigit == true {
                continue
            } else if WordList.isFiller(token.hash) {
                plain.append(token.hash)
            } else {
                hasContent = true
                words.append(token.hash)
            }
        }
        // Of "please do it" nothing would be left.
        if !hasContent { words.append(contentsOf: plain) }
        isSorted = false
    }

    /// Sorts what was added, once all of it is.
    mutating func seal() {
        guard !isSorted else { return }
        words = Wording.sketch(words)
        designations = Wording.sketch(designations)
        isSorted = true
    }

    /// Whether there is no word at all.
    var isEmpty: Bool { words.isEmpty && designations.isEmpty }

    /// The share of words that both have, 0 to 1 (the Jaccard index); 1 for two empty ones.
    func similarity(to other: Wording) -> Double {
        if words.isEmpty, other.words.isEmpty { return 1 }
        var (left, right) = (0, 0)
        var shared = 0
        var union = 0
        while union < Wording.limit, left < words.count || right < other.words.count {
            union += 1
            if right == other.words.count {
                left += 1
            } else if left == words.count {
                right += 1
            } else if words[left] == other.words[right] {
                shared += 1
                left += 1
                right += 1
            } else if words[left] < other.words[right] {
                left += 1
            } else {
                right += 1
            }
        }
        return Double(shared) / Double(union)
    }

    private static func sketch(_ hashes: [UInt64]) -> [UInt64] {
        var sketch: [UInt64] = []
        for hash in hashes.sorted() where sketch.last != hash {
            sketch.append(hash)
            if sketch.count == limit { break }
        }
        return sketch
    }

    // MARK: Cutting

    private struct Token {
        var hash: UInt64
        var hasDigit: Bool
        /// Numbers beside such a word count something: "attempt 7", "5 times".
        var isCounter: Bool
    }

    /// Without the punctuation at both ends.
    private static func trimmed(_ chunk: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = chunk.firstIndex(where: FoldedText.isWordByte),
            let last = chunk.lastIndex(where: FoldedText.isWordByte)
        else { return [] }
        return chunk[first...last]
    }

    private static func split(_ chunk: ArraySlice<UInt8>, into tokens: inout [Token]) {
        var word: [UInt8] = []
        var hasDigit = false
        func end() {
            guard !word.isEmpty else { return }
            let stem = hasDigit ? word[...] : WordList.stem(of: word)
            let hash = StableHash.of(stem)
            tokens.append(
                Token(hash: hash, hasDigit: hasDigit, isCounter: WordList.isCounter(hash))
            )
            word.removeAll(keepingCapacity: true)
            hasDigit = false
        }
        for byte in chunk {
            if FoldedText.isWordByte(byte) {
                word.append(byte)
                if (0x30...0x39).contains(byte) { hasDigit = true }
            } else if byte != UInt8(ascii: "'") {
                end()
            }
        }
        end()
    }
}
