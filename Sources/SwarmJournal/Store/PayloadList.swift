public import SwarmModel

/// Reads the list of payloads that a batch brought.
public enum PayloadList {
    /// The digests a batch lists.
    ///
    /// - Throws: ``JournalError`` when the list is not a JSON array of digests.
    public static func digests(in batch: SealedBatch) throws(JournalError) -> [Digest] {
        func malformed() -> JournalError {
            JournalError(
                .malformedRecord,
                "batch \(batch.first) has no proper list of payloads",
                hint: JournalError.damageHint(from: batch.first)
            )
        }
        guard batch.payloads.count > 2 else { return [] }
        let json: JSON
        do { json = try JSON(parsing: batch.payloads) } catch { throw malformed() }
        guard case .array(let elements) = json else { throw malformed() }
        var digests: [Digest] = []
        for element in elements {
            guard case .string(let text) = element, let digest = Digest(hexadecimal: text) else {
                throw malformed()
            }
            digests.append(digest)
        }
        return digests
    }
}
