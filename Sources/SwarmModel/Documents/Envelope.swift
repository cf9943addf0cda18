/// What `--json` prints: a document, the name of its schema, and when it was made.
///
/// The HTTP API carries the version in its paths and sends the bare document; a file or a pipe has
/// no path, so the command line wraps it.
public struct Envelope<Document: Codable & Sendable>: Codable, Sendable {
    /// Which document this is and in which version, such as `swarm.ps/v1`.
    public var schema: String
    /// When the document was made: RFC 3339, UTC, milliseconds.
    public var time: String
    /// The document.
    public var data: Document

    /// Wraps `data` as version 1 of the document called `name`.
    public init(_ name: String, at now: Instant, data: Document) {
        schema = "swarm.\(name)/v1"
        time = now.rfc3339
        self.data = data
    }
}
