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
        coordinatorDefinition ?? workerDefinition ?? messageDefinition ?? workDefinition
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
            Definition(.info, "An operator put a quarantined worker back.")
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
