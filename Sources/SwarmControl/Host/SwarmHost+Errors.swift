import SwarmModel
import ZeroMQ

extension SwarmHost {
    /// What an error of the socket layer means for the operator; nil for any other error.
    static func explainSocket(_ error: any Error) -> ErrorDocument? {
        guard let error = error as? ZeroMQError else { return nil }
        return ErrorDocument(
            error.code == .lockHeld ? .conflict : .badConfiguration,
            error.sentence,
            hint: error.hint
        )
    }
}
