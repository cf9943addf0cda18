extension String {
    /// A path as text that can be printed, logged and put in JSON whatever bytes it holds.
    ///
    /// File names are bytes, not text: what is not UTF-8 and what is a control character becomes
    /// `\xNN`. A path that is plain text stays exactly as it is, backslashes included.
    public init(printablePath bytes: some Collection<UInt8>) {
        let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        if isPlain {
            self = String(decoding: bytes, as: UTF8.self)
            return
        }
        var text = ""
        var rest = bytes[...]
        var decoder = UTF8()
        while !rest.isEmpty {
            var iterator = rest.makeIterator()
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar) where !scalar.properties.isControl:
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            case .scalarValue, .emptyInput, .error:
                if let byte = rest.first { text += "\\x" + byte.hexadecimal }
                rest = rest.dropFirst()
            }
            decoder = UTF8()
        }
        self = text
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isControl: Bool { generalCategory == .control }
}

extension UInt8 {
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "0\(digits)" : digits
    }
}
