extension JSONReader {
    /// What ``JSONReader/nextKey(_:)`` has seen of one object: a filter, and nothing on the heap.
    public struct SeenKeys {
        /// Where the object's members start; nil until the first key.
        fileprivate var start: Int?
        /// One bit for each of 256 hash values.
        private var filter: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        /// For an object of which nothing has been read yet.
        public init() {}

        /// Marks a key; whether one of the same hash was marked before.
        fileprivate mutating func mark(_ hash: UInt64) -> Bool {
            let bit = UInt64(1) << (hash & 63)
            func mark(_ word: inout UInt64) -> Bool {
                defer { word |= bit }
                return word & bit != 0
            }
            switch hash >> 6 & 3 {
            case 0: return mark(&filter.0)
            case 1: return mark(&filter.1)
            case 2: return mark(&filter.2)
            default: return mark(&filter.3)
            }
        }
    }

    /// As ``nextKey()``, and a key that comes twice in the object is an error.
    ///
    /// Meant for small objects: when the hashes of two keys meet, the object is read again up to
    /// the later one.
    public mutating func nextKey(_ seen: inout SeenKeys) throws(JSONSyntaxError) -> Text? {
        skipWhitespace()
        if seen.start == nil { seen.start = offset }
        guard let key = try nextKey() else { return nil }
        guard seen.mark(key.hash) else { return key }

        let keyOffset = offset(of: key)
        var earlier = self
        earlier.offset = seen.start ?? offset
        earlier.isAtStart = true
        while let other = try earlier.nextKey(), earlier.offset(of: other) < keyOffset {
            if other == key { throw duplicate(key) }
            try earlier.skipValue()
        }
        return key
    }
}

extension JSONReader.Text {
    /// The same for texts that mean the same (FNV-1a, folded).
    fileprivate var hash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        if hasEscapes {
            for byte in string.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        } else {
            for byte in raw { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return hash ^ hash >> 32
    }
}
