/// One paragraph of a dpkg control file: fields with their values, as bytes.
///
/// dpkg's database is bytes, not text: file names in it need not be UTF-8, so values stay bytes
/// until something is to be shown.
struct ControlParagraph: Sendable {
    private var fields: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []

    /// The value of a field; names compare without regard to ASCII case, as dpkg does.
    ///
    /// A value of several lines keeps its line breaks and the space that starts each further line.
    func bytes(_ name: StaticString) -> ArraySlice<UInt8>? {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return fields.first { field in
            field.name.count == wanted.count
                && zip(field.name, wanted).allSatisfy { lowercased($0) == lowercased($1) }
        }?.value
    }

    /// The value of a field as text.
    func text(_ name: StaticString) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every paragraph of a control file.
    ///
    /// - Throws: `DatabaseError` at the first line that is neither a field, nor the continuation of
    ///   one, nor empty.
    static func parse(_ content: [UInt8], file: String) throws(DatabaseError) -> [ControlParagraph]
    {
        var paragraphs: [ControlParagraph] = []
        var current = ControlParagraph()
        var number = 0
        var start = content.startIndex
        while start < content.endIndex {
            number += 1
            let end = content[start...].firstIndex(of: newline) ?? content.endIndex
            let line = content[start..<end]
            if line.allSatisfy(isBlank) {
                if !current.fields.isEmpty { paragraphs.append(current) }
                current = ControlParagraph()
            } else if let first = line.first, isBlank(first) {
                guard let last = current.fields.indices.last else {
                    throw DatabaseError(
                        file: file,
                        line: number,
                        problem: "a continuation line that continues no field"
                    )
                }
                let value = current.fields[last].value
                current.fields[last].value = content[value.startIndex..<end]
            } else {
                guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > start else {
                    throw DatabaseError(
                        file: file,
                        line: number,
                        problem: "expected a field written \"Name: value\""
                    )
                }
                var value = line[(colon + 1)...]
                while let first = value.first, isBlank(first) { value = value.dropFirst() }
                current.fields.append((line[..<colon], value))
            }
            start = end + 1
        }
        if !current.fields.isEmpty { paragraphs.append(current) }
        return paragraphs
    }
}

private let newline = UInt8(ascii: "\n")

private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
