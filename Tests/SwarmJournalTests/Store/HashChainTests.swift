import SwarmJournal
import SwarmModel
import Testing

@Suite("The chain of hashes")
struct HashChainTests {
    /// Computed with Python's hashlib and struct, from the definition in docs/journal.md.
    @Test("A batch has the hash that the written definition gives")
    func knownHash() {
        let batch = JournalBatch(
            first: 1,
            count: 1,
            time: Instant(microseconds: 1_767_323_045_678_901),
            records: Array(#"[{"type":"stopped"}]"#.utf8)
        )
        let sealed = batch.sealed(after: .empty, epoch: 7, storing: [])
        #expect(sealed.previous.description == String(repeating: "0", count: 64))
        #expect(
            sealed.hash.description
                == "aca3893989b4ca3bc8105418c8542f676651a0e50a36c801c346f2978c131c7e"
        )
        let next = JournalBatch(
            first: 2,
            count: 1,
            time: Instant(microseconds: 1_767_323_045_678_902),
            records: Array(#"[{"type":"stopped"}]"#.utf8)
        )
        let payload = Digest.sha256(of: Array("payload".utf8))
        let second = next.sealed(
            after: JournalHead(next: 2, hash: sealed.hash, epoch: 7),
            epoch: 8,
            storing: [payload]
        )
        #expect(second.payloads == Array("[\"\(payload)\"]".utf8))
        #expect(
            second.hash.description
                == "843701301643e68fad5002546e6331d6657f0db2eb848a114cb497e49efce25a"
        )
    }

    @Test("SHA-256 gives the digests of its specification")
    func knownDigests() {
        #expect(
            Digest.sha256(of: Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            Digest.sha256(of: []).description
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    }

    /// Four batches of 2, 3, 1 and 4 records.
    private func chain() throws -> [SealedBatch] {
        let store = MemoryJournalStore(epoch: 3)
        try store.appendSamples([2, 3, 1, 4])
        return try store.batches()
    }

    private func verify(_ batches: [SealedBatch]) throws(JournalError) -> ChainVerifier {
        var verifier = ChainVerifier()
        for batch in batches { try verifier.check(batch) }
        return verifier
    }

    @Test("An intact chain verifies to its end")
    func intact() throws {
        let batches = try chain()
        let verifier = try verify(batches)
        #expect(verifier.batches == 4)
        #expect(verifier.head.next == 11)
        #expect(verifier.head.hash == batches[3].hash)
        #expect(verifier.head.epoch == 3)
    }

    @Test("A change to any part of a batch is found, and the batch named", arguments: 0..<8)
    func changed(part: Int) throws {
        var batches = try chain()
        switch part {
        case 0: batches[1].first += 1
        case 1: batches[1].count += 1
        case 2: batches[1].time = Instant(microseconds: sampleTime.microseconds + 1)
        case 3: batches[1].epoch += 1
        case 4: batches[1].previous.words.3 ^= 1
        case 5: batches[1].hash.words.0 ^= 1 << 63
        case 6: batches[1].records[10] ^= 1
        default: batches[1].payloads = Array("[ ]".utf8)
        }
        let error = #expect(throws: JournalError.self) { try verify(batches) }
        #expect(error?.code == .brokenChain)
        #expect(
            error?.message.contains(part == 0 ? "starts at 4" : "batch 3 (records 3 to") == true
        )
    }

    @Test("A missing batch in the middle is found, and its records named")
    func missing() throws {
        var batches = try chain()
        batches.remove(at: 1)
        let error = #expect(throws: JournalError.self) { try verify(batches) }
        #expect(error?.message.contains("records 3 to 5 are missing") == true)
    }

    @Test("Batches in another order are found")
    func reordered() throws {
        var batches = try chain()
        batches.swapAt(1, 2)
        #expect(throws: JournalError.self) { try verify(batches) }
    }

    @Test("A batch of another journal in the place of one is found")
    func replaced() throws {
        var batches = try chain()
        let other = MemoryJournalStore(epoch: 2)
        try other.appendSamples([2, 3])
        batches[1] = try other.batches()[1]
        let error = #expect(throws: JournalError.self) { try verify(batches) }
        #expect(error?.message.contains("does not follow the batch before it") == true)
    }

    @Test("A cut tail verifies, and only a head kept elsewhere shows it")
    func cutTail() throws {
        let batches = try chain()
        let whole = try verify(batches).head
        let cut = try verify(batches.dropLast()).head
        #expect(cut.next == 7)
        #expect(cut != whole)
    }

    @Test("A batch from a coordinator that had been replaced is found")
    func olderEpoch() throws {
        var batches = try chain()
        let stale = sampleBatch(after: JournalHead(next: 11, hash: batches[3].hash, epoch: 3))
            .sealed(
                after: JournalHead(next: 11, hash: batches[3].hash, epoch: 3),
                epoch: 2,
                storing: []
            )
        batches.append(stale)
        let error = #expect(throws: JournalError.self) { try verify(batches) }
        #expect(error?.message.contains("epoch 2 after epoch 3") == true)
    }
}
