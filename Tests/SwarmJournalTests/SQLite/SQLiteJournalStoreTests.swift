import Foundation
import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
import SwarmModel
import Testing

@Suite("The journal in SQLite")
struct SQLiteJournalStoreTests {
    @Test("What was appended is there after closing and opening", arguments: Durability.allCases)
    func survivesClose(durability: Durability) throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder, durability: durability)
        try store.appendSamples([2, 3, 1])
        let written = try store.batches()
        let head = store.head
        try store.close()
        #expect(!FileManager.default.fileExists(atPath: folder.journal + "-wal"))

        let reopened = try openStore(folder, durability: durability)
        #expect(try reopened.batches() == written)
        #expect(reopened.head == head)
        #expect(reopened.verification.records == 6)
        #expect(reopened.verification.batches == 3)
        try reopened.close()
    }

    @Test("Reading starts at the batch that holds the record asked for")
    func readsFromAnywhere() throws {
        let store = try openStore(TemporaryFolder())
        try store.appendSamples([2, 3, 1])
        #expect(try store.batches(from: 0).map(\.first) == [1, 3, 6])
        #expect(try store.batches(from: 2).map(\.first) == [1, 3, 6])
        #expect(try store.batches(from: 3).map(\.first) == [3, 6])
        #expect(try store.batches(from: 5).map(\.first) == [3, 6])
        #expect(try store.batches(from: 6).map(\.first) == [6])
        #expect(try store.batches(from: 7).isEmpty)
        #expect(try store.batches(from: .max).isEmpty)
        var first: SealedBatch?
        try store.read(from: 1) { batch in
            first = batch
            return false
        }
        #expect(first?.first == 1)
        try store.close()
    }

    @Test("Several batches in one commit chain like batches in commits of their own")
    func groupCommit() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        let memory = MemoryJournalStore(epoch: store.epoch)
        try memory.appendSamples([1, 2, 3])
        try store.append(
            memory.batches().map {
                JournalBatch(
                    first: $0.first,
                    count: Int($0.count),
                    time: $0.time,
                    records: $0.records
                )
            }
        )
        #expect(try store.batches() == memory.batches())
        #expect(try store.verify().head == memory.head)
        try store.close()
    }

    @Test("The epoch rises with every opening and is in each batch")
    func epochs() throws {
        let folder = try TemporaryFolder()
        for expected in 1...3 as ClosedRange<UInt64> {
            let store = try openStore(folder)
            #expect(store.epoch == expected)
            try store.appendSamples([1])
            try store.close()
        }
        let store = try openStore(folder)
        #expect(try store.batches().map(\.epoch) == [1, 2, 3])
        try store.close()
    }

    @Test("A payload is stored once, however often it comes")
    func storesPayloadOnce() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        let payload = [UInt8](repeating: 9, count: 5000)
        let other = [UInt8](repeating: 0, count: 5000)
        try store.append([
            sampleBatch(after: store.head, payloads: [payload, payload]),
            sampleBatch(
                after: JournalHead(next: 2, hash: HashChain.genesis, epoch: 1),
                payloads: [other, payload]
            ),
        ])
        try store.append([sampleBatch(after: store.head, payloads: [payload])])
        let digests = [Digest.sha256(of: payload), Digest.sha256(of: other)]
        #expect(try store.payload(digests[0]) == payload)
        #expect(try store.payload(digests[1]) == other)
        #expect(try store.payload(.sha256(of: [1])) == nil)
        #expect(
            try store.batches().map { String(decoding: $0.payloads, as: UTF8.self) }
                == ["[\"\(digests[0])\"]", "[\"\(digests[1])\"]", "[]"]
        )
        #expect(try store.verify().payloads == 2)
        try store.close()
        let reopened = try openStore(folder)
        #expect(reopened.verification.payloads == 2)
        try reopened.close()
    }

    @Test("A batch that leaves a gap is refused and nothing of the call is kept")
    func refusesGaps() throws {
        let store = try openStore(TemporaryFolder())
        try store.appendSamples([1])
        var gap = sampleBatch(after: store.head)
        gap.first = 7
        let error = #expect(throws: JournalError.self) {
            try store.append([sampleBatch(after: store.head), gap])
        }
        #expect(error?.code == .sequence)
        try store.appendSamples([1])
        #expect(try store.verify().records == 2)
        try store.close()
    }

    @Test("A second coordinator is refused while the first lives, and told its pid")
    func locked() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        let error = #expect(throws: JournalError.self) { try openStore(folder) }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("pid \(getpid())") == true)
        try store.appendSamples([1])
        try store.close()
        try openStore(folder).close()
    }

    @Test("A coordinator whose lock was taken away notices before it writes")
    func overtaken() throws {
        let folder = try TemporaryFolder()
        let first = try openStore(folder)
        try first.appendSamples([1])
        try FileManager.default.removeItem(atPath: folder.journal + "-lock")
        let second = try openStore(folder)
        let error = #expect(throws: JournalError.self) { try first.appendSamples([1]) }
        #expect(error?.code == .overtaken)
        try second.appendSamples([1])
        #expect(try second.verify().records == 2)
        try first.close()
        try second.close()
    }

    @Test("A reader sees what is committed, and the writer goes on meanwhile")
    func readsBesideWriter() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        let payload = [UInt8](repeating: 3, count: 1000)
        try store.append([sampleBatch(after: store.head, count: 2, payloads: [payload])])
        let reader = try SQLiteJournalReader(path: folder.journal)
        var seen: [UInt64] = []
        try reader.read(from: 1) { (batch) throws(JournalError) in
            seen.append(batch.first)
            try store.appendSamples([1])
            return true
        }
        #expect(seen == [1])
        #expect(try reader.verify().records == 3)
        #expect(try reader.payload(.sha256(of: payload)) == payload)
        try store.close()
    }

    @Test("Payloads, and the journal itself, can be read on the way through it")
    func readsInsideReading() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        for number in 0..<3 as Range<UInt8> {
            try store.append([
                sampleBatch(after: store.head, payloads: [[UInt8](repeating: number, count: 300)])
            ])
        }
        let reader = try SQLiteJournalReader(path: folder.journal)
        var seen: [[UInt8]?] = []
        try store.read(from: 1) { (batch) throws(JournalError) in
            for digest in try PayloadList.digests(in: batch) {
                seen.append(try store.payload(digest))
                seen.append(try reader.payload(digest))
            }
            #expect(try store.batches().count == 3)
            return true
        }
        #expect(seen.map(\.?.first) == [0, 0, 1, 1, 2, 2])
        try store.close()
    }

    @Test("A long log is folded in, also while a reader holds an old state")
    func checkpoints() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder, durability: .none)
        let payload = { (number: Int) in
            [UInt8](repeating: 0, count: 1 << 20) + Array("\(number)".utf8)
        }
        let reader = try SQLiteJournalReader(path: folder.journal)
        for number in 0..<20 {
            try store.append([sampleBatch(after: store.head, payloads: [payload(number)])])
        }
        try reader.read(from: 1) { (_) throws(JournalError) in
            for number in 20..<60 {
                try store.append([sampleBatch(after: store.head, payloads: [payload(number)])])
            }
            return false
        }
        for number in 60..<80 {
            try store.append([sampleBatch(after: store.head, payloads: [payload(number)])])
        }
        try store.settle()
        #expect(try store.verify().payloads == 80)
        #expect(try reader.verify().records == 80)
        let size = try #require(
            FileManager.default.attributesOfItem(atPath: folder.journal)[.size] as? Int
        )
        #expect(size > 60 << 20)
        try store.close()
    }

    @Test("A closed store takes nothing more, and closing twice does no harm")
    func closed() throws {
        let store = try openStore(TemporaryFolder())
        try store.close()
        try store.close()
        #expect(throws: JournalError.self) { try store.appendSamples([1]) }
    }

    @Test("The writer thread commits to SQLite in order")
    func throughWriter() throws {
        let folder = try TemporaryFolder()
        let writer = JournalWriter(store: try openStore(folder, durability: .full))
        var builder = JournalBatchBuilder(after: .empty)
        for number in 1...300 as ClosedRange<UInt64> {
            builder.append(.leaseReleased(LeaseID(number), WorkerID(agent: "echo", replica: 1)))
            let finished = builder.finish(at: sampleTime)
            let batch = try #require(finished)
            try writer.submit(batch) { _ in }
        }
        try writer.close()
        let store = try openStore(folder)
        #expect(
            try store.records()
                == (1...300).map {
                    .leaseReleased(LeaseID($0), WorkerID(agent: "echo", replica: 1))
                }
        )
        try store.close()
    }
}
