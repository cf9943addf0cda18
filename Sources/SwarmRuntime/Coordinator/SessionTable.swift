import SwarmModel
import SwarmWire
import ZeroMQ

/// One connection of a worker that has said HELLO.
struct Session {
    let routing: RoutingID
    let worker: WorkerID
    /// The core's name for it.
    let number: UInt64
    /// The worker's name for it.
    let id: SessionID
    let minor: Int
    let heartbeat: Duration
    /// How long it may be silent before it counts as lost.
    let tolerance: Duration
    var state = SessionState.greeted
    /// Monotonic nanoseconds.
    var lastHeard: UInt64
    var silence = Silence.none
    var violations = 0
    /// What it asked for and has no answer to yet.
    var calls = OpenCalls()
    /// Accepted results not yet acknowledged, kept to be told in one message.
    var acknowledgements: [LeaseID] = []

    /// What the core was last told about its silence.
    enum Silence { case none, suspected, vanished }
}

/// The sessions, at most one for each worker; everything else that connects stays a stranger.
struct SessionTable {
    private(set) var slots: [Session?] = []
    private var byRouting: [RoutingID: Int] = [:]
    private var byWorker: [WorkerID: Int] = [:]
    private var free: [Int] = []

    func slot(of routing: RoutingID) -> Int? { byRouting[routing] }

    func slot(of worker: WorkerID) -> Int? { byWorker[worker] }

    subscript(slot: Int) -> Session {
        get {
            guard let session = slots[slot] else {
                preconditionFailure("session slot \(slot) is empty")
            }
            return session
        }
        _modify {
            guard var session = slots[slot] else {
                preconditionFailure("session slot \(slot) is empty")
            }
            slots[slot] = nil
            yield &session
            slots[slot] = session
        }
    }

    /// Opens a session, in place of an earlier one of the same worker.
    mutating func open(_ session: Session) {
        if let old = byWorker[session.worker] { close(old) }
        if let old = byRouting[session.routing] { close(old) }
        let slot = free.popLast() ?? slots.count
        if slot == slots.count { slots.append(session) } else { slots[slot] = session }
        byRouting[session.routing] = slot
        byWorker[session.worker] = slot
    }

    mutating func close(_ slot: Int) {
        guard let session = slots[slot] else { return }
        if byRouting[session.routing] == slot { byRouting[session.routing] = nil }
        if byWorker[session.worker] == slot { byWorker[session.worker] = nil }
        slots[slot] = nil
        free.append(slot)
    }
}
