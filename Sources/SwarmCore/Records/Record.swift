public import SwarmModel

/// A fact in the journal, and the only thing that changes the state of a ``Swarm``.
///
/// A record says what was decided and with which numbers, so that folding a journal decides nothing
/// again and a newer version recovers an older journal. Facts that are rare and large are kept
/// apart, so that the many small ones are cheap to move.
public enum Record: Hashable, Sendable {
    /// A coordinator took the journal.
    case opened(epoch: UInt64, seed: UInt64)
    /// The topology in force from here on.
    indirect case configured(SwarmPlan)
    /// The coordinator is asked to end.
    case stopping(drain: Bool)
    /// The coordinator ended in order.
    case stopped

    /// A workflow that later runs refer to by digest.
    indirect case workflowRegistered(Digest, Workflow)
    /// A run exists.
    case runSubmitted(RunSubmitted)
    /// A run shall end early: nothing new of it starts, and what runs is asked to stop.
    case runEnding(RunEnding)
    /// A run ended.
    case runFinished(RunFinished)

    /// A fan-out became this many subtasks.
    case subtaskExpanded(SubtaskExpanded)
    /// The retry delay of a subtask has passed.
    case subtaskReady(SubtaskID)
    /// A subtask is on its way to a worker.
    case subtaskDispatched(SubtaskDispatched)
    /// A worker says it took the subtask up.
    case subtaskStarted(SubtaskID, LeaseID, WorkerID)
    /// A subtask returned a result that counts.
    case subtaskSucceeded(SubtaskSucceeded)
    /// An attempt ended otherwise; says what is done about it.
    indirect case attemptEnded(AttemptEnded)
    /// A worker no longer holds a lease that had been revoked while it ran.
    case leaseReleased(LeaseID, WorkerID)
    /// A subtask is left out because something it needs was.
    case subtaskSkipped(SubtaskSkipped)
    /// No worker may take a subtask, for another reason than that all are busy; said once.
    case subtaskBlocked(SubtaskBlocked)
    /// It must be known whether a call happened before its run can be undone; the tool is asked.
    case doubtOpened(SubtaskID)
    /// A subtask waits for a person's decision.
    case questionAsked(QuestionAsked)
    /// A subtask that waited for a decision has it.
    case decided(SubtaskDecided)

    /// A run got a subtask that its workflow does not define.
    indirect case callAdded(CallAdded)
    /// A call that had failed is made again under the same name, and so the same idempotency key.
    case callRenewed(SubtaskID, deadline: Instant?)
    /// A worker asked again for a call that exists already, and gets its result.
    case callClaimed(CallClaimed)
    /// A worker asked for a call that it may not make.
    indirect case callRefused(CallRefused)
    /// A subtask waits for what it delegated: it gives its permits back meanwhile.
    case subtaskParked(SubtaskID, LeaseID, WorkerID)
    /// A subtask goes on, and has its permits again.
    case subtaskUnparked(SubtaskID, LeaseID, WorkerID)

    /// How the effect of a call will be undone, before the call is made.
    case undoRegistered(UndoRegistered)
    /// Nothing of a run runs any more, and what it did is being undone.
    case runUndoing(RunID)
    /// The effect of a call cannot be undone, for its compensation cannot even be called.
    case undoFailed(UndoFailed)
    /// A run could not be undone in full and waits for someone to mend the cause.
    case runParked(RunParked)
    /// Someone wants a parked run undone again, or accepts what it leaves.
    case runResumed(RunResumed)

    /// A circuit breaker moved to another state.
    case breakerMoved(BreakerMoved)
    /// A run, or an agent in it, has spent what it may.
    case budgetExhausted(BudgetExhausted)
    /// A call was the same again, once too often.
    case loopStopped(LoopStopped)

    /// The process of a worker is about to be started.
    case workerLaunching(WorkerID, Incarnation)
    /// The process of a worker runs.
    case workerLaunched(WorkerID, Incarnation, ProcessIdentity)
    /// A worker joined, or joined again.
    case workerReady(WorkerReady)
    /// A worker offers another number of permits.
    case workerCredit(WorkerID, credit: Int)
    /// A worker moved to another phase without a process starting or ending.
    case workerMoved(WorkerID, to: WorkerPhase, reason: String)
    /// A signal is sent to the process group of a worker.
    case workerSignalled(WorkerID, Incarnation, StopSignal)
    /// The process of a worker ended; says what follows.
    case workerExited(WorkerExited)

    /// Something arrived that changes nothing: late, twice, or unknown.
    case ignored(Ignored)
}
