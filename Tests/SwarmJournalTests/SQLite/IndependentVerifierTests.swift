import Foundation
import GRDB
import SwarmJournal
import SwarmJournalSQLite
import Testing

@Suite("The verifier printed in the documentation")
struct IndependentVerifierTests {
    private func verify(_ folder: TemporaryFolder) throws -> (status: Int32, output: String) {
        let program = try #require(Documentation.read("journal.md").blocks(of: "python").first)
        #expect(program.split(separator: "\n").count <= 20)
        let path = folder.path + "/verify.py"
        try program.write(toFile: path, atomically: true, encoding: .utf8)
        return try run("/usr/bin/python3", [path, folder.journal])
    }

    private func journal() throws -> (TemporaryFolder, SQLiteJournalStore) {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        for payload in [1, 2, 1] as [UInt8] {
            try store.append([
                sampleBatch(
                    after: store.head,
                    count: 4,
                    payloads: [[UInt8](repeating: payload, count: 400)]
                )
            ])
        }
        return (folder, store)
    }

    @Test("It agrees with ours on an intact journal, even while a coordinator writes it")
    func agrees() throws {
        let (folder, store) = try journal()
        let (status, output) = try verify(folder)
        #expect(status == 0, "\(output)")
        #expect(
            output == "12 records and 2 payloads are intact; the head is \(store.head.hash)\n"
        )
        try store.close()
    }

    @Test(
        "It finds what ours finds",
        arguments: [
            ("UPDATE batches SET records = replace(records, 'L6', 'L7')", "batch 5"),
            ("DELETE FROM batches WHERE first = 1", "batch 5"),
            ("UPDATE payloads SET bytes = zeroblob(400) WHERE rowid = 2", "of batch 5"),
        ]
    )
    func finds(sql: String, finding: String) throws {
        let (folder, store) = try journal()
        try store.close()
        let queue = try DatabaseQueue(path: folder.journal)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        let (status, output) = try verify(folder)
        #expect(status == 1)
        #expect(output.contains("\(finding) is not what was written"), "\(output)")
    }
}
