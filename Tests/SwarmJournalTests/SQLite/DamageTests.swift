import Foundation
import GRDB
import SwarmJournal
import SwarmJournalSQLite
import SwarmModel
import Testing

@Suite("Damage to the journal file")
struct DamageTests {
    /// A closed journal of batches of 2, 3, 1 and 4 records; the first two brought a payload each.
    private func journal() throws -> (folder: TemporaryFolder, batches: [SealedBatch]) {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        for (count, payload) in [(2, 1), (3, 2), (1, 1), (4, 2)] as [(Int, UInt8)] {
            try store.append([
                sampleBatch(
                    after: store.head,
                    count: count,
                    payloads: [[UInt8](repeating: payload, count: 1000)]
                )
            ])
        }
        let batches = try store.batches()
        try store.close()
        return (folder, batches)
    }

    private func execute(_ sql: String, on folder: TemporaryFolder) throws {
        let queue = try DatabaseQueue(path: folder.journal)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test(
        "A changed, missing or added row of any table keeps the journal from opening",
        arguments: [
            ("UPDATE batches SET time = time + 1 WHERE first = 3", "batch 3 (records 3 to 5)"),
            ("UPDATE batches SET epoch = 9 WHERE first = 6", "batch 6 (record 6)"),
            ("UPDATE batches SET count = 2 WHERE first = 3", "batch 3 (records 3 to 4)"),
            ("UPDATE batches SET hash = zeroblob(32) WHERE first = 3", "batch 3 (records 3 to 5)"),
            ("UPDATE batches SET hash = x'00' WHERE first = 3", "batch 3"),
            ("UPDATE batches SET previous = zeroblob(32) WHERE first = 3", "batch 3"),
            (
                "UPDATE batches SET records = replace(records, 'L4', 'L5') WHERE first = 3",
                "batch 3 (records 3 to 5)"
            ),
            ("UPDATE batches SET payloads = '[]' WHERE first = 1", "batch 1 (records 1 to 2)"),
            ("DELETE FROM batches WHERE first = 3", "records 3 to 5 are missing"),
            ("DELETE FROM batches WHERE first = 1", "records 1 to 2 are missing"),
            ("UPDATE batches SET first = 30 WHERE first = 3", "records 3 to 5 are missing"),
            ("UPDATE batches SET first = -4 WHERE first = 6", "batch -4"),
            (
                """
                UPDATE batches SET first = -first WHERE first IN (6, 7);
                UPDATE batches SET first = 6, count = 4 WHERE first = -7;
                UPDATE batches SET first = 10, count = 1 WHERE first = -6
                """, "batch 6 (records 6 to 9) does not follow"
            ),
            ("UPDATE payloads SET bytes = x'00'", "missing, changed or damaged"),
            ("UPDATE payloads SET digest = 'x' WHERE rowid = 1", "stored with batch 1"),
            ("DELETE FROM payloads WHERE rowid = 2", "stored with batch 3"),
            (
                "INSERT INTO payloads (digest, size, bytes) VALUES ('x', 1, x'00')",
                "holds 3 payloads where its batches brought 2"
            ),
            ("UPDATE meta SET value = '0' WHERE key = 'epoch'", "table meta"),
            ("UPDATE meta SET value = 'other' WHERE key = 'swarm'", "table meta"),
            ("DELETE FROM meta WHERE key = 'created_us'", "table meta"),
        ]
    )
    func editedRow(sql: String, finding: String) throws {
        let (folder, _) = try journal()
        try execute(sql, on: folder)
        let error = #expect(throws: JournalError.self) { try openStore(folder) }
        #expect(error?.message.contains(finding) == true, "\(error?.message ?? "")")
        #expect(error?.hint.contains("restore") == true)
        // The refused opening left the lock free and the file as it was.
        let again = #expect(throws: JournalError.self) { try openStore(folder) }
        #expect(again == error)
    }

    @Test("What precedes the damage can still be queried as the error's hint says")
    func hintWorks() throws {
        let (folder, _) = try journal()
        try execute("UPDATE batches SET records = 'x' || records WHERE first = 6", on: folder)
        let error = try #require(throws: JournalError.self) { try openStore(folder) }
        let start = try #require(error.hint.range(of: "SELECT")?.lowerBound)
        let sql = error.hint[start...].dropLast()
        let queue = try DatabaseQueue(path: folder.journal)
        let sequences = try queue.read { try Int.fetchAll($0, sql: String(sql)) }
        #expect(sequences == [1, 2, 3, 4, 5])
    }

    @Test("A flipped bit anywhere in the file is found, or changes nothing that was recorded")
    func flippedBits() throws {
        let (folder, batches) = try journal()
        let intact = try Data(contentsOf: URL(fileURLWithPath: folder.journal))
        var generator = SplitMix(seed: 7)
        var found = 0
        for _ in 0..<200 {
            var damaged = intact
            let offset = Int.random(in: 0..<intact.count, using: &generator)
            damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            let copy = try TemporaryFolder()
            try damaged.write(to: URL(fileURLWithPath: copy.journal))
            do {
                let store = try openStore(copy)
                #expect(try store.batches() == batches, "offset \(offset)")
                for digest in [1, 2].map({ Digest.sha256(of: Array(repeating: $0, count: 1000)) }) {
                    #expect(try store.payload(digest)?.count == 1000, "offset \(offset)")
                }
                try store.close()
            } catch {
                found += 1
            }
        }
        #expect(found > 5)
    }

    @Test("A flipped bit in the text of any record or payload is found")
    func flippedContents() throws {
        let (folder, _) = try journal()
        let intact = try Data(contentsOf: URL(fileURLWithPath: folder.journal))
        let places = [
            Data(#"{"type":"lease_released","worker":"echo-1","lease":"L5"}"#.utf8),
            Data(repeating: 1, count: 1000), Data(repeating: 2, count: 1000),
        ]
        for place in places {
            let range = try #require(intact.range(of: place))
            for offset in [range.lowerBound, range.lowerBound + 20, range.upperBound - 1] {
                var damaged = intact
                damaged[offset] ^= 4
                let copy = try TemporaryFolder()
                try damaged.write(to: URL(fileURLWithPath: copy.journal))
                let error = #expect(throws: JournalError.self) { try openStore(copy) }
                #expect([.brokenChain, .brokenPayload].contains(error?.code))
            }
        }
    }

    @Test("A cut tail opens as a shorter journal: only a head kept elsewhere shows it")
    func cutTail() throws {
        let (folder, batches) = try journal()
        try execute("DELETE FROM batches WHERE first = 7", on: folder)
        let store = try openStore(folder)
        #expect(store.head.hash == batches[2].hash)
        #expect(store.head.hash != batches[3].hash)
        try store.close()
    }

    @Test(
        "A log torn at any length opens with a prefix of what was committed",
        arguments: [Durability.full, .process]
    )
    func tornLog(durability: Durability) throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder, durability: durability)
        var sizes: [Int] = []
        for count in [1, 3, 2, 5, 1, 4, 2, 2] {
            try store.append([
                sampleBatch(
                    after: store.head,
                    count: count,
                    payloads: [[UInt8](repeating: UInt8(count), count: 20_000)]
                )
            ])
            sizes.append(count)
        }
        let batches = try store.batches()
        let copy = try TemporaryFolder()
        try folder.copyJournal(to: copy)
        let log = try Data(contentsOf: URL(fileURLWithPath: copy.journal + "-wal"))
        let used = try #require(log.lastIndex { $0 != 0 })
        var generator = SplitMix(seed: 11)
        var lengths: Set<Int> = []
        for _ in 0..<60 {
            let torn = try TemporaryFolder()
            try folder.copyJournal(to: torn)
            let length = Int.random(in: 0...used, using: &generator)
            try log.prefix(length).write(to: URL(fileURLWithPath: torn.journal + "-wal"))
            do {
                let store = try openStore(torn)
                let kept = try store.batches()
                #expect(kept == Array(batches.prefix(kept.count)), "length \(length)")
                lengths.insert(kept.count)
                try store.close()
            } catch {
                // So little was left that not even the tables were there.
                #expect(error.code == .notAJournal || length < 150_000, "\(length): \(error)")
            }
        }
        #expect(lengths.count > 3)
        try store.close()
    }

    @Test("Garbage, an empty folder entry and a foreign database are told apart from a journal")
    func foreignFiles() throws {
        let garbage = try TemporaryFolder()
        try Data(repeating: 0x41, count: 9000).write(to: URL(fileURLWithPath: garbage.journal))
        #expect(throws: JournalError.self) { try openStore(garbage) }
        let error = #expect(throws: JournalError.self) { try openStore(garbage) }
        #expect(error?.code == .notAJournal)

        let foreign = try TemporaryFolder()
        try execute("CREATE TABLE songs (title TEXT)", on: foreign)
        let refusal = #expect(throws: JournalError.self) { try openStore(foreign) }
        #expect(refusal?.code == .notAJournal)
        #expect(refusal?.message.contains("application id is 0") == true)
        #expect(throws: JournalError.self) { try SQLiteJournalReader(path: foreign.journal) }

        let empty = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: empty.journal))
        try openStore(empty).close()
    }

    @Test("A journal with a newer schema is refused with a word on what to start")
    func newerSchema() throws {
        let (folder, _) = try journal()
        try execute("PRAGMA user_version = 2", on: folder)
        let error = #expect(throws: JournalError.self) { try openStore(folder) }
        #expect(error?.code == .newerSchema)
        #expect(error?.message.contains("schema version 2") == true)
        let reading = #expect(throws: JournalError.self) {
            try SQLiteJournalReader(path: folder.journal)
        }
        #expect(reading?.code == .newerSchema)
    }
}
