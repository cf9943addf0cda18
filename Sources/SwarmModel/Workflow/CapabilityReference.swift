/// A capability as a workflow asks for it: by name, or `name@2` for a version that begins so.
public struct CapabilityReference: Hashable, Sendable {
    /// The name of the capability.
    public let name: String
    /// The version that is wanted, whole or its first parts; nil takes any.
    public let version: String?

    /// Splits what a workflow says; whether it is well formed is checked elsewhere.
    public init(_ text: String) {
        guard let at = text.firstIndex(of: "@") else {
            name = text
            version = nil
            return
        }
        name = String(text[..<at])
        version = String(text[text.index(after: at)...])
    }

    /// Whether a contract of this version will do.
    public func accepts(_ offered: String) -> Bool {
        guard let version else { return true }
        return offered == version || offered.hasPrefix(version + ".")
    }
}
