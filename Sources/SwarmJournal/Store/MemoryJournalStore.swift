import Synchronization
public import SwarmModel

/// A journal that ends with the process: for tests, and for workloads that need no history.
public final class MemoryJournalStore: JournalStore {
    fileprivate struct Contents {
        var batches: [SealedBatch] = []
        var payloads: [Digest: [UInt8]] = [:]
        var head = JournalHead.empty
        var isClosed = false
    }

    private let contents = Mutex(Contents())
    /// The epoch given at the start.
    public let epoch: UInt64

    /// An empty journal.
    public init(epoch: UInt64 = 1) { self.epoch = epoch }

    /// Where the journal ends.
    public var head: JournalHead { contents.withLock { $0.head } }

    /// Appends all of these batches, or none when one of them does not follow.
    public func append(_ batches: [JournalBatch]) throws(JournalError) {
        let outcome: Result<Void, JournalError> = contents.withLock { contents in
            do throws(JournalError) {
                guard !contents.isClosed else { throw JournalError.closed }
                try JournalBatch.checkPlaces(of: batches, after: contents.head)
                for batch in batches { contents.append(batch, epoch: epoch) }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Calls `body` with each batch that holds a record numbered `sequence` or later.
    public func read(
        from sequence: UInt64,
        _ body: (SealedBatch) throws(JournalError) -> Bool
    ) throws(JournalError) {
        for batch in contents.withLock({ $0.batches }) where batch.sequences.upperBound > sequence {
            guard try body(batch) else { return }
        }
    }

    /// The bytes of a stored payload.
    public func payload(_ digest: Digest) throws(JournalError) -> [UInt8]? {
        contents.withLock { $0.payloads[digest] }
    }

    /// Checks the whole chain and every payload.
    public func verify() throws(JournalError) -> JournalVerification {
        let (batches, payloads) = contents.withLock { ($0.batches, $0.payloads) }
        var verifier = ChainVerifier()
        for batch in batches { try verifier.check(batch) }
        for batch in batches {
            for digest in try PayloadList.digests(in: batch) {
                guard let bytes = payloads[digest], Digest.sha256(of: bytes) == digest else {
                    throw JournalError(
                        .brokenPayload,
                        "payload \(digest) of batch \(batch.first) is not intact",
                        hint: JournalError.damageHint(from: batch.first)
                    )
                }
            }
        }
        return JournalVerification(
            batches: verifier.batches,
            records: verifier.head.next - 1,
            payloads: verifier.payloads,
            head: verifier.head
        )
    }

    /// Does nothing: there is nothing to put in order.
    public func settle() throws(JournalError) {}

    /// Refuses later appends; what is in memory can still be read.
    public func close() throws(JournalError) { contents.withLock { $0.isClosed = true } }
}

extension MemoryJournalStore.Contents {
    fileprivate mutating func append(_ batch: JournalBatch, epoch: UInt64) {
        var stored: [Digest] = []
        for payload in batch.payloads where payloads[payload.digest] == nil {
            payloads[payload.digest] = payload.bytes
            stored.append(payload.digest)
        }
        let sealed = batch.sealed(after: head, epoch: epoch, storing: stored)
        batches.append(sealed)
        head = JournalHead(next: sealed.sequences.upperBound, hash: sealed.hash, epoch: epoch)
    }
}
