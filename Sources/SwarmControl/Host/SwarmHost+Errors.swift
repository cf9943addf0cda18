import Glibc
import SwarmJournal
import SwarmModel
import SwarmRuntime
import ZeroMQ

extension SwarmHost {
    /// What an error means for the operator.
    static func explain(_ error: any Error, folder: StateFolder) -> ErrorDocument {
        switch error {
        case let document as ErrorDocument: return document
        case let journal as JournalError:
            let code: ErrorDocument.Code =
                switch journal.code {
                case .locked: .conflict
                case .notWritable: .denied
                case .full, .inputOutput: .internal
                default: .badConfiguration
                }
            return ErrorDocument(code, journal.message, hint: journal.hint)
        case let log as LogFileError:
            return explainSystem(log.errno, log.message, folder.path)
                ?? ErrorDocument(.internal, log.message, hint: log.hint)
        default:
            return explainSocket(error)
                ?? ErrorDocument(
                    .internal,
                    "\(error)",
                    hint: "state directory: \(folder.path)"
                )
        }
    }

    /// What the system's refusal means; nil when the number says nothing in particular.
    private static func explainSystem(
        _ number: Int32,
        _ message: String,
        _ path: String
    ) -> ErrorDocument? {
        switch number {
        case EROFS, EACCES, EPERM:
            ErrorDocument(
                .denied,
                message,
                hint: "the state directory must be writable by this user; choose another one with "
                    + "--state-dir"
            )
        case ENOSPC, EDQUOT:
            ErrorDocument(
                .internal,
                "no space is left for \(path): \(message)",
                hint: "free space there, or choose another state directory with --state-dir"
            )
        default: nil
        }
    }

    /// What an error of the socket layer means for the operator; nil for any other error.
    static func explainSocket(_ error: any Error) -> ErrorDocument? {
        guard let error = error as? ZeroMQError else { return nil }
        let path = error.endpoint ?? "the state directory"
        if let document = explainSystem(error.errno, error.sentence, path) { return document }
        return ErrorDocument(
            error.code == .lockHeld ? .conflict : .badConfiguration,
            error.sentence,
            hint: error.hint
        )
    }
}
