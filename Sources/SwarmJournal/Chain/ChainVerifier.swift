public import SwarmModel

/// What a whole verification found.
public struct JournalVerification: Hashable, Sendable {
    /// How many batches the journal has.
    public var batches: UInt64
    /// How many records they hold.
    public var records: UInt64
    /// How many payloads are stored beside them.
    public var payloads: UInt64
    /// Where the journal ends.
    public var head: JournalHead

    /// The result of a verification.
    public init(batches: UInt64, records: UInt64, payloads: UInt64, head: JournalHead) {
        self.batches = batches
        self.records = records
        self.payloads = payloads
        self.head = head
    }
}

/// Follows the chain of hashes batch by batch, and names the first link that does not hold.
///
/// It finds an edited, missing, repeated or reordered batch. It cannot find that the newest batches
/// were cut off: what is left is a valid, shorter journal. For that, keep ``head`` elsewhere.
public struct ChainVerifier: Sendable {
    /// Where the part that was checked ends.
    public private(set) var head = JournalHead.empty
    /// How many batches were checked.
    public private(set) var batches: UInt64 = 0
    /// How many payloads those batches say they brought.
    public private(set) var payloads: UInt64 = 0

    /// What errors call the journal.
    private let journal: String

    /// Starts at the first batch of a journal, which errors call by this name.
    public init(journal: String = "journal.db") { self.journal = journal }

    /// Checks that a batch follows those checked so far, given its parts as a store holds them.
    ///
    /// - Throws: ``JournalError`` with the code ``JournalError/Code/brokenChain``.
    public mutating func check(
        first: UInt64,
        count: UInt64,
        time: Instant,
        epoch: UInt64,
        previous: Digest,
        hash: Digest,
        records: UnsafeRawBufferPointer,
        payloads: UnsafeRawBufferPointer
    ) throws(JournalError) {
        guard first == head.next else {
            let missing = first > head.next ? "\(head.next) to \(first - 1)" : "\(first)"
            throw broken(
                "after record \(head.next - 1) comes a batch that starts at \(first)",
                "records \(missing) are \(first > head.next ? "missing" : "out of order")"
            )
        }
        guard count > 0, count <= UInt64(Int64.max) - first else {
            throw broken("batch \(first) says it holds \(count) records", "that cannot be")
        }
        let range = count == 1 ? "record \(first)" : "records \(first) to \(first + count - 1)"
        guard previous == head.hash else {
            throw broken(
                "batch \(first) (\(range)) does not follow the batch before it",
                "one of the two was replaced"
            )
        }
        guard epoch >= head.epoch else {
            throw broken(
                "batch \(first) (\(range)) has epoch \(epoch) after epoch \(head.epoch)",
                "it was written by a coordinator that had been replaced"
            )
        }
        let actual = HashChain.hash(
            previous: previous,
            first: first,
            count: count,
            time: time,
            epoch: epoch,
            records: records,
            payloads: payloads
        )
        guard actual == hash else {
            throw broken(
                "batch \(first) (\(range)) does not match its hash",
                "it was changed or damaged after it was written"
            )
        }
        head = JournalHead(next: first + count, hash: hash, epoch: epoch)
        batches += 1
        self.payloads += ChainVerifier.count(payloads)
    }

    /// Checks that a batch follows those checked so far.
    ///
    /// - Throws: ``JournalError`` with the code ``JournalError/Code/brokenChain``.
    public mutating func check(_ batch: SealedBatch) throws(JournalError) {
        let outcome: Result<Void, JournalError> = batch.records.withUnsafeBytes { records in
            batch.payloads.withUnsafeBytes { payloads in
                do throws(JournalError) {
                    try check(
                        first: batch.first,
                        count: batch.count,
                        time: batch.time,
                        epoch: batch.epoch,
                        previous: batch.previous,
                        hash: batch.hash,
                        records: records,
                        payloads: payloads
                    )
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        }
        try outcome.get()
    }

    /// How many digests a list holds: each takes 66 bytes, all but the last a comma.
    private static func count(_ list: UnsafeRawBufferPointer) -> UInt64 {
        UInt64((list.count - 1) / 67)
    }

    private func broken(_ what: String, _ why: String) -> JournalError {
        JournalError(
            .brokenChain,
            "\(journal): \(what): \(why)",
            hint: JournalError.damageHint(from: head.next, in: journal)
        )
    }
}
