/// Every kind of event the coordinator logs: a closed catalogue, each named `noun.past_tense`.
///
/// Operators filter and alert on these names, so they are part of the interface: a name is never
/// used for something else, and one that is given up is not used again. `docs/events.md` is
/// generated from this type and a test holds the two equal.
public enum LogEvent: String, Hashable, Sendable, CaseIterable {
    // The coordinator.
    case swarmStarted = "swarm.started"
    case swarmRecovered = "swarm.recovered"
    case swarmStopping = "swarm.stop_requested"
    case swarmStopped = "swarm.stopped"
    case swarmFailed = "swarm.failed"
    case stateDeleted = "state.deleted"
    case topologyLoaded = "topology.loaded"
    case loopLagged = "loop.lagged"

    // The journal and the log itself.
    case journalOpened = "journal.opened"
    case journalFailed = "journal.failed"
    case logRotated = "log.rotated"
    case logDropped = "log.dropped"
    case libraryLogged = "library.logged"

    // Worker processes.
    case workerLaunched = "worker.launched"
    case workerLaunchFailed = "worker.launch_failed"
    case workerAdopted = "worker.adopted"
    case workerReady = "worker.joined"
    case workerRefused = "worker.refused"
    case workerSuspected = "worker.suspected"
    case workerBack = "worker.returned"
    case workerLost = "worker.lost"
    case workerDraining = "worker.drain_requested"
    case workerDrained = "worker.drained"
    case workerSignalled = "worker.signalled"
    case workerExited = "worker.exited"
    case workerRestartScheduled = "worker.restart_scheduled"
    case workerQuarantined = "worker.quarantined"
    case workerReleased = "worker.released"
    case workerCreditChanged = "worker.credit_changed"
    case workerOutput = "worker.output"
    case workerOutputDropped = "worker.output_dropped"

    // Sessions and messages.
    case sessionChallenged = "session.challenged"
    case protocolViolated = "protocol.violated"
    case messageUndelivered = "message.undelivered"
    case messageIgnored = "message.ignored"
    case resultIgnored = "result.ignored"

    // Runs.
    case runSubmitted = "run.submitted"
    case runRejected = "run.rejected"
    case runEnding = "run.end_requested"
    case runSucceeded = "run.succeeded"
    case runFailed = "run.failed"
    case runCancelled = "run.cancelled"
    case runUndoing = "run.undo_started"
    case runCompensated = "run.compensated"
    case runPartiallyCompensated = "run.partly_compensated"
    case runParked = "run.undo_failed"
    case runResumed = "run.resumed"
    case runLeft = "run.remains_accepted"

    // Subtasks.
    case subtaskExpanded = "subtask.expanded"
    case subtaskReady = "subtask.released"
    case subtaskDispatched = "subtask.dispatched"
    case subtaskStarted = "subtask.started"
    case subtaskSucceeded = "subtask.succeeded"
    case subtaskFailed = "subtask.failed"
    case subtaskRetried = "subtask.retried"
    case subtaskReassigned = "subtask.reassigned"
    case subtaskTimedOut = "subtask.timed_out"
    case subtaskCancelled = "subtask.cancelled"
    case subtaskRepaired = "subtask.repaired"
    case subtaskReplaced = "subtask.replaced"
    case subtaskDoubted = "subtask.doubted"
    case subtaskSkipped = "subtask.skipped"
    case subtaskBlocked = "subtask.blocked"
    case subtaskYielded = "subtask.hedge_ended"
    case subtaskParked = "subtask.parked"
    case subtaskUnparked = "subtask.unparked"
    case leaseReleased = "lease.released"

    // Decisions, delegated calls, undoing.
    case decisionRequested = "decision.requested"
    case decisionMade = "decision.recorded"
    case callAdded = "call.added"
    case callRenewed = "call.renewed"
    case callClaimed = "call.claimed"
    case callRefused = "call.refused"
    case undoRegistered = "undo.registered"
    case undoFailed = "undo.failed"

    // Limits.
    case breakerOpened = "breaker.opened"
    case breakerProbed = "breaker.half_opened"
    case breakerClosed = "breaker.closed"
    case breakerForced = "breaker.forced"
    case breakerDisabled = "breaker.disabled"
    case budgetExhausted = "budget.exhausted"
    case loopStopped = "repetition.stopped"

    // The control interface.
    case controlOpened = "control.opened"
    case controlClosed = "control.closed"

    /// What the event concerns: the part of its name before the dot.
    public var noun: Substring { rawValue.prefix { $0 != "." } }

    /// The level it is logged at unless the occasion asks for another.
    public var level: LogLevel { definition.level }

    /// One sentence: what happened when this is logged.
    public var summary: String { definition.summary }
}
