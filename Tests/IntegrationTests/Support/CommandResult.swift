import SwarmModel
import Testing

/// What a command did.
struct CommandResult {
    let command: String
    let status: Int32
    let output: String
    let errors: String

    /// The document it printed, without its envelope.
    var data: JSON {
        get throws { try #require(document["data"], "\(self)") }
    }

    /// The error document it printed.
    var error: JSON {
        get throws { try #require(document["error"], "\(self)") }
    }

    /// Everything it printed, as JSON.
    var document: JSON {
        get throws {
            do { return try JSON(parsing: Array(output.utf8)) } catch {
                throw NotADocument(description: "\(error)\n\(self)")
            }
        }
    }
}

/// Output that should have been one JSON document.
struct NotADocument: Error, CustomStringConvertible {
    let description: String
}

extension CommandResult: CustomStringConvertible {
    var description: String {
        "$ swarm \(command)\n\(output)\(errors)[exit \(status)]"
    }
}
