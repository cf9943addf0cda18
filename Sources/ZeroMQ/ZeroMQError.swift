import CZeroMQ
import Glibc

/// Why something asked of ZeroMQ, or of the files around its endpoints, was not done.
public struct ZeroMQError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, for code to switch on.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The name as it stands in logs.
        public var description: String { name }

        /// The endpoint's text is not one this library opens.
        public static let malformedEndpoint = Code("malformed_endpoint")
        /// The endpoint is well formed, but may not be opened without protection it cannot have.
        public static let endpointRefused = Code("endpoint_refused")
        /// The path of an ipc endpoint does not fit in a socket address.
        public static let pathTooLong = Code("path_too_long")
        /// Somebody else serves the endpoint.
        public static let endpointInUse = Code("endpoint_in_use")
        /// Another live process holds the lock.
        public static let lockHeld = Code("lock_held")
        /// The directory belongs to another user or is not a directory.
        public static let unsafeDirectory = Code("unsafe_directory")
        /// libzmq did not take an option; `operation` names it.
        public static let optionRefused = Code("option_refused")
        /// The socket was closed before the call.
        public static let socketClosed = Code("socket_closed")
        /// The context was terminated, so its sockets can only be closed.
        public static let contextTerminated = Code("context_terminated")
        /// Any other refusal by the system; see ``ZeroMQError/errno``.
        public static let system = Code("system")
    }

    /// What went wrong, for code to switch on.
    public var code: Code
    /// The system's error number at the time; 0 when no call was made.
    public var errno: CInt
    /// The call or step that failed, such as `zmq_bind`.
    public var operation: String
    /// The endpoint, path or descriptor it was about.
    public var endpoint: String?
    /// The cause in a few words.
    public var message: String
    /// What to do about it, when we know.
    public var hint: String?

    /// An error with every part given.
    public init(
        _ code: Code,
        errno: CInt = 0,
        operation: String,
        endpoint: String? = nil,
        message: String,
        hint: String? = nil
    ) {
        self.code = code
        self.errno = errno
        self.operation = operation
        self.endpoint = endpoint
        self.message = message
        self.hint = hint
    }

    /// One sentence for a person: where, what and why.
    public var sentence: String {
        var text = endpoint.map { "\($0): " } ?? ""
        text += message
        if errno != 0 { text += " (\(operation), errno \(errno))" }
        return text
    }

    /// The sentence, and the hint when there is one.
    public var description: String {
        hint.map { "\(sentence); \($0)" } ?? sentence
    }

    /// The error that the last libzmq or system call of this thread left in `errno`.
    static func last(_ operation: String, endpoint: String? = nil) -> ZeroMQError {
        let number = zmq_errno()
        let text = unsafe String(cString: zmq_strerror(number))
        let code: Code =
            switch number {
            case etermNumber: .contextTerminated
            case ENOTSOCK: .socketClosed
            case EADDRINUSE: .endpointInUse
            default: .system
            }
        return ZeroMQError(
            code,
            errno: number,
            operation: operation,
            endpoint: endpoint,
            message: text
        )
    }

    /// `ETERM`, which the importer drops because the header computes it.
    static let etermNumber: CInt = 156_384_712 + 53
}
