/// A kind of trouble, as somebody names it who asks what it would do to a swarm.
public struct UserFault: Hashable, Sendable {
    /// What a fault happens to.
    enum Concern { case calls, messages, processes, coordinator }

    /// The name, such as `crash-coordinator`.
    public let name: String
    /// What happens, in a few words.
    public let summary: String
    let kind: FaultKind
    let concerns: Concern

    private init(_ name: String, _ kind: FaultKind, _ concerns: Concern, _ summary: String) {
        self.name = name
        self.kind = kind
        self.concerns = concerns
        self.summary = summary
    }

    /// Every kind, in the order in which they are listed.
    public static let all: [UserFault] = [
        UserFault("errors", .fail, .calls, "a call reports a failure that may pass"),
        UserFault("hang", .hang, .calls, "a call never ends"),
        UserFault("slow", .slow, .calls, "a call takes fifty times as long"),
        UserFault("bad-output", .invalid, .calls, "a call returns what its contract forbids"),
        UserFault("quit", .quit, .calls, "a worker exits with 0 in the midst of a call"),
        UserFault("refusals", .refuse, .calls, "a call reports a failure that will not pass"),
        UserFault("kill", .kill, .processes, "a worker is killed"),
        UserFault("stop", .stop, .processes, "a worker stands still for up to 20 s"),
        UserFault("slow-start", .slowstart, .processes, "a worker is slow to say that it is there"),
        UserFault("crash-loop", .crashloop, .processes, "a worker ends soon after it began"),
        UserFault("disconnect", .disconnect, .processes, "a connection breaks"),
        UserFault("cut-link", .partition, .processes, "one direction of a connection is cut"),
        UserFault("lose-messages", .loss, .messages, "a message is lost without a trace"),
        UserFault("delay-messages", .delay, .messages, "a message takes a thousand times as long"),
        UserFault("repeat-messages", .twice, .messages, "a message comes twice"),
        UserFault("crash-coordinator", .crash, .coordinator, "the coordinator is killed"),
        UserFault("freeze-coordinator", .freeze, .coordinator, "the coordinator stands still"),
        UserFault("disk", .disk, .coordinator, "the journal cannot be written"),
        UserFault("slow-disk", .stall, .coordinator, "a commit takes a hundred times as long"),
        UserFault("cancel", .cancel, .coordinator, "an operator cancels a run"),
    ]

    /// What `all` stands for: everything that a swarm should bear.
    ///
    /// Runs that are refused for good or cancelled do not succeed, whatever a policy says, so
    /// `refusals` and `cancel` must be asked for by name.
    public static let bearable = all.filter { $0.name != "refusals" && $0.name != "cancel" }

    /// The fault of this name; the names that seeds use are understood as well.
    public static func named(_ name: String) -> UserFault? {
        all.first { $0.name == name } ?? all.first { $0.kind.rawValue == name }
    }
}
