import Foundation
import SwarmJournal
import SwarmModel
import Synchronization
import Testing

/// A store whose commits wait until the test lets them go, and that can be told to fail.
private final class GatedStore: JournalStore {
    private struct State {
        var commits: [[UInt64]] = []
        var appendCount = 0
        var settled = 0
        var failsFrom = Int.max
    }

    let memory = MemoryJournalStore()
    let entered = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    var epoch: UInt64 { memory.epoch }
    var head: JournalHead { memory.head }
    /// The first record of each batch, commit by commit.
    var commits: [[UInt64]] { state.withLock { $0.commits } }
    var appendCount: Int { state.withLock { $0.appendCount } }

    func fail(fromCommit number: Int) { state.withLock { $0.failsFrom = number } }

    func append(_ batches: [JournalBatch]) throws(JournalError) {
        entered.signal()
        gate.wait()
        let fails = state.withLock { state in
            state.appendCount += 1
            return state.appendCount >= state.failsFrom
        }
        if fails { throw JournalError(.full, "no room", hint: "make some") }
        try memory.append(batches)
        state.withLock { $0.commits.append(batches.map(\.first)) }
    }

    func read(
        from sequence: UInt64,
        _ body: (SealedBatch) throws(JournalError) -> Bool
    ) throws(JournalError) { try memory.read(from: sequence, body) }

    func payload(_ digest: Digest) throws(JournalError) -> [UInt8]? { try memory.payload(digest) }
    func verify() throws(JournalError) -> JournalVerification { try memory.verify() }
    func settle() throws(JournalError) { entered.signal() }
    func close() throws(JournalError) { try memory.close() }
}

/// What completions reported, in order.
private final class Reports: Sendable {
    private let reports = Mutex<[(batch: UInt64, isCommitted: Bool)]>([])

    func completion(for batch: UInt64) -> @Sendable (Result<Void, JournalError>) -> Void {
        { result in
            let isCommitted = if case .success = result { true } else { false }
            self.reports.withLock { $0.append((batch, isCommitted)) }
        }
    }

    var batches: [UInt64] { reports.withLock { $0.map(\.batch) } }
    var committed: [UInt64] { reports.withLock { $0.filter(\.isCommitted).map(\.batch) } }
}

@Suite("The writer", .timeLimit(.minutes(2)))
struct JournalWriterTests {
    /// Submits batches of one record, numbered from `first`.
    private func submit(
        _ numbers: ClosedRange<UInt64>,
        to writer: JournalWriter,
        _ reports: Reports
    ) throws {
        for number in numbers {
            let head = JournalHead(next: number, hash: HashChain.genesis, epoch: 1)
            try writer.submit(
                sampleBatch(after: head),
                onCommitted: reports.completion(for: number)
            )
        }
    }

    @Test("Everything submitted during a commit goes into the next one, in order")
    func groupsCommits() throws {
        let store = GatedStore()
        let writer = JournalWriter(store: store)
        let reports = Reports()
        try submit(1...1, to: writer, reports)
        store.entered.wait()
        try submit(2...6, to: writer, reports)
        store.gate.signal()
        store.entered.wait()
        try submit(7...8, to: writer, reports)
        store.gate.signal()
        store.gate.signal()
        try writer.close()
        #expect(store.commits == [[1], [2, 3, 4, 5, 6], [7, 8]])
        #expect(reports.committed == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try store.verify().records == 8)
    }

    @Test("Nothing is reported as committed before the commit has returned")
    func reportsAfterCommit() throws {
        let store = GatedStore()
        let writer = JournalWriter(store: store)
        let reports = Reports()
        try submit(1...3, to: writer, reports)
        store.entered.wait()
        #expect(reports.batches.isEmpty)
        store.gate.signal()
        store.gate.signal()
        try writer.close()
        #expect(reports.committed == [1, 2, 3])
    }

    @Test("A failed commit is final: each batch hears of it once, and later ones are refused")
    func failsForGood() throws {
        let store = GatedStore()
        store.fail(fromCommit: 2)
        let writer = JournalWriter(store: store)
        let reports = Reports()
        try submit(1...1, to: writer, reports)
        store.entered.wait()
        try submit(2...3, to: writer, reports)
        store.gate.signal()
        store.entered.wait()
        try submit(4...5, to: writer, reports)
        store.gate.signal()
        let error = #expect(throws: JournalError.self) { try writer.close() }
        #expect(error?.code == .full)
        #expect(reports.batches == [1, 2, 3, 4, 5])
        #expect(reports.committed == [1])
        #expect(store.appendCount == 2)
        let refusal = #expect(throws: JournalError.self) {
            try submit(6...6, to: writer, reports)
        }
        #expect(refusal?.code == .full)
        #expect(reports.batches == [1, 2, 3, 4, 5])
    }

    @Test("A full queue makes the submitter wait until a commit takes it")
    func bounded() async throws {
        let store = GatedStore()
        let writer = JournalWriter(store: store, byteLimit: 1)
        let reports = Reports()
        try submit(1...1, to: writer, reports)
        store.entered.wait()
        #expect(!writer.isCongested)
        try submit(2...2, to: writer, reports)
        #expect(writer.isCongested)
        let submitted = DispatchSemaphore(value: 0)
        let thread = Thread {
            try? submit(3...3, to: writer, reports)
            submitted.signal()
        }
        thread.start()
        #expect(submitted.wait(timeout: .now() + .milliseconds(50)) == .timedOut)
        store.gate.signal()
        submitted.wait()
        store.gate.signal()
        store.gate.signal()
        try writer.close()
        #expect(reports.committed == [1, 2, 3])
    }

    @Test("Closing commits what was submitted, and then refuses")
    func closes() throws {
        let store = GatedStore()
        for _ in 0..<20 { store.gate.signal() }
        let writer = JournalWriter(store: store)
        let reports = Reports()
        try submit(1...10, to: writer, reports)
        try writer.close()
        #expect(reports.committed == Array(1...10))
        let refusal = #expect(throws: JournalError.self) {
            try submit(11...11, to: writer, reports)
        }
        #expect(refusal?.code == .closed)
        try writer.close()
    }

    @Test("A quiet writer lets its store settle, once")
    func settles() throws {
        let store = GatedStore()
        store.gate.signal()
        let writer = JournalWriter(store: store, idle: .milliseconds(1))
        try submit(1...1, to: writer, Reports())
        store.entered.wait()
        store.entered.wait()
        #expect(store.commits == [[1]])
        #expect(store.entered.wait(timeout: .now() + .milliseconds(50)) == .timedOut)
        try writer.close()
    }

    @Test("Many submitters at once lose nothing", arguments: [1, 4])
    func manySubmitters(count: Int) throws {
        let store = MemoryJournalStore()
        let writer = JournalWriter(store: store, byteLimit: 4096)
        let next = Mutex<UInt64>(1)
        let finished = DispatchSemaphore(value: 0)
        for _ in 0..<count {
            Thread {
                for _ in 0..<500 {
                    next.withLock { next in
                        let head = JournalHead(next: next, hash: HashChain.genesis, epoch: 1)
                        try? writer.submit(sampleBatch(after: head)) { _ in }
                        next += 1
                    }
                }
                finished.signal()
            }.start()
        }
        for _ in 0..<count { finished.wait() }
        try writer.close()
        #expect(try store.verify().records == UInt64(500 * count))
    }
}
