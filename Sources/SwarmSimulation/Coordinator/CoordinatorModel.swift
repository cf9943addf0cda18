import SwarmCore
import SwarmJournal
import SwarmModel

/// The simulated shell around the core: what `Coordinator` is to real sockets and processes.
///
/// It keeps the one rule: effects run when the records of their step are durable.
struct CoordinatorModel {
    /// The conversation with one worker.
    struct Session {
        enum State { case greeted, ready, draining, closed }
        enum Silence { case none, suspected, vanished }

        var process: Int32
        var connection: Int32
        var number: UInt64
        var state: State
        var lastHeard: Int64
        var silence = Silence.none
        var heartbeat: Int64
        var tolerance: Int64
    }

    /// Records and effects of one turn that wait for their commit.
    struct Pending {
        var effects: [Effect]
        var records: [Record]
        var time: Instant
        var batch: JournalBatch?
        var isSubmitted = false
    }

    /// Something said to it that no turn has taken up yet.
    struct Heard {
        var process: Int32
        var connection: Int32
        var word: WorkerWord
    }

    var swarm = Swarm()
    /// Which life this is, from 1.
    var life: Int32 = 0
    var isUp = false
    /// Whether it ended in order.
    var isHalted = false
    var isFrozen = false
    var step = Step()
    /// Whether the step holds what no commit waits for yet.
    var moment: Instant?
    var builder = JournalBatchBuilder(after: .empty)
    var pending: [Pending] = []
    var inbox: [Heard] = []
    var hasTurn = false
    var sessions: [Session?]
    var lastSession: UInt64 = 0
    /// The process of each worker this life watches.
    var watched: [Int32]
    var coreWake: Int64?
    var wakeNumber: Int32 = 0
    var livenessInterval: Int64 = 0
    var livenessDue: Int64 = 0
    /// What the coordinator's clock shows more than virtual time does.
    var clockOffset: Int64 = 0
    var usesOtherPlan = false

    init(workers: Int) {
        sessions = Array(repeating: nil, count: workers)
        watched = Array(repeating: -1, count: workers)
    }

    /// What a crash leaves: nothing.
    mutating func forget() {
        isUp = false
        isFrozen = false
        swarm = Swarm()
        step.removeAll()
        moment = nil
        pending.removeAll()
        inbox.removeAll()
        hasTurn = false
        for worker in sessions.indices {
            sessions[worker] = nil
            watched[worker] = -1
        }
        coreWake = nil
        livenessInterval = 0
    }
}

/// The journal on its disk.
struct StoreModel {
    /// Batches that are durable.
    var batches: [SealedBatch] = []
    /// The state that follows from the first batches, each read once: they never change.
    private var folded = (swarm: Swarm(), batches: 0)
    var payloads: [Digest: [UInt8]] = [:]
    var hash = HistoryHash()
    var next: UInt64 = 1
    var lastMoment: Instant?
    /// Whether a transaction is being written.
    var isWriting = false
    var isFull = false

    var isIdle: Bool { !isWriting }

    /// Adds a batch; from here on no crash takes it away.
    mutating func add(_ batch: JournalBatch, epoch: UInt64) {
        for payload in batch.payloads { payloads[payload.digest] = payload.bytes }
        hash.add(batch.time.microseconds)
        hash.add(batch.records)
        next += UInt64(batch.count)
        lastMoment = batch.time
        batches.append(
            SealedBatch(
                first: batch.first,
                count: UInt64(batch.count),
                time: batch.time,
                epoch: epoch,
                previous: HashChain.genesis,
                hash: HashChain.genesis,
                records: batch.records,
                payloads: []
            )
        )
    }

    /// Folds the journal as a restart does, through its real encoding.
    mutating func fold(leavingOut count: Int = 0) throws -> Swarm {
        let wanted = batches.count - count
        if folded.batches > wanted { folded = (Swarm(), 0) }
        for batch in batches[folded.batches..<wanted] {
            try RecordDecoder.decode(batch) { _, record in
                folded.swarm.apply(record, at: batch.time)
            }
        }
        folded.batches = wanted
        return folded.swarm
    }
}
