public import SwarmCore
public import SwarmJournal
public import SwarmModel

/// The state a journal leads to, and where it ends.
public struct JournalRecovery: Sendable {
    /// The state after the last record.
    public var swarm: Swarm
    /// The moment of the last batch; nil for an empty journal.
    public var lastMoment: Instant?
    /// How many records were folded.
    public var records: Int

    /// Folds a journal from its first record.
    ///
    /// - Parameters:
    ///   - store: The journal, already verified.
    ///   - seen: Called for each batch, so that read models are rebuilt in the same pass.
    /// - Throws: `JournalError` for what cannot be read.
    public init(
        folding store: any JournalStore,
        seen: (CommittedBatch) -> Void
    ) throws(JournalError) {
        var swarm = Swarm()
        var last: Instant?
        var count = 0
        try store.read(from: 1) { batch throws(JournalError) in
            var records: [Record] = []
            records.reserveCapacity(Int(batch.count))
            try RecordDecoder.decode(batch) { _, record throws(JournalError) in
                swarm.apply(record, at: batch.time)
                records.append(record)
            }
            seen(CommittedBatch(first: batch.first, time: batch.time, records: records))
            last = batch.time
            count += records.count
            return true
        }
        var missing: JournalError?
        swarm.supplyPayloads { digest in
            do throws(JournalError) {
                if let bytes = try store.payload(digest) { return bytes }
                missing = JournalError(
                    .brokenPayload,
                    "payload \(digest) is not in the journal",
                    hint: "restore the journal from a copy"
                )
            } catch {
                missing = error
            }
            return []
        }
        if let missing { throw missing }
        self.swarm = swarm
        lastMoment = last
        records = count
    }
}
