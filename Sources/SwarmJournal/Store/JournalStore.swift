public import SwarmModel

/// Where batches are kept: appended in order, never changed.
///
/// A store is used by one thread at a time: at start by whoever folds the journal, from then on by
/// its ``JournalWriter``. Calls block until they are done.
public protocol JournalStore: Sendable {
    /// The epoch of the coordinator that opened the store; rises with every opening.
    var epoch: UInt64 { get }

    /// Where the journal ends.
    var head: JournalHead { get }

    /// Commits all of these batches in one transaction, as durably as the store was opened for.
    ///
    /// - Throws: ``JournalError``; nothing of the call is in the journal then, or nobody knows
    ///   (``JournalError/Code/inputOutput``), and the store must not be written again.
    func append(_ batches: [JournalBatch]) throws(JournalError)

    /// Calls `body` with each batch that holds a record numbered `sequence` or later, in order,
    /// until it returns false.
    func read(
        from sequence: UInt64,
        _ body: (SealedBatch) throws(JournalError) -> Bool
    ) throws(JournalError)

    /// The bytes of a stored payload; nil when the journal has none with this digest.
    func payload(_ digest: Digest) throws(JournalError) -> [UInt8]?

    /// Checks the whole chain and every payload.
    ///
    /// - Throws: ``JournalError`` naming the first batch or payload that is not what it was.
    func verify() throws(JournalError) -> JournalVerification

    /// Puts things in order while there is nothing to write.
    func settle() throws(JournalError)

    /// Ends the use of the store and releases it for others.
    func close() throws(JournalError)
}
