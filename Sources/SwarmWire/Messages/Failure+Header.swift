import SwarmModel

extension Failure {
    /// Reads a failure; a worker's word counts only for the kinds it may report.
    init(_ reader: inout HeaderReader, from side: Side) throws(WireViolation) {
        var kind: String?
        var message: String?
        var retryable: Bool?
        var retryAfter: Duration?
        var details: String?
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .kind: kind = try reader.text(1...WireLimits.wordBytes, key)
            case .message: message = try reader.text(0...WireLimits.failureMessageBytes, key)
            case .retryable: retryable = try reader.flag(key)
            case .retryAfter: retryAfter = try reader.milliseconds(key)
            case .details: details = try reader.details()
            default: try reader.skipValue()
            }
        }
        let known = FailureKind(rawValue: try kind.required(.kind)) ?? .internal
        self.init(
            side == .coordinator || known.isReportable ? known : .internal,
            try message.required(.message),
            retryable: retryable,
            retryAfter: retryAfter,
            details: details
        )
    }

    func write(to header: inout HeaderWriter, withDetails: Bool = true) {
        header.put(.kind, kind.rawValue)
        header.put(.message, message)
        if let retryable { header.put(.retryable, retryable) }
        if let retryAfter { header.put(.retryAfter, retryAfter) }
        if withDetails, let details { header.put(.details, json: [UInt8](details.utf8)) }
    }
}

extension WireLimits {
    /// Whether a failure may carry this text as its details: JSON that keeps the rules of headers
    /// where it will stand, two levels down.
    public static func allowsDetails(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { utf8 in
            var reader = HeaderReader(UnsafeRawBufferPointer(utf8), depthLimit: headerDepth - 2)
            do throws(WireViolation) {
                _ = try reader.details()
                try reader.end()
                return true
            } catch {
                return false
            }
        }
    }
}

extension HeaderReader {
    /// Any value, checked under the rules of headers and kept as it is written.
    fileprivate mutating func details() throws(WireViolation) -> String {
        var probe = self
        try probe.skipValue()
        let bytes = try rawValue()
        guard bytes.count <= WireLimits.failureDetailsBytes else {
            throw WireViolation(
                .outOfRange,
                "\"details\" has at most \(WireLimits.failureDetailsBytes) bytes of JSON"
            )
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
