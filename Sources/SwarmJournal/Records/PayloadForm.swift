import SwarmModel

/// How payloads are written in records.
///
/// Always an object with one key that says what follows, so that every byte comes back as it was:
///
/// - `{"json": …}`: the payload is exactly the bytes of this JSON value,
/// - `{"text": "…"}`: the payload is this text in UTF-8,
/// - `{"base64": "…"}`: any other bytes,
/// - `{"sha256": "…", "size": …}`: too large for a record; the table `payloads` has it.
enum PayloadForm {
    static func write(
        _ payload: Payload,
        to writer: inout JSONWriter,
        storing stored: inout [JournalPayload]
    ) {
        writer.beginObject()
        switch payload {
        case .inline(let bytes) where bytes.count <= Payload.inlineLimit:
            writeInline(bytes, to: &writer)
        case .inline(let bytes):
            let digest = Digest.sha256(of: bytes)
            stored.append(JournalPayload(digest: digest, bytes: bytes))
            writeReference(digest, size: bytes.count, to: &writer)
        case .stored(let payload):
            if let bytes = payload.bytes {
                stored.append(JournalPayload(digest: payload.digest, bytes: bytes))
            }
            writeReference(payload.digest, size: payload.size, to: &writer)
        }
        writer.endObject()
    }

    static func read(_ reader: inout JSONReader) throws -> Payload {
        try reader.beginObject()
        var payload: Payload?
        while let key = try reader.nextKey() {
            switch key {
            case "json" where payload == nil:
                payload = .inline(Array(try reader.rawValue()))
            case "text" where payload == nil:
                payload = .inline(Array(try reader.readText().string.utf8))
            case "base64" where payload == nil:
                let text = try reader.readText()
                guard let bytes = Base64.decode(text.raw) else {
                    throw MalformedValue("base64", found: text.string)
                }
                payload = .inline(bytes)
            case "sha256" where payload == nil:
                payload = .stored(
                    StoredPayload(digest: try reader.readDigest(), size: -1, bytes: nil)
                )
            case "size":
                guard case .stored(var reference)? = payload else { fallthrough }
                reference.size = try reader.readInt()
                payload = .stored(reference)
            default:
                throw MalformedValue("a payload", found: "the key \"\(key.string)\"")
            }
        }
        switch payload {
        case .inline?: break
        case .stored(let reference)? where reference.size >= 0: break
        case .stored?, nil: throw MalformedValue("a payload", found: "less")
        }
        return payload ?? .empty
    }

    private static func writeReference(_ digest: Digest, size: Int, to writer: inout JSONWriter) {
        writer.key("sha256")
        writer.digest(digest)
        writer.key("size")
        writer.integer(size)
    }

    private static func writeInline(_ bytes: [UInt8], to writer: inout JSONWriter) {
        bytes.withUnsafeBytes { bytes in
            if isJSON(bytes) {
                writer.key("json")
                writer.raw(bytes)
            } else if isText(bytes) {
                writer.key("text")
                writer.string(utf8: bytes)
            } else {
                writer.key("base64")
                Base64.encode(bytes).withUnsafeBytes { writer.string(utf8: $0) }
            }
        }
    }

    /// Whether the bytes are one JSON value and nothing before or behind it.
    private static func isJSON(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            break
        default: return false
        }
        guard last > 0x20 else { return false }
        var reader = JSONReader(bytes)
        do {
            try reader.skipValue()
            return reader.offset == bytes.count
        } catch {
            return false
        }
    }

    private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // A NUL would cut the text short in the sqlite3 shell.
        !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
    }
}
