/// The bounds that every peer may rely on; the specification states the same numbers.
public enum WireLimits {
    /// Frames after the routing id; any other count is a violation.
    public static let frameCount = 3
    /// Bytes of the header frame.
    public static let headerBytes = 16 * 1024
    /// Bytes of the payload frame; larger values travel as files or blobs, by reference.
    public static let payloadBytes = 1024 * 1024
    /// Objects and arrays inside each other in a header, the header itself included.
    public static let headerDepth = 4
    /// Keys of one object of a header that the receiver does not know.
    public static let foreignMembersPerObject = 64
    /// The largest integer of a header: what every JSON reader holds exactly.
    public static let integer: Int64 = 1 << 53
    /// Leases named by one message, and so the most a worker may hold.
    public static let leases = 512
    /// Subtasks a worker may offer to hold at once; a full `resume` then still fits a header.
    public static let credit = leases
    /// PROGRESS messages a subtask may send before the coordinator grants more.
    public static let progressCredit = 32
    /// Capabilities one worker may name.
    public static let capabilities = 128
    /// Bytes of a session id.
    public static let sessionBytes = 64
    /// Bytes of a launch token.
    public static let tokenBytes = 256
    /// Bytes of a subtask's name and of an idempotency key.
    public static let nameBytes = 512
    /// Bytes of a capability's name, of an operation's name, of a version, of a language.
    public static let wordBytes = 64
    /// Bytes of a sentence for people: a reason, a note, an effect.
    public static let sentenceBytes = 1024
    /// Bytes of a failure's message, which may quote another system.
    public static let failureMessageBytes = 4096
    /// Bytes of a failure's details, as JSON text.
    public static let failureDetailsBytes = 4096
    /// Effects listed by one result.
    public static let effects = 64
    /// Calls named by a stack or a chain; of a longer one the innermost are named.
    public static let stack = 16
    /// Bytes of a chain's texts beside which a REPLY still has room for a failure's details.
    static let chainBytesBesideDetails = 3072
    /// Objects and arrays inside each other in a request, its arguments included.
    public static let requestDepth = 65
    /// Calls of one subtask that may be unanswered at a time.
    public static let openCalls = 64
    /// Malformed messages after which the coordinator ends a session.
    public static let violationsPerSession = 10
    /// The shortest and longest beat a coordinator may ask for.
    public static let heartbeat: ClosedRange<Duration> = .milliseconds(50) ... .milliseconds(60_000)
    /// Silent beats after which either side takes the other for gone.
    public static let silentBeats = 5
}
