/// A member name or an element's position on the path to a value.
struct DocumentKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(_ name: String) { stringValue = name }

    init(_ position: Int) {
        stringValue = String(position)
        intValue = position
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}

/// What is wrong with a document: which member, and what was expected there.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The member, such as `args.items[3]`; empty for the document as a whole.
    public var path: String
    /// What was expected, and what was found.
    public var reason: String

    /// Says what is wrong at `path`.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// The path and the reason in one line.
    public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }

    init(_ reason: String, at codingPath: [any CodingKey]) {
        var path = ""
        for key in codingPath {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        self.init(path: path, reason: reason)
    }

    init(_ error: DecodingError) {
        switch error {
        case .typeMismatch(_, let context), .dataCorrupted(let context):
            self.init(context.debugDescription, at: context.codingPath)
        case .valueNotFound(_, let context):
            self.init(context.debugDescription, at: context.codingPath)
        case .keyNotFound(let key, let context):
            self.init("missing", at: context.codingPath + [key])
        @unknown default:
            self.init(path: "", reason: "\(error)")
        }
    }
}
