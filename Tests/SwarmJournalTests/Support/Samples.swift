import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
import SwarmModel

/// A moment that is easy to recognise: 2026-01-02T03:04:05.678901Z.
let sampleTime = Instant(microseconds: 1_767_323_045_678_901)

/// A batch of this many records after a head, with payloads stored beside it.
func sampleBatch(
    after head: JournalHead,
    count: Int = 1,
    payloads: [[UInt8]] = []
) -> JournalBatch {
    var builder = JournalBatchBuilder(after: head)
    for position in 0..<count {
        let number = head.next + UInt64(position)
        builder.append(.leaseReleased(LeaseID(number), WorkerID(agent: "echo", replica: 1)))
    }
    guard var batch = builder.finish(at: sampleTime) else {
        preconditionFailure("a batch needs a record")
    }
    batch.payloads = payloads.map { JournalPayload(digest: .sha256(of: $0), bytes: $0) }
    return batch
}

extension JournalStore {
    /// Appends batches of these sizes, each in a commit of its own.
    func appendSamples(_ counts: [Int]) throws(JournalError) {
        for count in counts { try append([sampleBatch(after: head, count: count)]) }
    }

    /// Every batch from the first.
    func batches(from sequence: UInt64 = 1) throws(JournalError) -> [SealedBatch] {
        var batches: [SealedBatch] = []
        try read(from: sequence) { batch in
            batches.append(batch)
            return true
        }
        return batches
    }

    /// Every record from the first.
    func records() throws(JournalError) -> [Record] {
        var records: [Record] = []
        try read(from: 1) { (batch) throws(JournalError) in
            try RecordDecoder.decode(batch) { _, record in records.append(record) }
            return true
        }
        return records
    }
}

/// Opens a journal as a coordinator would.
func openStore(
    _ folder: TemporaryFolder,
    durability: Durability = .process
) throws(JournalError) -> SQLiteJournalStore {
    try SQLiteJournalStore.open(
        path: folder.journal,
        durability: durability,
        swarm: "sample",
        at: sampleTime
    )
}
