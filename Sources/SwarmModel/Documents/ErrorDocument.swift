/// Why a request was not carried out, for a program and for a person.
///
/// Sent by the HTTP API as `{"error":{…}}` and printed by the command line, which ends with `exit`.
public struct ErrorDocument: Error, Codable, Hashable, Sendable {
    /// What programs key on; stable across versions.
    public var code: Code
    /// What happened, where, and what was expected instead.
    public var message: String
    /// What to do next, if there is something to do.
    public var hint: String?
    /// The exit status of the command line for this error.
    public var exit: Int32

    /// The closed list of codes.
    ///
    /// Messages may change; these do not.
    public enum Code: String, Codable, Hashable, Sendable, CaseIterable {
        /// The request is malformed: not JSON, a missing or unknown member, a wrong type.
        case badRequest = "E_BAD_REQUEST"
        /// The workflow, or its input, is not valid.
        case badInput = "E_BAD_INPUT"
        /// The topology, a manifest or a workflow file is not valid.
        case badConfiguration = "E_BAD_CONFIG"
        /// No such run, workflow, worker, capability or path.
        case notFound = "E_NOT_FOUND"
        /// The path exists and does not take this method.
        case methodNotAllowed = "E_METHOD_NOT_ALLOWED"
        /// The request conflicts with the state of what it names, such as a run already ended.
        case conflict = "E_CONFLICT"
        /// The body or a payload is over its limit.
        case tooLarge = "E_TOO_LARGE"
        /// No live agent offers the capability.
        case noCapableAgent = "E_NO_CAPABLE_AGENT"
        /// The circuit breaker of the workflow is open: too many of its runs have failed.
        case breakerOpen = "E_BREAKER_OPEN"
        /// The coordinator is shutting down and takes no new work.
        case stopping = "E_STOPPING"
        /// Nobody answers on the control socket.
        case unreachable = "E_UNREACHABLE"
        /// The wait ended first; the work goes on.
        case timedOut = "E_TIMED_OUT"
        /// Refused by the operating system or by a policy.
        case denied = "E_DENIED"
        /// A fault of the coordinator itself.
        case `internal` = "E_INTERNAL"
    }

    /// An error; `exit` follows from the code unless given.
    public init(_ code: Code, _ message: String, hint: String? = nil, exit: Int32? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.exit = exit ?? code.exit
    }
}

extension ErrorDocument.Code {
    /// The exit status that goes with the code when nothing more specific is known.
    public var exit: Int32 {
        switch self {
        case .badRequest, .badInput, .notFound, .methodNotAllowed, .conflict, .tooLarge:
            CommandExit.badInput
        case .badConfiguration: CommandExit.badConfiguration
        case .noCapableAgent, .breakerOpen, .stopping, .unreachable: CommandExit.unavailable
        case .timedOut: CommandExit.stillRunning
        case .denied: CommandExit.denied
        case .internal: CommandExit.unexpected
        }
    }

    /// The HTTP status that goes with the code.
    public var httpStatus: Int {
        switch self {
        case .badRequest: 400
        case .denied: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .tooLarge: 413
        case .badInput, .badConfiguration: 422
        case .internal: 500
        case .noCapableAgent, .breakerOpen, .stopping, .unreachable: 503
        case .timedOut: 504
        }
    }
}

/// The body of every response that is not a success.
public struct ErrorResponse: Codable, Hashable, Sendable {
    /// What went wrong.
    public var error: ErrorDocument

    /// Wraps an error for the wire.
    public init(_ error: ErrorDocument) { self.error = error }
}

/// The exit statuses of the command line; part of its interface.
public enum CommandExit {
    /// Done.
    public static let done: Int32 = 0
    /// A fault of Swarm itself, or one it has no word for.
    public static let unexpected: Int32 = 1
    /// The run failed.
    public static let runFailed: Int32 = 10
    /// The run failed, and what it did was undone, or what of it can be.
    public static let runCompensated: Int32 = 11
    /// The run failed, and undoing what it did failed too.
    public static let compensationFailed: Int32 = 12
    /// The run was cancelled.
    public static let runCancelled: Int32 = 13
    /// The run's deadline passed, or its budget was used up.
    public static let runLimitReached: Int32 = 14
    /// The run was stopped because it repeated itself.
    public static let runLoopStopped: Int32 = 15
    /// The run waits for a person, and the command was told not to.
    public static let waitingForPerson: Int32 = 16
    /// The command line was misused.
    public static let usage: Int32 = 64
    /// The input was not valid.
    public static let badInput: Int32 = 65
    /// No coordinator answers, or no agent can do the work.
    public static let unavailable: Int32 = 69
    /// The wait ended first; the work goes on.
    public static let stillRunning: Int32 = 75
    /// Refused.
    public static let denied: Int32 = 77
    /// The configuration is not valid.
    public static let badConfiguration: Int32 = 78
    /// Interrupted by the user.
    public static let interrupted: Int32 = 130
}
