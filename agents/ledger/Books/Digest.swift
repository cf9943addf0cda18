import Crypto

/// SHA-256 over rows, in a form in which different rows are different bytes.
struct RowDigest {
    private var hash = SHA256()

    /// Adds a row: each value with its type and, if a text, its length.
    mutating func add(_ row: [Value]) {
        for value in row {
            switch value {
            case .null: update("n;")
            case .integer(let integer): update("i\(integer);")
            case .real(let real): update("r\(real.bitPattern);")
            case .text(let text): update("t\(text.utf8.count):\(text);")
            }
        }
        update("\n")
    }

    /// Adds a name for what follows.
    mutating func add(heading: String) { add([.text(heading)]) }

    private mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }

    /// 64 lower-case hexadecimal digits.
    consuming func finish() -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
