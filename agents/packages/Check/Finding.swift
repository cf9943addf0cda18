/// One path that is not as its package left it.
struct Finding: Hashable, Sendable, Codable {
    /// Which list a finding belongs to.
    enum Kind: Sendable {
        /// Something else is there: other content, or not a regular file.
        case changed
        /// Nothing is there.
        case missing
        /// Nobody could look: the system refused.
        case unreadable
    }

    /// Where the file lies, after diversions; bytes that are no text are written `\xNN`.
    var path: String
    /// What `dpkg --verify` prints in front of the path: nine places, or `missing`.
    var verify: String
    /// Whether the package declares it as configuration, which is there to be changed.
    var conffile: Bool?
    /// What is wrong, in a few words.
    var reason: String
}
