import SwarmCore
import SwarmModel

/// What a worker says, at the level of the messages the shell turns into inputs.
enum WorkerWord {
    case hello(credit: Int, resume: [UInt64])
    case beat
    case started(UInt64)
    case result(UInt64, Report)
    case returned(UInt64)
    case delegate(UInt64, DelegateRequest)
    case bye

    /// How a handler ended.
    enum Report {
        case succeeded([UInt8])
        case failed(Failure)
        /// It returned what its contract does not allow.
        case invalid
        case cancelled
    }
}

/// What the coordinator says.
enum CoordinatorWord {
    case welcome(heartbeat: Int64, adopt: [UInt64])
    case refuse
    case task(Dispatch)
    case go(UInt64)
    case cancel(UInt64)
    case acknowledged(UInt64)
    case drain(within: Int64)
    case beatAnswer
    case reply(CallReference, CallAnswer)
    /// The session is not known; the worker must greet again.
    case unknown
}

/// Something that will happen.
enum SimulationEvent {
    case toCoordinator(process: Int32, connection: Int32, WorkerWord)
    case toWorker(process: Int32, connection: Int32, CoordinatorWord)

    // The coordinator.
    case turn(life: Int32)
    case committed(life: Int32)
    case wake(life: Int32, number: Int32)
    case liveness(life: Int32)
    case beginCoordinator
    case resumeCoordinator(life: Int32)
    case exitSeen(process: Int32)

    // Processes and handlers.
    case processBegins(process: Int32)
    case handlerActs(process: Int32, handler: Int32)
    case handlerEnds(process: Int32, handler: Int32)
    case handlerCalls(process: Int32, handler: Int32)
    case beat(process: Int32, connection: Int32)
    case reconnect(process: Int32)
    case orphaned(process: Int32)
    case drainEnds(process: Int32)
    case die(process: Int32, ExitStatus)
    case resume(process: Int32)

    // From outside.
    case submit(Int32)
    case cancelRun(UInt64)
    case fault
    case calm
    case attend
    case mendLink(process: Int32)
}
