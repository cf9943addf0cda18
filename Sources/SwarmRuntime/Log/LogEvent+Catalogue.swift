extension LogEvent {
    /// What the catalogue says about an event.
    struct Definition {
        let level: LogLevel
        let summary: String

        init(_ level: LogLevel, _ summary: String) {
            self.level = level
            self.summary = summary
        }
    }

    var definition: Definition {
        coordinatorDefinition ?? workerDefinition ?? messageDefinition ?? governanceDefinition
            ?? workDefinition
    }

    private var coordinatorDefinition: Definition? {
        switch self {
        case .swarmStarted:
            Definition(.info, "The coordinator is up: it accepts workers and runs.")
        case .swarmRecovered:
            Definition(.info, "The coordinator took up what an earlier one had left unfinished.")
        case .swarmStopping:
            Definition(.info, "The coordinator was asked to end and starts no new subtasks.")
        case .swarmStopped:
            Definition(.info, "The coordinator has ended in order.")
        case .swarmFailed:
            Definition(.error, "The coordinator cannot go on and ends.")
        case .stateDeleted:
            Definition(
                .error,
                "The state directory was deleted or replaced while the coordinator ran; it ends."
            )
        case .topologyLoaded:
            Definition(.info, "The topology and its manifests were read and are in force.")
        case .loopLagged:
            Definition(
                .warn,
                "The coordinator was held up for longer than a beat; silence is not counted."
            )
        case .journalOpened:
            Definition(.info, "The journal is open for writing.")
        case .journalFailed:
            Definition(.error, "A commit failed; nothing it would have recorded took effect.")
        case .logRotated:
            Definition(.debug, "The log file was full and a new one was begun.")
        case .logDropped:
            Definition(.warn, "Lines are missing here: the disk refused them or was too slow.")
        case .libraryLogged:
            Definition(.info, "A library the coordinator uses had something to say.")
        case .controlOpened:
            Definition(.info, "The control interface listens.")
        case .controlClosed:
            Definition(.info, "The control interface no longer listens.")
        default: nil
        }
    }

    private var workerDefinition: Definition? {
        switch self {
        case .workerLaunched: Definition(.info, "The process of a worker was started.")
        case .workerLaunchFailed:
            Definition(
                .error,
                "The process of a worker could not be started, or was not ready in time."
            )
        case .workerAdopted:
            Definition(
                .info,
                "A worker came back with subtasks it still held, and goes on with them."
            )
        case .workerReady:
            Definition(.info, "A worker proved who it is and takes subtasks.")
        case .workerRefused:
            Definition(.warn, "Something that asked to join was turned away.")
        case .workerSuspected:
            Definition(.warn, "A worker is silent: it keeps its subtasks and gets no new ones.")
        case .workerBack:
            Definition(.info, "A worker that was silent speaks again.")
        case .workerLost:
            Definition(.warn, "A worker was silent for too long and its subtasks go to others.")
        case .workerDraining:
            Definition(.info, "A worker was asked to finish what it holds and leave.")
        case .workerDrained:
            Definition(.info, "A worker has finished what it held and left.")
        case .workerSignalled:
            Definition(.info, "A signal was sent to a worker and all it started.")
        case .workerExited: Definition(.info, "The process of a worker has ended.")
        case .workerRestartScheduled:
            Definition(.info, "A worker is started again after a pause.")
        case .workerQuarantined:
            Definition(.error, "A worker failed too often and is not started again by itself.")
        case .workerReleased:
            Definition(.info, "An operator put a worker back into service.")
        case .workerCreditChanged:
            Definition(.debug, "A worker takes another number of subtasks at once.")
        case .workerOutput: Definition(.info, "A worker wrote a line.")
        case .workerOutputDropped:
            Definition(.warn, "A worker wrote more than the log takes; some of it was left out.")
        default: nil
        }
    }

    private var messageDefinition: Definition? {
        switch self {
        case .sessionChallenged:
            Definition(.debug, "A message came from a peer without a session, which was told so.")
        case .protocolViolated:
            Definition(.warn, "A message broke the protocol and was dropped.")
        case .messageUndelivered:
            Definition(.warn, "A message could not be handed to a worker.")
        case .messageIgnored:
            Definition(.debug, "A message changed nothing: it was late, repeated or unknown.")
        case .resultIgnored:
            Definition(.info, "A result changed nothing: its lease was stale, unknown or served.")
        default: nil
        }
    }

    private var governanceDefinition: Definition? {
        switch self {
        case .runUndoing: Definition(.warn, "What a run did is being undone.")
        case .runCompensated:
            Definition(.error, "A run has failed, and everything it did was undone.")
        case .runPartiallyCompensated:
            Definition(.error, "A run has ended without its output; some of what it did stands.")
        case .runParked:
            Definition(.error, "A run could not be undone in full and waits for an operator.")
        case .runResumed: Definition(.info, "An operator had a run undone again.")
        case .runLeft:
            Definition(.error, "An operator accepted what a run leaves, and it has ended.")
        case .subtaskRepaired:
            Definition(.warn, "A result broke its contract; another worker is asked.")
        case .subtaskReplaced:
            Definition(.warn, "A subtask failed; another capability is called in its place.")
        case .subtaskDoubted:
            Definition(.warn, "Nobody knows whether a call happened; its tool is asked.")
        case .subtaskSkipped:
            Definition(.warn, "A subtask is left out; the run goes on without it.")
        case .subtaskBlocked: Definition(.warn, "No worker may take a subtask.")
        case .subtaskYielded:
            Definition(.debug, "One of two attempts at the same subtask gave way.")
        case .subtaskParked:
            Definition(.debug, "A subtask waits for what it delegated; its permit is free.")
        case .subtaskUnparked: Definition(.debug, "A subtask goes on after what it delegated.")
        case .decisionRequested: Definition(.error, "A subtask waits for a person's decision.")
        case .decisionMade: Definition(.info, "A subtask that waited for a decision has it.")
        case .callAdded:
            Definition(.debug, "A run got a subtask that its workflow does not define.")
        case .callClaimed:
            Definition(.debug, "A worker asked again for a call; it gets the one that exists.")
        case .callRefused: Definition(.warn, "A worker asked for a call it may not make.")
        case .callRenewed:
            Definition(.debug, "A call that had failed is made again, as when undoing is resumed.")
        case .undoFailed:
            Definition(.error, "The effect of a subtask could not be undone and stands.")
        case .undoRegistered:
            Definition(.debug, "How a call will be undone was noted before it is made.")
        default: limitDefinition
        }
    }

    private var limitDefinition: Definition? {
        switch self {
        case .breakerOpened:
            Definition(.error, "A circuit breaker opened: no call passes for a while.")
        case .breakerProbed:
            Definition(.info, "A circuit breaker lets a few calls pass to see how they fare.")
        case .breakerClosed: Definition(.info, "A circuit breaker closed: calls pass again.")
        case .breakerForced: Definition(.warn, "An operator keeps a circuit breaker open.")
        case .breakerDisabled: Definition(.info, "A circuit breaker no longer counts.")
        case .budgetExhausted:
            Definition(.error, "A run, or an agent in it, has spent what it may.")
        case .loopStopped: Definition(.error, "A call was the same again, once too often.")
        default: nil
        }
    }

    private var workDefinition: Definition {
        switch self {
        case .runSubmitted: Definition(.info, "A run was accepted.")
        case .runRejected: Definition(.warn, "A run was not accepted.")
        case .runEnding:
            Definition(.info, "A run shall end early: nothing new of it starts.")
        case .runSucceeded: Definition(.info, "A run has ended and has its output.")
        case .runFailed: Definition(.error, "A run has ended without its output.")
        case .runCancelled: Definition(.info, "A run was cancelled.")
        case .subtaskExpanded:
            Definition(.debug, "A list became subtasks, one for each element.")
        case .subtaskReady:
            Definition(.debug, "A subtask has all it depends on and waits for a worker.")
        case .subtaskDispatched: Definition(.debug, "A subtask was handed to a worker.")
        case .subtaskStarted: Definition(.debug, "A worker took a subtask up.")
        case .subtaskSucceeded: Definition(.debug, "A subtask returned a result that counts.")
        case .subtaskFailed: Definition(.warn, "A subtask failed for good.")
        case .subtaskRetried: Definition(.warn, "An attempt failed; another one follows.")
        case .subtaskReassigned:
            Definition(.warn, "A subtask that had not begun goes to another worker.")
        case .subtaskTimedOut: Definition(.warn, "An attempt took longer than it may.")
        case .subtaskCancelled: Definition(.debug, "A subtask ended because its run does.")
        case .leaseReleased:
            Definition(.debug, "A worker let go of a subtask it no longer had a right to.")
        default: preconditionFailure("the catalogue says nothing about \(rawValue)")
        }
    }
}
