extension JSON {
    /// Reads a whole text: exactly one value, as RFC 8259 has it, with nothing behind it.
    ///
    /// - Throws: `JSONSyntaxError` also for a key that comes twice, for text that is not UTF-8, for
    ///   half of a surrogate pair, and beyond the limits.
    public init(
        parsing bytes: UnsafeRawBufferPointer,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONSyntaxError) {
        var reader = JSONReader(bytes, depthLimit: limits.depth)
        guard bytes.count <= limits.bytes else {
            throw reader.error(
                .tooLarge,
                "\(bytes.count) bytes are more than the \(limits.bytes) allowed"
            )
        }
        self = try reader.readValue()
        try reader.finish()
    }

    /// Reads a whole text: exactly one value, as RFC 8259 has it, with nothing behind it.
    public init(
        parsing bytes: some Collection<UInt8>,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONSyntaxError) {
        // A Result, because this standard library's closure takers rethrow only untyped errors.
        let parsed: Result<JSON, JSONSyntaxError>? = bytes.withContiguousStorageIfAvailable {
            contiguous in
            Self.parse(UnsafeRawBufferPointer(contiguous), limits)
        }
        let result =
            parsed ?? Array(bytes).withUnsafeBytes { contiguous in Self.parse(contiguous, limits) }
        self = try result.get()
    }

    /// Reads a whole text: exactly one value, as RFC 8259 has it, with nothing behind it.
    public init(
        parsing text: String,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONSyntaxError) {
        try self.init(parsing: text.utf8, limits: limits)
    }

    private static func parse(
        _ bytes: UnsafeRawBufferPointer,
        _ limits: JSONLimits
    ) -> Result<JSON, JSONSyntaxError> {
        do throws(JSONSyntaxError) {
            return .success(try JSON(parsing: bytes, limits: limits))
        } catch {
            return .failure(error)
        }
    }
}

extension JSONReader {
    /// The next value as a tree; a key that comes twice is an error.
    public mutating func readValue() throws(JSONSyntaxError) -> JSON {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "\""):
            offset += 1
            return .string(try scanString().string)
        case UInt8(ascii: "{"): return .object(try readMembers())
        case UInt8(ascii: "["): return .array(try readElements())
        case UInt8(ascii: "t"):
            try scanWord("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanWord("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanWord("null")
            return .null
        default:
            return Self.value(of: try scanNumber(), in: self)
        }
    }

    /// The integer, or the number with its text when that says more than the integer would.
    static func value(of number: ScannedNumber, in reader: JSONReader) -> JSON {
        if let value = number.int64, value != 0 || !number.isNegative { return .integer(value) }
        return .number(JSONNumber(uncheckedLiteral: reader.literal(number)))
    }

    private mutating func readElements() throws(JSONSyntaxError) -> [JSON] {
        try beginArray()
        var elements: [JSON] = []
        while try nextElement() { elements.append(try readValue()) }
        return elements
    }

    private mutating func readMembers() throws(JSONSyntaxError) -> JSONObject {
        try beginObject()
        var members: [JSONObject.Member] = []
        // Beyond the threshold the object itself looks keys up in its index.
        var large: JSONObject?
        while true {
            guard let text = try nextKey() else { break }
            let key = text.string
            if large != nil {
                let value = try readValue()
                guard large?.appendIfAbsent(key, value) == true else {
                    throw duplicate(text)
                }
                continue
            }
            for member in members where member.key.hasSameCodePoints(as: key) {
                throw duplicate(text)
            }
            if members.isEmpty { members.reserveCapacity(4) }
            members.append(JSONObject.Member(key: key, value: try readValue()))
            if members.count == JSONObject.indexingThreshold {
                large = JSONObject(distinct: members)
            }
        }
        return large ?? JSONObject(distinct: members)
    }

    @inline(never)
    func duplicate(_ key: Text) -> JSONSyntaxError {
        error(
            .duplicateKey,
            "the key \(JSON.string(key.string)) comes twice in one object",
            at: offset(of: key)
        )
    }

    /// Where the quotation mark in front of a text of this reader stands.
    func offset(of text: Text) -> Int {
        guard let inside = text.raw.baseAddress, let start = bytes.baseAddress else { return 0 }
        return inside - start - 1
    }
}
