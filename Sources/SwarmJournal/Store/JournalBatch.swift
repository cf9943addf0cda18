public import SwarmModel

/// Records that are committed together, as the coordinator hands them to the journal.
///
/// Usually everything one turn of the coordinator decided. ``JournalBatchBuilder`` makes them.
public struct JournalBatch: Hashable, Sendable {
    /// The sequence number of the first record; the others follow without a gap.
    public var first: UInt64
    /// How many records there are, at least 1.
    public var count: Int
    /// The moment all of them were decided at.
    public var time: Instant
    /// A JSON array of ``count`` objects, UTF-8.
    public var records: [UInt8]
    /// The large payloads that the records name; those the journal already has are left out by it.
    public var payloads: [JournalPayload]

    /// A batch of records that are already encoded.
    public init(
        first: UInt64,
        count: Int,
        time: Instant,
        records: [UInt8],
        payloads: [JournalPayload] = []
    ) {
        self.first = first
        self.count = count
        self.time = time
        self.records = records
        self.payloads = payloads
    }

    /// The sequence numbers of its records.
    public var sequences: Range<UInt64> { first..<(first + UInt64(count)) }
}

/// A payload to be stored by its digest.
public struct JournalPayload: Hashable, Sendable {
    /// The SHA-256 of ``bytes``.
    public var digest: Digest
    /// What is stored.
    public var bytes: [UInt8]

    /// Bytes whose digest is known already.
    public init(digest: Digest, bytes: [UInt8]) {
        self.digest = digest
        self.bytes = bytes
    }
}

/// A batch as it stands in the journal: with its place in the chain of hashes.
public struct SealedBatch: Hashable, Sendable {
    /// The sequence number of the first record.
    public var first: UInt64
    /// How many records there are.
    public var count: UInt64
    /// The moment all of them were decided at.
    public var time: Instant
    /// The epoch of the coordinator that wrote it.
    public var epoch: UInt64
    /// The hash of the batch before; ``HashChain/genesis`` for the first.
    public var previous: Digest
    /// The hash over everything in this batch and ``previous``.
    public var hash: Digest
    /// A JSON array of ``count`` objects, UTF-8.
    public var records: [UInt8]
    /// A JSON array of the digests of the payloads first stored with this batch, in hexadecimal.
    public var payloads: [UInt8]

    /// A batch read from a store; ``hash`` is taken at its word, ``ChainVerifier`` checks it.
    public init(
        first: UInt64,
        count: UInt64,
        time: Instant,
        epoch: UInt64,
        previous: Digest,
        hash: Digest,
        records: [UInt8],
        payloads: [UInt8]
    ) {
        self.first = first
        self.count = count
        self.time = time
        self.epoch = epoch
        self.previous = previous
        self.hash = hash
        self.records = records
        self.payloads = payloads
    }

    /// The sequence numbers of its records.
    public var sequences: Range<UInt64> { first..<(first + count) }
}

/// Where a journal ends.
public struct JournalHead: Hashable, Sendable {
    /// The sequence number the next record will have; 1 in an empty journal.
    public var next: UInt64
    /// The hash of the last batch; ``HashChain/genesis`` in an empty journal.
    ///
    /// Kept elsewhere, it is what shows later that the tail of a journal was cut off.
    public var hash: Digest
    /// The epoch of the coordinator that wrote the last batch; 0 in an empty journal.
    public var epoch: UInt64

    /// An end of a journal.
    public init(next: UInt64, hash: Digest, epoch: UInt64) {
        self.next = next
        self.hash = hash
        self.epoch = epoch
    }

    /// The end of a journal with nothing in it.
    public static let empty = JournalHead(next: 1, hash: HashChain.genesis, epoch: 0)
}
