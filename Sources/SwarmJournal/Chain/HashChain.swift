public import SwarmModel

/// How each batch of a journal vouches for the one before.
///
/// The hash of a batch is the SHA-256 of, in this order and without anything between:
///
/// 1. the 16 bytes `swarm.journal.1` and a zero byte,
/// 2. the hash of the batch before, 32 bytes; 32 zero bytes for the first batch,
/// 3. six integers of 8 bytes each, big-endian: the first sequence number, the number of records,
///    the time in microseconds, the coordinator's epoch, the length of `records` and the length of
///    `payloads` in bytes,
/// 4. the bytes of `records`,
/// 5. the bytes of `payloads`, which list the digests of what was first stored with the batch; so
///    the stored payloads are covered too.
public enum HashChain {
    /// The hash that the first batch of every journal names as the one before it.
    public static let genesis = Digest(words: (0, 0, 0, 0))

    /// What every hash starts with, so that it can never be mistaken for a hash of something else.
    private static let domain: StaticString = "swarm.journal.1\0"

    /// The hash of a batch with these contents.
    public static func hash(
        previous: Digest,
        first: UInt64,
        count: UInt64,
        time: Instant,
        epoch: UInt64,
        records: UnsafeRawBufferPointer,
        payloads: UnsafeRawBufferPointer
    ) -> Digest {
        var hash = ContentHash()
        hash.update(
            UnsafeRawBufferPointer(start: domain.utf8Start, count: domain.utf8CodeUnitCount)
        )
        hash.update(previous)
        let header = (
            first.bigEndian, count.bigEndian, time.microseconds.bigEndian, epoch.bigEndian,
            UInt64(records.count).bigEndian, UInt64(payloads.count).bigEndian
        )
        withUnsafeBytes(of: header) { hash.update($0) }
        hash.update(records)
        hash.update(payloads)
        return hash.finish()
    }

    /// The text of the `payloads` column: a JSON array of digests in hexadecimal.
    public static func list(_ digests: [Digest]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(2 + digests.count * 67)
        text.append(UInt8(ascii: "["))
        for (index, digest) in digests.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "\""))
            digest.withHexadecimal { text.append(contentsOf: $0) }
            text.append(UInt8(ascii: "\""))
        }
        text.append(UInt8(ascii: "]"))
        return text
    }
}

extension JournalBatch {
    /// The batch at its place in a chain.
    ///
    /// - Parameters:
    ///   - head: Where the chain ends so far.
    ///   - epoch: The epoch of the coordinator that writes.
    ///   - stored: The digests of the payloads that this batch brings and the journal did not have.
    /// - Returns: What a store keeps.
    public func sealed(
        after head: JournalHead,
        epoch: UInt64,
        storing stored: [Digest]
    ) -> SealedBatch {
        let list = HashChain.list(stored)
        let hash = records.withUnsafeBytes { records in
            list.withUnsafeBytes { list in
                HashChain.hash(
                    previous: head.hash,
                    first: first,
                    count: UInt64(count),
                    time: time,
                    epoch: epoch,
                    records: records,
                    payloads: list
                )
            }
        }
        return SealedBatch(
            first: first,
            count: UInt64(count),
            time: time,
            epoch: epoch,
            previous: head.hash,
            hash: hash,
            records: records,
            payloads: list
        )
    }

    /// Makes sure that batches go on where the journal ends, one after the other.
    ///
    /// - Throws: ``JournalError`` with the code ``JournalError/Code/sequence``.
    public static func checkPlaces(
        of batches: [JournalBatch],
        after head: JournalHead
    ) throws(JournalError) {
        var next = head.next
        for batch in batches {
            guard batch.count > 0, batch.first == next else {
                throw JournalError(
                    .sequence,
                    "a batch of \(batch.count) records from \(batch.first) cannot follow: the "
                        + "journal goes on at \(next)",
                    hint: "this is a fault of the coordinator; restart it, and report it"
                )
            }
            next += UInt64(batch.count)
        }
    }
}
