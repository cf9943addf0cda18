import SwarmJournal
import SwarmModel
import Testing

@Suite("The journal in memory")
struct MemoryJournalStoreTests {
    @Test("What was appended is read back from any record on")
    func readsBack() throws {
        let store = MemoryJournalStore()
        try store.appendSamples([2, 3, 1])
        #expect(try store.batches().map(\.first) == [1, 3, 6])
        #expect(try store.batches(from: 2).map(\.first) == [1, 3, 6])
        #expect(try store.batches(from: 5).map(\.first) == [3, 6])
        #expect(try store.batches(from: 7).isEmpty)
        #expect(try store.records().count == 6)
    }

    @Test("A payload is kept once, with the batch that first brought it")
    func storesOnce() throws {
        let store = MemoryJournalStore()
        let payload = [UInt8](repeating: 7, count: 300)
        try store.append([sampleBatch(after: store.head, payloads: [payload, payload])])
        try store.append([sampleBatch(after: store.head, payloads: [payload])])
        let digest = Digest.sha256(of: payload)
        #expect(try store.payload(digest) == payload)
        #expect(
            try store.batches().map(\.payloads) == [Array("[\"\(digest)\"]".utf8), [0x5b, 0x5d]]
        )
        #expect(try store.verify().payloads == 1)
    }

    @Test("A batch that leaves a gap is refused, and so is the whole call")
    func refusesGaps() throws {
        let store = MemoryJournalStore()
        var second = sampleBatch(after: JournalHead(next: 2, hash: HashChain.genesis, epoch: 1))
        second.first = 3
        let error = #expect(throws: JournalError.self) {
            try store.append([sampleBatch(after: store.head), second])
        }
        #expect(error?.code == .sequence)
        #expect(store.head == .empty)
    }

    @Test("A closed store takes nothing more")
    func closed() throws {
        let store = MemoryJournalStore()
        try store.close()
        let error = #expect(throws: JournalError.self) { try store.appendSamples([1]) }
        #expect(error?.code == .closed)
    }
}
