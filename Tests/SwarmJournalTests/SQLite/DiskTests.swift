import Foundation
import GRDB
import SwarmJournal
import SwarmModel
import Testing

@testable import SwarmJournalSQLite

@Suite("Disks that are full, read-only or not there")
struct DiskTests {
    /// Appends until the store refuses.
    private func fill(_ store: SQLiteJournalStore) throws -> JournalError {
        for number in 0..<1000 {
            do throws(JournalError) {
                try store.append([
                    sampleBatch(
                        after: store.head,
                        payloads: [Array("\(number)".utf8) + [UInt8](repeating: 0, count: 50_000)]
                    )
                ])
            } catch {
                return error
            }
        }
        throw JournalError(.full, "the disk never filled", hint: "")
    }

    @Test("A full database is a clear error, and what was committed before is there")
    func fullDatabase() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder, durability: .full)
        try store.queue.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA max_page_count = 200")
        }
        let error = try fill(store)
        #expect(error.code == .full)
        #expect(error.message.contains("no room is left for \(folder.journal)"))
        let head = store.head
        try store.close()
        let reopened = try openStore(folder)
        #expect(reopened.head == head)
        try reopened.appendSamples([1])
        try reopened.close()
    }

    @Test(
        "A full disk ends the writer, and with room again the journal goes on where it stood",
        .enabled(if: TemporaryFileSystem.isAvailable, "needs the right to mount"),
        arguments: [Durability.full, .none]
    )
    func fullDisk(durability: Durability) throws {
        let disk = try TemporaryFileSystem(size: "4m")
        let store = try openStore(disk.folder, durability: durability)
        let error = try fill(store)
        #expect(error.code == .full)
        let head = store.head
        #expect(head.next > 20)
        try? store.close()

        #expect(throws: JournalError.self) {
            let store = try openStore(disk.folder, durability: durability)
            throw try fill(store)
        }
        try disk.remount("size=64m")
        let reopened = try openStore(disk.folder, durability: durability)
        #expect(reopened.head.next >= head.next)
        try reopened.appendSamples([1])
        try reopened.close()
    }

    @Test(
        "A read-only file system is a clear error, for a new journal and for an old one",
        .enabled(if: TemporaryFileSystem.isAvailable, "needs the right to mount"),
        arguments: [true, false]
    )
    func readOnlyDisk(isNew: Bool) throws {
        let disk = try TemporaryFileSystem(size: "40m")
        if !isNew { try openStore(disk.folder).close() }
        try disk.remount("ro")
        let error = #expect(throws: JournalError.self) { try openStore(disk.folder) }
        #expect(error?.code == .notWritable)
        #expect(error?.message.contains("cannot be written") == true)
        #expect(error?.hint.contains("--state-dir") == true)
    }

    @Test(
        "A folder without write permission is a clear error",
        .enabled(if: geteuid() != 0, "root may write everywhere")
    )
    func readOnlyFolder() throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        let error = #expect(throws: JournalError.self) { try openStore(folder) }
        #expect(error?.code == .notWritable)
    }

    @Test("A folder that does not exist is a clear error")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: JournalError.self) {
            try SQLiteJournalStore.open(
                path: folder.path + "/nowhere/journal.db",
                durability: .full,
                swarm: "sample",
                at: sampleTime
            )
        }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("no folder \(folder.path)/nowhere") == true)
        #expect(throws: JournalError.self) {
            try SQLiteJournalReader(path: folder.path + "/nowhere/journal.db")
        }
    }

    @Test("A journal path that is a folder is a clear error")
    func folderAsFile() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.journal,
            withIntermediateDirectories: false
        )
        let error = #expect(throws: JournalError.self) { try openStore(folder) }
        #expect(error?.code == .notFound)
    }

    @Test("Only the owner can read a journal")
    func permissions() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        try store.appendSamples([1])
        for suffix in ["", "-wal", "-lock"] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: folder.journal + suffix
            )
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
        try store.close()
    }

    @Test("A log is grown beforehand where every commit waits for the disk")
    func grownLog() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder, durability: .full)
        let size = { () throws -> Int? in
            try FileManager.default.attributesOfItem(atPath: folder.journal + "-wal")[.size] as? Int
        }
        #expect(try size() == WriteAheadLog.limit)
        try store.appendSamples(Array(repeating: 1, count: 50))
        #expect(try size() == WriteAheadLog.limit)
        try store.close()
    }

    @Test(
        "An SQLite with the WAL-reset bug is noted, a fixed one is not",
        arguments: [(3_040_001, true), (3_051_002, true), (3_051_003, false), (3_053_000, false)]
    )
    func versionNote(number: Int, isNoted: Bool) {
        let note = SQLiteVersion.walResetNote(for: Int32(number))
        #expect((note != nil) == isNoted)
        if number == 3_040_001 { #expect(note?.contains("SQLite 3.40.1 is older") == true) }
    }
}
