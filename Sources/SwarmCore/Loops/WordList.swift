/// The few words of English that say nothing about what is asked for, and the endings that only
/// inflect a word.
///
/// Both make two wordings of one wish look more alike. Other languages are compared word for word.
enum WordList {
    /// Whether a stem is politeness or grammar.
    static func isFiller(_ hash: UInt64) -> Bool { contains(hash, in: fillers) }

    /// Whether a number beside this stem counts repetitions and names no thing.
    static func isCounter(_ hash: UInt64) -> Bool { contains(hash, in: counters) }

    /// The word without the ending of a plural or of a verb's form; short words stay as they are.
    static func stem(of word: [UInt8]) -> ArraySlice<UInt8> {
        for (ending, replacement) in endings
        where word.count >= ending.count + 3 && word.suffix(ending.count).elementsEqual(ending) {
            let stem = word.dropLast(ending.count)
            return replacement.isEmpty ? stem : (stem + replacement)[...]
        }
        return word[...]
    }

    private static let endings: [(ending: [UInt8], replacement: [UInt8])] = [
        (Array("ies".utf8), Array("y".utf8)),
        (Array("ing".utf8), []),
        (Array("ed".utf8), []),
        (Array("es".utf8), []),
        (Array("s".utf8), []),
        (Array("e".utf8), []),
    ]

    private static let fillers = hashes(
        """
        a about again all also am an and any are as asap at be been but by can could dear do does
        done for from go had has have hello help hey hi how i if im immediately in into is it its
        just kindly lets like may me more must my need needed no not now of ok okay on once one or
        our out over please pls quick quickly really right same shall should so some soon still
        than thank thanks that the their them then there these they thing this those to today too
        up urgent urgently us utc very via want was we well were what when which will with would
        yes yet you your
        """
    )

    private static let counters = hashes(
        """
        attempt correlation iteration nonce req request retry round session span time trace try
        """
    )

    private static func hashes(_ words: String) -> [UInt64] {
        words.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
            .map { StableHash.of(stem(of: Array($0))) }
            .sorted()
    }

    private static func contains(_ hash: UInt64, in sorted: [UInt64]) -> Bool {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == hash
    }
}
