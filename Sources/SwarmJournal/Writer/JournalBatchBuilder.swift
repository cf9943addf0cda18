public import SwarmCore
public import SwarmModel

/// Gathers the records of one turn into a batch and counts their sequence numbers.
public struct JournalBatchBuilder: Sendable {
    /// The sequence number the next record will have.
    public private(set) var next: UInt64
    private var encoder = RecordEncoder()

    /// Goes on where a journal ends.
    public init(after head: JournalHead) { next = head.next }

    /// How many records were gathered since the last batch.
    public var count: Int { encoder.count }

    /// How many bytes they take.
    public var byteCount: Int { encoder.byteCount }

    /// Adds a record to the batch.
    ///
    /// - Returns: Its sequence number.
    @discardableResult
    public mutating func append(_ record: Record) -> UInt64 {
        encoder.append(record)
        next += 1
        return next - 1
    }

    /// The batch of everything gathered, all decided at this moment; nil when there is nothing.
    public mutating func finish(at time: Instant) -> JournalBatch? {
        let count = encoder.count
        guard count > 0 else { return nil }
        let (records, payloads) = encoder.finish()
        return JournalBatch(
            first: next - UInt64(count),
            count: count,
            time: time,
            records: records,
            payloads: payloads
        )
    }
}
