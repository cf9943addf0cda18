import FoundationEssentials
import SwarmModel

/// A configuration file as it was read: its text's meaning, and where each part of it stands.
struct SourceFile {
    /// The path as diagnostics write it.
    var displayPath: String
    /// The folder the file is in, absolute.
    var directory: String
    /// The bytes, for digests.
    var bytes: [UInt8]
    /// The document as written.
    var document: JSONDocument
    /// The document's value; in a topology, with variables replaced.
    var value: JSON

    /// Reads and parses a file.
    ///
    /// - Returns: the file, or the one diagnostic that says why there is none.
    static func read(_ path: FilePath) -> Result<SourceFile, DiagnosticError> {
        guard let data = FileManager.default.contents(atPath: path.absolute) else {
            return .failure(DiagnosticError(unreadable(path)))
        }
        let bytes = [UInt8](data)
        do throws(JSONSyntaxError) {
            let document = try JSONDocument(parsing: bytes)
            return .success(
                SourceFile(
                    displayPath: path.display,
                    directory: path.directory,
                    bytes: bytes,
                    document: document,
                    value: document.value
                )
            )
        } catch {
            return .failure(
                DiagnosticError(
                    Diagnostic(
                        .error,
                        .syntax,
                        file: path.display,
                        position: error.position,
                        path: .root,
                        message: error.message
                    )
                )
            )
        }
    }

    private static func unreadable(_ path: FilePath) -> Diagnostic {
        let reason: String
        let hint: String
        if path.isDirectory {
            reason = "\(path.display) is a folder, not a file"
            hint = "name the file inside it"
        } else if path.exists {
            reason = "\(path.display) cannot be read"
            hint = "check its permissions"
        } else {
            reason = "there is no file \(path.display)"
            hint = "check the path, or create the file"
        }
        return Diagnostic(
            .error,
            .unreadableFile,
            file: path.display,
            position: nil,
            path: .root,
            message: reason,
            suggestion: path.exists
                ? nil : Suggestion.nearest(to: path.name, among: path.siblings),
            hint: hint
        )
    }

    /// Where a value stands or, when it is not there, what is around it.
    func position(of path: JSONPath) -> JSONPosition { document.nearestPosition(of: path) }

    /// Where the key of a member stands.
    func keyPosition(of path: JSONPath) -> JSONPosition {
        document.keyPosition(of: path) ?? document.nearestPosition(of: path)
    }
}

/// One diagnostic, where Swift asks for an error.
struct DiagnosticError: Error {
    var diagnostic: Diagnostic

    init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
}
