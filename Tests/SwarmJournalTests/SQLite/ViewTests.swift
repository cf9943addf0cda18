import Foundation
import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
import SwarmModel
import Testing

/// Where the shell of SQLite is, which people use to look into a journal.
private let shell = "/usr/bin/sqlite3"

@Suite("The journal in the sqlite3 shell")
struct ViewTests {
    private static let pricing = WorkerID(agent: "pricing", replica: 1)
    private static let audit = WorkerID(agent: "audit", replica: 1)
    private static let digest = Digest(words: (10, 11, 12, 13))

    private func dispatched(
        _ subtask: SubtaskID,
        _ lease: UInt64,
        _ worker: WorkerID,
        attempt: Int
    ) -> Record {
        .subtaskDispatched(
            SubtaskDispatched(
                subtask: subtask,
                capability: "quote",
                attempt: attempt,
                lease: LeaseID(lease),
                worker: worker,
                arguments: .inline(Array(#"{"sku":"A"}"#.utf8)),
                deadline: sampleTime,
                alternatives: [],
                score: 1
            )
        )
    }

    /// A run with a subtask that needs two attempts and one that still runs, and a cancelled run.
    private func story() throws -> [[Record]] {
        let first = SubtaskID(run: RunID(2), index: 0, name: "quote", item: 0)
        let second = SubtaskID(run: RunID(2), index: 1, name: "quote", item: 1)
        let stopped = SubtaskID(run: RunID(10), index: 0, name: "quote")
        return [
            [
                .opened(epoch: 1, seed: 1), .workerLaunching(Self.pricing, Incarnation(1)),
                .workerLaunched(
                    Self.pricing,
                    Incarnation(1),
                    ProcessIdentity(pid: 77, startTime: 5)
                ),
                .workflowRegistered(Self.digest, try RecordSamples.workflow()),
            ],
            [
                .workerReady(
                    WorkerReady(
                        worker: Self.pricing,
                        incarnation: Incarnation(1),
                        session: 1,
                        credit: 4,
                        adopt: [],
                        drop: [],
                        sequence: 1
                    )
                ),
                .runSubmitted(
                    RunSubmitted(
                        run: RunID(2),
                        workflow: Self.digest,
                        input: .empty,
                        deadline: nil
                    )
                ),
                dispatched(first, 1, Self.pricing, attempt: 1),
                dispatched(second, 2, Self.pricing, attempt: 1),
            ],
            [
                .subtaskStarted(first, LeaseID(1), Self.pricing),
                .attemptEnded(
                    AttemptEnded(
                        subtask: first,
                        lease: LeaseID(1),
                        worker: Self.pricing,
                        failure: Failure(.transient, "HTTP 503"),
                        mayHaveHappened: false,
                        stillHeld: false,
                        directive: .retry(at: sampleTime)
                    )
                ),
                .workerExited(
                    WorkerExited(
                        worker: Self.pricing,
                        incarnation: Incarnation(1),
                        status: .signalled(11),
                        phase: .waiting,
                        restartAt: sampleTime,
                        reason: "restart on failure"
                    )
                ),
            ],
            [
                dispatched(first, 3, Self.audit, attempt: 2),
                .runSubmitted(
                    RunSubmitted(
                        run: RunID(10),
                        workflow: Self.digest,
                        input: .empty,
                        deadline: nil
                    )
                ),
                .attemptEnded(
                    AttemptEnded(
                        subtask: stopped,
                        lease: nil,
                        worker: nil,
                        failure: Failure(.unresolved, "no such key"),
                        mayHaveHappened: false,
                        stillHeld: false,
                        directive: .fail
                    )
                ),
            ],
            [
                .subtaskSucceeded(
                    SubtaskSucceeded(
                        subtask: first,
                        lease: LeaseID(3),
                        worker: Self.audit,
                        result: .inline(Array("7".utf8))
                    )
                ),
                .runFinished(
                    RunFinished(
                        run: RunID(10),
                        outcome: .failed,
                        output: .empty,
                        failure: Failure(.unresolved, "no such key")
                    )
                ),
                .ignored(
                    Ignored(
                        subject: .result,
                        reason: "lease L1 has ended",
                        worker: Self.pricing,
                        lease: LeaseID(1)
                    )
                ),
            ],
        ]
    }

    /// A journal of the story, a batch every half second, still open for writing.
    private func journal() throws -> (TemporaryFolder, SQLiteJournalStore) {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        var builder = JournalBatchBuilder(after: store.head)
        for (turn, records) in try story().enumerated() {
            for record in records { builder.append(record) }
            let moment = sampleTime + .milliseconds(500 * turn)
            let finished = builder.finish(at: moment)
            try store.append([try #require(finished)])
        }
        return (folder, store)
    }

    private func query(_ sql: String, _ folder: TemporaryFolder) throws -> [String] {
        let (status, output) = try run(shell, ["-readonly", "-list", folder.journal, sql])
        try #require(status == 0, "\(output)")
        return output.split(separator: "\n").map(String.init)
    }

    @Test("Runs, subtasks, attempts and workers stand as the records say, while a writer writes")
    func views() throws {
        let (folder, store) = try journal()
        #expect(
            try query("SELECT * FROM runs", folder) == [
                "r_2|audit|2.1|running|2026-01-02T03:04:06.178901Z|||1|3|1||",
                "r_10|audit|2.1|failed|2026-01-02T03:04:07.178901Z|2026-01-02T03:04:07.678901Z|"
                    + "500.0|0|0|1|unresolved|no such key",
            ]
        )
        #expect(
            try query("SELECT * FROM subtasks", folder) == [
                "r_2|quote[0]|succeeded|quote|audit-1|2|2026-01-02T03:04:06.178901Z|"
                    + "2026-01-02T03:04:07.678901Z|1500.0|transient|HTTP 503",
                "r_2|quote[1]|dispatched|quote|pricing-1|1|2026-01-02T03:04:06.178901Z||||",
                "r_10|quote|failed|||0||2026-01-02T03:04:07.178901Z||unresolved|no such key",
            ]
        )
        #expect(
            try query("SELECT * FROM attempts", folder) == [
                "L1|r_2|quote[0]|1|pricing-1|quote|transient|2026-01-02T03:04:06.178901Z|"
                    + "2026-01-02T03:04:06.678901Z|2026-01-02T03:04:06.678901Z|500.0|HTTP 503|0|retry",
                "L2|r_2|quote[1]|1|pricing-1|quote|running|2026-01-02T03:04:06.178901Z||||||",
                "L3|r_2|quote[0]|2|audit-1|quote|succeeded|2026-01-02T03:04:07.178901Z||"
                    + "2026-01-02T03:04:07.678901Z|500.0|||",
            ]
        )
        #expect(
            try query("SELECT * FROM workers", folder) == [
                "audit-1|||||0|0|1|0|||",
                "pricing-1|waiting|77|1|4|1|1|0|1|2026-01-02T03:04:06.678901Z|signal 11|"
                    + "restart on failure",
            ]
        )
        #expect(
            try query("SELECT digest, name, version FROM workflows", folder)
                == ["\(Self.digest)|audit|2.1"]
        )
        try store.close()
    }

    @Test("Each record is a row with its number, its names and its body")
    func records() throws {
        let (folder, store) = try journal()
        try store.close()
        #expect(
            try query("SELECT seq, type, run, subtask, worker, lease FROM records", folder)
                .dropFirst(6).first == "7|subtask_dispatched|r_2|quote[0]|pricing-1|L1"
        )
        let total = try story().joined().count
        #expect(
            try query("SELECT count(*), min(seq), max(seq) FROM records", folder)
                == ["\(total)|1|\(total)"]
        )
        #expect(
            try query("SELECT body ->> '$.result.json' FROM records WHERE batch >= 14", folder)
                .contains("7")
        )
    }

    @Test("The queries of the documentation run")
    func documentedQueries() throws {
        let (folder, store) = try journal()
        let documentation = try Documentation.read("journal.md")
        for sql in documentation.blocks(of: "sql") {
            let page = folder.path + "/queries.sql"
            try sql.write(toFile: page, atomically: true, encoding: .utf8)
            let (status, output) = try run(
                shell,
                ["-readonly", "-bail", folder.journal, ".read \(page)"]
            )
            #expect(status == 0 && !output.contains("rror"), "\(output)")
        }
        for line in documentation.blocks(of: "sh").joined().split(separator: "\n") {
            let command = line.replacingOccurrences(
                of: ".swarm/journal.db",
                with: folder.journal
            )
            let (status, output) = try run("/bin/sh", ["-c", command])
            #expect(status == 0, "\(output)")
        }
        try store.close()
    }

    @Test("Payloads with awkward bytes leave every record readable in SQL")
    func awkwardPayloads() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        var generator = SplitMix(seed: 3)
        var builder = JournalBatchBuilder(after: store.head)
        let alphabet = Array("[]{}\",:\\u0 1eé\n\u{7f}".utf8) + [0, 0xff]
        for number in 1...2000 as ClosedRange<UInt64> {
            let depth = number % 60
            var bytes = [UInt8](repeating: UInt8(ascii: "["), count: Int(depth))
            bytes += [UInt8](repeating: UInt8(ascii: "]"), count: Int(depth))
            if number.isMultiple(of: 2) {
                bytes = (0..<8).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            }
            builder.append(
                .runSubmitted(
                    RunSubmitted(
                        run: RunID(number),
                        workflow: Self.digest,
                        input: .inline(bytes),
                        deadline: nil
                    )
                )
            )
        }
        let finished = builder.finish(at: sampleTime)
        try store.append([try #require(finished)])
        #expect(try query("SELECT count(*), count(run) FROM records", folder) == ["2000|2000"])
        #expect(try query("SELECT json_valid(records) FROM batches", folder) == ["1"])
        try store.close()
    }
}
