import Foundation
import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
import SwarmModel
import Testing

/// What a writer that is going to be killed does until then.
private enum DoomedWriter {
    /// Writes batches through a writer for ever, and keeps the last acknowledged record in a file.
    static func run(folder path: String, durability: Durability, seed: UInt64) throws -> Never {
        let store = try SQLiteJournalStore.open(
            path: path + "/journal.db",
            durability: durability,
            swarm: "sample",
            at: sampleTime
        )
        var builder = JournalBatchBuilder(after: store.head)
        let acknowledged = open(path + "/acknowledged", O_WRONLY | O_CREAT, 0o600)
        let writer = JournalWriter(store: store)
        var generator = SplitMix(seed: seed)
        let patience = UInt32.random(in: 0..<60_000, using: &generator)
        Thread {
            usleep(patience)
            kill(getpid(), SIGKILL)
        }.start()
        while true {
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                let large = [UInt8](
                    repeating: UInt8(truncatingIfNeeded: builder.next),
                    count: 700
                )
                let payload = Payload.inline(
                    Bool.random(using: &generator) ? large : Array("\(builder.next)".utf8)
                )
                builder.append(
                    .runSubmitted(
                        RunSubmitted(
                            run: RunID(builder.next),
                            workflow: Digest(words: (0, 0, 0, 1)),
                            input: payload,
                            deadline: nil
                        )
                    )
                )
            }
            let last = builder.next - 1
            guard let batch = builder.finish(at: sampleTime) else { continue }
            try writer.submit(batch) { result in
                guard case .success = result else { return }
                withUnsafeBytes(of: last) { _ = pwrite(acknowledged, $0.baseAddress, 8, 0) }
            }
        }
    }

    /// The last record a killed writer was told of.
    static func acknowledged(_ folder: TemporaryFolder) throws -> UInt64 {
        let url = URL(fileURLWithPath: folder.path + "/acknowledged")
        guard let data = try? Data(contentsOf: url), data.count == 8 else { return 0 }
        return data.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
}

@Suite("A writer killed at any moment", .timeLimit(.minutes(5)))
struct CrashTests {
    private func check(_ folder: TemporaryFolder, round: UInt64) throws {
        let acknowledged = try DoomedWriter.acknowledged(folder)
        let store = try openStore(folder)
        #expect(store.head.next > acknowledged)
        var next: UInt64 = 1
        try store.read(from: 1) { (batch) throws(JournalError) in
            try RecordDecoder.decode(batch) { (sequence, record) throws(JournalError) in
                guard case .runSubmitted(let submitted) = record else { return }
                #expect(sequence == next)
                #expect(submitted.run.number == next)
                if case .stored(let stored) = submitted.input {
                    let byte = UInt8(truncatingIfNeeded: next)
                    let payload = try store.payload(stored.digest)
                    #expect(payload == [UInt8](repeating: byte, count: 700))
                }
                next += 1
            }
            return true
        }
        #expect(next == store.head.next)
        try store.close()
    }

    @Test("No acknowledged record is lost and none is torn, kill after kill, at durability full")
    func killedAtFull() async throws {
        let folder = try TemporaryFolder()
        for round in 0..<8 as Range<UInt64> {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = folder.path as String, round = round as UInt64] in
                try DoomedWriter.run(folder: path, durability: .full, seed: round)
            }
            try check(folder, round: round)
        }
    }

    @Test("Nor at durability process")
    func killedAtProcess() async throws {
        let folder = try TemporaryFolder()
        for round in 0..<8 as Range<UInt64> {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = folder.path as String, round = round as UInt64] in
                try DoomedWriter.run(folder: path, durability: .process, seed: 100 + round)
            }
            try check(folder, round: round)
        }
    }
}
