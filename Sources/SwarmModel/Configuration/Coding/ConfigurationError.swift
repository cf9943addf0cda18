/// The first thing that is wrong with the JSON of a configuration value.
///
/// Files are checked by `SwarmConfig`, which reports everything with positions; this error speaks
/// about JSON that reaches a coordinator otherwise, such as a journaled plan.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the offending value.
    public var path: JSONPath
    /// What was expected there.
    public var reason: String

    /// A mistake at a path.
    public init(path: JSONPath, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// The path, then what was expected there.
    public var description: String { path == .root ? reason : "\(path): \(reason)" }
}
