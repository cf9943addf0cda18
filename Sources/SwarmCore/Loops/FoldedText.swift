/// A string as the loop detector reads it: folded to lower case, white space collapsed, invisible
/// characters gone, and cut into chunks at the white space.
///
/// Scripts that put no spaces between words give one chunk a character, so that their sentences
/// can be compared too.
struct FoldedText {
    /// The chunks with single spaces between them, in UTF-8.
    private(set) var bytes: [UInt8] = []
    /// How many words it has: the measure by which a string counts as prose.
    private(set) var wordCount = 0

    /// How many characters of a script without spaces make a word, roughly.
    private static let charactersPerWord = 3

    private var chunkStart = 0
    private var chunkHasWord = false
    private var unspaced = 0

    init(_ text: String) {
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars { take(scalar) }
        endChunk()
        if bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        wordCount += unspaced / FoldedText.charactersPerWord
    }

    /// The chunks, in order.
    var chunks: [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: " "))
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            switch byte {
            case 0x09...0x0d, 0x20: endChunk()
            case 0x00...0x1f, 0x7f: break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): add(byte | 0x20)
            default: add(byte)
            }
            return
        }
        let properties = scalar.properties
        if properties.isWhitespace { return endChunk() }
        switch properties.generalCategory {
        // Zero-width spaces, joiners, soft hyphens: they change nothing that can be seen.
        case .format, .control: break
        case .dashPunctuation: add(UInt8(ascii: "-"))
        case .finalPunctuation, .initialPunctuation:
            // The typographic apostrophe is one; inside a word both spellings shall be the same.
            add(UInt8(ascii: "'"))
        case .openPunctuation, .closePunctuation, .otherPunctuation: add(UInt8(ascii: "."))
        default:
            guard FoldedText.isUnspaced(scalar.value) else {
                chunkHasWord = true
                bytes.append(contentsOf: properties.lowercaseMapping.utf8)
                return
            }
            endChunk()
            bytes.append(contentsOf: String(scalar).utf8)
            unspaced += 1
            endChunk()
        }
    }

    private mutating func add(_ byte: UInt8) {
        bytes.append(byte)
        if FoldedText.isWordByte(byte) { chunkHasWord = true }
    }

    private mutating func endChunk() {
        guard bytes.count > chunkStart else { return }
        if chunkHasWord { wordCount += 1 }
        bytes.append(UInt8(ascii: " "))
        chunkStart = bytes.count
        chunkHasWord = false
    }

    /// Letters and digits, and every byte of a character beyond ASCII.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x80...0xff, 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: false
        }
    }

    /// Han, kana, and the scripts of Thailand, Laos, Myanmar and Cambodia.
    private static func isUnspaced(_ value: UInt32) -> Bool {
        switch value {
        case 0x3040...0x30ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xf900...0xfaff,
            0x20000...0x3134f, 0x0e00...0x0eff, 0x1000...0x109f, 0x1780...0x17ff:
            true
        default: false
        }
    }
}
