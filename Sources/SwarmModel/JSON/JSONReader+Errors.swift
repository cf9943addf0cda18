extension JSONReader {
    /// A mistake at the reader's place, or at another one.
    @inline(never)
    func error(
        _ code: JSONSyntaxError.Code,
        _ message: String,
        at place: Int? = nil
    ) -> JSONSyntaxError {
        let position = JSONPosition(offset: place ?? offset, in: bytes)
        return JSONSyntaxError(code, message, at: position)
    }

    /// Something else came than what grammar asks for here.
    @inline(never)
    func unexpected(_ expected: String) -> JSONSyntaxError {
        let code: JSONSyntaxError.Code = offset < bytes.count ? .unexpectedByte : .unexpectedEnd
        return error(code, "expected \(expected), found \(foundText)")
    }

    /// A value of another type came, or none.
    @inline(never)
    func mismatch(_ expected: JSON.Kind) -> JSONSyntaxError {
        var copy = self
        guard let found = try? copy.peek() else { return unexpected(expected.withArticle) }
        return error(
            .typeMismatch,
            "expected \(expected.withArticle), found \(found.withArticle)"
        )
    }

    @inline(never)
    func tooDeep() -> JSONSyntaxError {
        error(.tooDeep, "more than \(depthLimit) arrays and objects are open at once")
    }

    /// The next byte as a sentence names it.
    var foundText: String {
        guard offset < bytes.count else { return "the end of the text" }
        switch bytes[offset] {
        case 0x21...0x7e: return "'\(Character(UnicodeScalar(bytes[offset])))'"
        case let byte:
            let digits = String(byte, radix: 16, uppercase: true)
            return "byte 0x\(byte < 16 ? "0" : "")\(digits)"
        }
    }
}

extension JSON.Kind {
    /// The name in a sentence.
    public var withArticle: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
