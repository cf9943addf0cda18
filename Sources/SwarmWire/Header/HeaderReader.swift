import SwarmModel

/// Reads a header frame from front to back without building a tree.
///
/// Headers are a strict dialect of JSON: one object, bounded depth, size and number of members, no
/// key twice even in another spelling, keys starting with `!` refused. Whatever the bytes are, what
/// is allocated is bounded by the header's own size.
struct HeaderReader {
    var json: JSONReader

    init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int = WireLimits.headerDepth) {
        json = JSONReader(bytes, depthLimit: depthLimit)
    }

    /// The keys of one object, to find those that come twice.
    struct Members {
        private var known: UInt128 = 0
        private var foreign: [String] = []
        private var count = 0

        mutating func insert(_ key: HeaderKey) throws(WireViolation) {
            let bit: UInt128 = 1 << UInt128(key.rawValue)
            guard known & bit == 0 else { throw duplicate(key.name.description) }
            known |= bit
        }

        /// Notes a key that this version does not know.
        mutating func insert(foreign key: String) throws(WireViolation) {
            guard key.utf8.first != UInt8(ascii: "!") else {
                throw WireViolation(
                    .criticalExtension,
                    "the key \"\(key)\" must be understood, as its \"!\" says, and is not"
                )
            }
            guard !foreign.contains(where: { $0.utf8.elementsEqual(key.utf8) }) else {
                throw duplicate(key)
            }
            foreign.append(key)
            guard foreign.count <= WireLimits.foreignMembersPerObject else {
                throw WireViolation(
                    .tooMany,
                    """
                    an object has more than \(WireLimits.foreignMembersPerObject) keys that are \
                    not in the specification
                    """
                )
            }
        }

        private func duplicate(_ key: String) -> WireViolation {
            WireViolation(.duplicateKey, "the key \"\(key)\" comes twice")
        }
    }

    // MARK: Structure

    mutating func openObject() throws(WireViolation) -> Members {
        do { try json.beginObject() } catch { throw WireViolation(error) }
        return Members()
    }

    /// Moves to the value of the next key known to this version; nil at the object's end.
    mutating func nextKey(in members: inout Members) throws(WireViolation) -> HeaderKey? {
        while let text = try nextKeyText() {
            let known =
                text.hasEscapes ? HeaderKey.named(text.string) : HeaderKey.named(text.raw)
            if let known {
                try members.insert(known)
                return known
            }
            try members.insert(foreign: text.string)
            try skipValue()
        }
        return nil
    }

    private mutating func nextKeyText() throws(WireViolation) -> JSONReader.Text? {
        do { return try json.nextKey() } catch { throw WireViolation(error) }
    }

    /// Checks that nothing but white space follows the header's object.
    mutating func end() throws(WireViolation) {
        do { try json.finish() } catch { throw WireViolation(error) }
    }

    /// Steps over one value, under the same rules as one that is read.
    mutating func skipValue() throws(WireViolation) {
        switch try kind() {
        case .object:
            var members = try openObject()
            while try nextKey(in: &members) != nil { try skipValue() }
        case .array:
            do { try json.beginArray() } catch { throw WireViolation(error) }
            while try nextElement() { try skipValue() }
        case .null, .bool, .number, .string:
            do { try json.skipValue() } catch { throw WireViolation(error) }
        }
    }

    mutating func beginArray(_ key: HeaderKey) throws(WireViolation) {
        do { try json.beginArray() } catch { throw WireViolation(error, key) }
    }

    mutating func nextElement() throws(WireViolation) -> Bool {
        do { return try json.nextElement() } catch { throw WireViolation(error) }
    }

    private mutating func kind() throws(WireViolation) -> JSON.Kind {
        do { return try json.peek() } catch { throw WireViolation(error) }
    }
}

extension WireViolation {
    /// What a mistake in the header's JSON, in the value of `key` if known, means for the message.
    init(_ error: JSONSyntaxError, _ key: HeaderKey? = nil) {
        let code: Code
        switch error.code {
        case .unexpectedEnd, .unexpectedByte, .trailingBytes, .invalidNumber, .controlCharacter,
            .tooLarge:
            code = .malformedJSON
        case .invalidUTF8, .invalidEscape: code = .invalidText
        case .duplicateKey: code = .duplicateKey
        case .tooDeep: code = .tooDeep
        case .typeMismatch: code = .wrongType
        }
        let place = key.map { "\"\($0.name)\"" } ?? "the header"
        self.init(code, "\(place), at byte \(error.offset): \(error.message)")
    }
}
