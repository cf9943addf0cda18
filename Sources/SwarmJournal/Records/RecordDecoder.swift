public import SwarmCore
import SwarmModel

/// Reads the records of a batch back.
public enum RecordDecoder {
    /// How deep the objects of a record may be nested: a workflow or plan of the greatest depth a
    /// document may have, inside a record, inside the array.
    private static let depthLimit = 80

    /// Calls `body` with every record of a batch and its sequence number, in order.
    ///
    /// A payload that lives in a table of its own comes as digest and size, without its bytes.
    ///
    /// - Throws: ``JournalError`` with the code ``JournalError/Code/unknownRecord`` or
    ///   ``JournalError/Code/malformedRecord``, naming the record.
    public static func decode(
        _ batch: SealedBatch,
        _ body: (UInt64, Record) throws(JournalError) -> Void
    ) throws(JournalError) {
        var sequence = batch.first
        do {
            try batch.records.withUnsafeBytes { bytes in
                var reader = JSONReader(bytes, depthLimit: depthLimit)
                try reader.beginArray()
                while try reader.nextElement() {
                    try body(sequence, try record(&reader))
                    sequence += 1
                }
                try reader.finish()
            }
        } catch let error as JournalError {
            throw error
        } catch {
            throw explain(error, in: sequence)
        }
        guard sequence == batch.sequences.upperBound else {
            throw JournalError(
                .malformedRecord,
                "batch \(batch.first) says it holds \(batch.count) records and holds "
                    + "\(sequence - batch.first)",
                hint: JournalError.damageHint(from: batch.first)
            )
        }
    }

    /// Reads one record, an object alone.
    ///
    /// - Throws: ``JournalError`` as ``decode(_:_:)``, naming the record by `sequence`.
    public static func decode(
        _ json: [UInt8],
        sequence: UInt64 = 0
    ) throws(JournalError) -> Record {
        do {
            return try json.withUnsafeBytes { bytes in
                var reader = JSONReader(bytes, depthLimit: depthLimit)
                let record = try record(&reader)
                try reader.finish()
                return record
            }
        } catch {
            throw explain(error, in: sequence)
        }
    }

    private static func record(_ reader: inout JSONReader) throws -> Record {
        try reader.beginObject()
        guard let key = try reader.nextKey(), key == "type" else {
            throw MalformedValue("\"type\" as the first key", found: "another")
        }
        let type = try reader.readText()
        var fields = RecordFields()
        while let key = try reader.nextKey() { try fields.read(key, from: &reader) }
        guard let record = try fields.record(of: type) else {
            throw UnknownType(name: type.string)
        }
        return record
    }

    private static func explain(_ error: any Error, in sequence: UInt64) -> JournalError {
        switch error {
        case let unknown as UnknownType:
            JournalError(
                .unknownRecord,
                "record \(sequence) is of the unknown type \"\(unknown.name)\"",
                hint: newerHint
            )
        case let unknown as UnknownKey:
            JournalError(
                .unknownRecord,
                "record \(sequence) has the unknown key \"\(unknown.name)\"",
                hint: newerHint
            )
        case let value as MalformedValue:
            JournalError(
                .malformedRecord,
                "record \(sequence): expected \(value.expected), found \(value.found)",
                hint: JournalError.damageHint(from: sequence)
            )
        case let missing as MissingKey:
            JournalError(
                .malformedRecord,
                "record \(sequence) lacks \"\(missing.name)\"",
                hint: JournalError.damageHint(from: sequence)
            )
        default:
            JournalError(
                .malformedRecord,
                "record \(sequence) cannot be read: \(error)",
                hint: JournalError.damageHint(from: sequence)
            )
        }
    }

    private static let newerHint =
        "a newer version of Swarm wrote this journal; start that version, or one that follows it"
}

/// A type of record that this version does not know.
private struct UnknownType: Error {
    let name: String
}

/// A key that a record of its type must have.
struct MissingKey: Error {
    let name: StaticString
}
