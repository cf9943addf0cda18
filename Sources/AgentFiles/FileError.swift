import Glibc

/// A file operation that the system refused: which operation, on which path, and why.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, as a verb: "read", "write", "create directory".
    public let operation: String
    /// The path as it was given.
    public let path: String
    /// The system's error number.
    public let code: Int32

    /// An error of this operation, with the `errno` of the call that failed.
    public init(_ operation: String, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// Why, in the system's own words.
    public var reason: String { String(cString: strerror(code)) }

    /// Whether nothing is there under that path.
    public var isNotFound: Bool { code == ENOENT || code == ENOTDIR }

    /// One sentence: operation, path, reason.
    public var description: String { "cannot \(operation) \(path): \(reason)" }
}
