/// A JSON text that a person wrote: its value, and where in the text each part of it stands.
///
/// Unlike ``JSON/init(parsing:limits:)`` it lets `//` and `/* */` comments and trailing commas
/// through, and goes on after a key that comes twice, so that one look reports more than one
/// mistake. The first of two members with one key counts.
public struct JSONDocument: Sendable {
    /// A key that came a second time in one object.
    public struct DuplicateKey: Hashable, Sendable {
        /// The path both members have.
        public var path: JSONPath
        /// Where the first one's key stands; it counts.
        public var first: JSONPosition
        /// Where the second one's key stands; its value was dropped.
        public var second: JSONPosition
    }

    fileprivate struct Place {
        var key: JSONPosition?
        var value: JSONPosition
    }

    /// What the text means.
    public let value: JSON
    /// Keys that came twice, in the order of the text.
    public let duplicateKeys: [DuplicateKey]
    private let places: [JSONPath: Place]

    /// Reads a whole text; a byte order mark at its start is passed over.
    ///
    /// - Throws: `JSONSyntaxError` for the first mistake of syntax.
    public init(
        parsing bytes: [UInt8],
        limits: JSONLimits = JSONLimits()
    ) throws(JSONSyntaxError) {
        let result = bytes.withUnsafeBytes { contiguous in
            Result { () throws(JSONSyntaxError) in
                var reader = DocumentReader(contiguous, limits: limits)
                let value = try reader.read(limits)
                return (value, reader.places, reader.duplicateKeys)
            }
        }
        (value, places, duplicateKeys) = try result.get()
    }

    /// Reads a whole text.
    public init(
        parsing text: String,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// Where the value at the path starts; nil when there is none.
    public func position(of path: JSONPath) -> JSONPosition? { places[path]?.value }

    /// Where the key of the member at the path starts; nil for an element, for the root and when
    /// there is no such member.
    public func keyPosition(of path: JSONPath) -> JSONPosition? { places[path]?.key }

    /// Where the value at the path starts or, when there is none, the nearest one around it: the
    /// place to report that something is missing.
    public func nearestPosition(of path: JSONPath) -> JSONPosition {
        var path: JSONPath? = path
        while let current = path {
            if let position = position(of: current) { return position }
            path = current.parent
        }
        return JSONPosition(offset: 0, line: 1, column: 1)
    }
}

/// Builds value and places in one pass.
private struct DocumentReader {
    var reader: JSONReader
    var lines: LineTable
    var places: [JSONPath: JSONDocument.Place] = [:]
    var duplicateKeys: [JSONDocument.DuplicateKey] = []

    init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits) {
        reader = JSONReader(bytes, depthLimit: limits.depth, allowsComments: true)
        lines = LineTable(bytes)
    }

    mutating func read(_ limits: JSONLimits) throws(JSONSyntaxError) -> JSON {
        guard reader.bytes.count <= limits.bytes else {
            throw reader.error(
                .tooLarge,
                "\(reader.bytes.count) bytes are more than the \(limits.bytes) allowed"
            )
        }
        if reader.bytes.starts(with: [0xef, 0xbb, 0xbf]) { reader.offset = 3 }
        let value = try readValue(at: .root, key: nil)
        try reader.finish()
        return value
    }

    private mutating func readValue(
        at path: JSONPath,
        key: JSONPosition?
    ) throws(JSONSyntaxError) -> JSON {
        reader.skipWhitespace()
        places[path] = JSONDocument.Place(key: key, value: lines.position(reader.offset))
        guard reader.current == UInt8(ascii: "{") || reader.current == UInt8(ascii: "[") else {
            return try reader.readValue()
        }
        if reader.current == UInt8(ascii: "[") {
            var elements: [JSON] = []
            try reader.beginArray()
            while try reader.nextElement() {
                elements.append(try readValue(at: path.appending(index: elements.count), key: nil))
            }
            return .array(elements)
        }
        var object = JSONObject()
        try reader.beginObject()
        while let text = try reader.nextKey() {
            let key = text.string
            let place = lines.position(reader.offset(of: text))
            let memberPath = path.appending(key: key)
            if let earlier = places[memberPath]?.key {
                duplicateKeys.append(
                    JSONDocument.DuplicateKey(
                        path: memberPath,
                        first: earlier,
                        second: place
                    )
                )
                try reader.skipValue()
            } else {
                object[key] = try readValue(at: memberPath, key: place)
            }
        }
        return .object(object)
    }
}

/// Where each line of a text starts.
private struct LineTable {
    let bytes: UnsafeRawBufferPointer
    let starts: [Int]
    /// The last place asked for.
    ///
    /// A reader asks in order, so counting on from there keeps a file of one long line from costing
    /// the square of its length.
    private var last = (offset: 0, column: 1)

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        var starts = [bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            starts.append(offset + 1)
        }
        self.starts = starts
    }

    mutating func position(_ offset: Int) -> JSONPosition {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        var column = 1
        var start = min(starts[low], offset)
        if last.offset >= start, last.offset <= offset {
            start = last.offset
            column = last.column
        }
        for byte in bytes[start..<offset] where byte & 0xc0 != 0x80 { column += 1 }
        last = (offset, column)
        return JSONPosition(offset: offset, line: low + 1, column: column)
    }
}
