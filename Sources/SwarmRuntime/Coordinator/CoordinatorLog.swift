public import SwarmCore
public import SwarmModel

/// Records as they became durable.
public struct CommittedBatch: Sendable {
    /// The journal position of the first record.
    public let first: UInt64
    /// The moment all of them carry.
    public let time: Instant
    /// The records.
    public let records: [Record]

    /// A committed batch.
    public init(first: UInt64, time: Instant, records: [Record]) {
        self.first = first
        self.time = time
        self.records = records
    }
}

/// Something worth a line in the log that is no record: it changes no state.
public enum CoordinatorNotice: Sendable {
    /// A peer broke the protocol.
    case violation(worker: WorkerID?, code: String, message: String)
    /// A peer without a session was told to say HELLO.
    case challenged(verb: String)
    /// HELLO was refused before the core heard of it.
    case refused(instance: String, code: String, reason: String)
    /// A worker broke the protocol so often that its process is ended.
    case expelled(WorkerID, violations: Int)
    /// So many more complaints of a kind were not told one by one.
    case suppressed(Complaint, count: Int, over: Duration)
    /// The state directory was deleted or replaced; the coordinator ends at once.
    case stateFolderVanished
    /// The coordinator itself did not run for so long that silence of workers means nothing.
    case overslept(Duration)
    /// The process of a worker ended, with the last it wrote to its standard error.
    case processEnded(WorkerID, Incarnation, ExitStatus, stderr: [UInt8])
    /// A message could not be handed to the socket.
    case undeliverable(WorkerID, verb: String, reason: String)
    /// The journal could not be written; nothing is acknowledged any more.
    case journalFailed(reason: String, hint: String)
    /// Progress a worker reported.
    case progress(WorkerID, LeaseID, done: Int64?, total: Int64?, note: String?)
}

/// Who hears of everything the coordinator did; called on its thread, so it must only take note.
public protocol CoordinatorObserver: Sendable {
    /// Records became durable.
    func committed(_ batch: CommittedBatch)
    /// Something else happened.
    func noticed(_ notice: CoordinatorNotice, at time: Instant)
}
