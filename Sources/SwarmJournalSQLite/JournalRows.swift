import GRDB
import GRDBSQLite
import SwarmJournal
import SwarmModel

/// Reading of the tables, the same for the one who writes and for those who only read.
enum JournalRows {
    static func read(
        from sequence: UInt64,
        in database: Database,
        path: String,
        _ body: (SealedBatch) throws(JournalError) -> Bool
    ) throws {
        let select = try PreparedStatement(
            JournalSchema.selectBatches,
            in: database,
            path: path,
            isShared: false
        )
        defer { select.reset() }
        select.bind(Int64(clamping: sequence), at: 1)
        while try select.step() {
            let first = select.integer(0)
            let count = select.integer(1)
            guard first > 0, count > 0, let previous = select.digest(4),
                let hash = select.digest(5)
            else { throw malformed(first, path) }
            let batch = SealedBatch(
                first: UInt64(first),
                count: UInt64(count),
                time: Instant(microseconds: select.integer(2)),
                epoch: UInt64(bitPattern: select.integer(3)),
                previous: previous,
                hash: hash,
                records: Array(select.bytes(6)),
                payloads: Array(select.bytes(7))
            )
            guard batch.sequences.upperBound > sequence else { continue }
            guard try body(batch) else { return }
        }
    }

    static func payload(_ digest: Digest, in database: Database, path: String) throws -> [UInt8]? {
        let select = try PreparedStatement(JournalSchema.selectPayload, in: database, path: path)
        defer { select.reset() }
        return try digest.withHexadecimal { text in
            select.bind(text: text, at: 1)
            return try select.step() ? Array(select.bytes(0)) : nil
        }
    }

    /// Follows the chain, then hashes every payload; copies neither.
    static func verify(in database: Database, path: String) throws -> JournalVerification {
        var verifier = ChainVerifier(journal: path)
        let select = try PreparedStatement(
            JournalSchema.selectBatches,
            in: database,
            path: path,
            isShared: false
        )
        defer { select.reset() }
        select.bind(Int64(0), at: 1)
        while try select.step() {
            let first = select.integer(0)
            let count = select.integer(1)
            guard first > 0, count > 0, let previous = select.digest(4),
                let hash = select.digest(5)
            else { throw malformed(first, path) }
            let list = select.bytes(7)
            try verifier.check(
                first: UInt64(first),
                count: UInt64(count),
                time: Instant(microseconds: select.integer(2)),
                epoch: UInt64(bitPattern: select.integer(3)),
                previous: previous,
                hash: hash,
                records: select.bytes(6),
                payloads: list
            )
            if list.count > 2 { try checkPayloads(of: first, list, in: database, path: path) }
        }
        let stored = try UInt64.fetchOne(database, sql: "SELECT count(*) FROM payloads") ?? 0
        guard stored == verifier.payloads else {
            throw JournalError(
                .brokenPayload,
                "\(path) holds \(stored) payloads where its batches brought \(verifier.payloads)",
                hint: JournalError.damageHint(from: verifier.head.next, in: path)
            )
        }
        return JournalVerification(
            batches: verifier.batches,
            records: verifier.head.next - 1,
            payloads: verifier.payloads,
            head: verifier.head
        )
    }

    private static func checkPayloads(
        of first: Int64,
        _ list: UnsafeRawBufferPointer,
        in database: Database,
        path: String
    ) throws {
        let select = try PreparedStatement(JournalSchema.selectPayload, in: database, path: path)
        // ["…64 digits…","…"]: each digest starts 67 bytes after the one before.
        for start in stride(from: 2, to: list.count - 64, by: 67) {
            let text = UnsafeRawBufferPointer(rebasing: list[start..<(start + 64)])
            defer { select.reset() }
            select.bind(text: text, at: 1)
            let isIntact =
                try select.step()
                && Digest.sha256(of: select.bytes(0)).withHexadecimal { $0.elementsEqual(text) }
            guard isIntact else {
                throw JournalError(
                    .brokenPayload,
                    "\(path): payload \(String(decoding: text, as: UTF8.self)), stored with batch \(first), "
                        + "is missing, changed or damaged",
                    hint: JournalError.damageHint(from: UInt64(first), in: path)
                )
            }
        }
    }

    private static func malformed(_ first: Int64, _ path: String) -> JournalError {
        JournalError(
            .damaged,
            "batch \(first) of \(path) has values no batch can have",
            hint: JournalError.damageHint(from: UInt64(max(first, 0)), in: path)
        )
    }
}
