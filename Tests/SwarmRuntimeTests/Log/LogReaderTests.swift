import Glibc
import SwarmModel
import Testing

@testable import SwarmRuntime

@Suite("Reading the log back", .timeLimit(.minutes(2)))
struct LogReaderTests {
    private func record(_ number: Int) -> LogRecord {
        LogRecord(
            .workerOutput,
            at: Instant(microseconds: Int64(number) * 1000),
            message: "line \(number)"
        )
    }

    @Test("A reader that keeps up sees every line once, across rotations")
    func rotations() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(
            LogFile.Configuration(directory: folder.path, fileSize: 2000, fileCount: 5)
        )
        let cursor = LogCursor(directory: folder.path, query: LogQuery())
        var seen: [String] = []
        for start in stride(from: 1, through: 1000, by: 7) {
            for number in start..<min(start + 7, 1001) { file.append(record(number)) }
            await file.flush()
            // Not at each step, so that now and then more than one rotation lies between.
            if start % 3 == 0 {
                while let selection = cursor.next() { seen.append(selection.record.message) }
            }
        }
        await file.close()
        while let selection = cursor.next() { seen.append(selection.record.message) }
        #expect(seen == (1...1000).map { "line \($0)" })
        #expect(cursor.unreadable == 0)
    }

    @Test("Reading begins with the oldest file")
    func oldestFirst() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(
            LogFile.Configuration(directory: folder.path, fileSize: 3000, fileCount: 20)
        )
        for number in 1...300 { file.append(record(number)) }
        await file.close()
        #expect(folder.names(in: "").count > 5)
        let cursor = LogCursor(directory: folder.path, query: LogQuery())
        var seen: [String] = []
        while let selection = cursor.next() { seen.append(selection.record.message) }
        #expect(seen == (1...300).map { "line \($0)" })
    }

    @Test("A follower waits for what comes, through the restart of a coordinator")
    func follow() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let configuration = LogFile.Configuration(
            directory: folder.path,
            fileSize: 2000,
            fileCount: 50
        )
        let query = LogQuery(grep: "line")
        let follower = LogFollower(directory: folder.path, query: query)
        async let followed: [String] = {
            var seen: [String] = []
            for await selection in follower {
                seen.append(selection.record.message)
                if seen.count == 200 { break }
            }
            return seen
        }()
        for start in [1, 101] {
            let file = try LogFile(configuration)
            for number in start..<start + 100 {
                file.append(record(number))
                if number % 10 == 0 { await file.flush() }
            }
            await file.close()
        }
        #expect(await followed == (1...200).map { "line \($0)" })
    }

    @Test("A reader for one run passes over other lines unread, and keeps all of its own")
    func oneRun() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(
            LogFile.Configuration(directory: folder.path, fileSize: 3000, fileCount: 50)
        )
        for number in 1...300 {
            file.append(
                LogRecord(
                    .runSucceeded,
                    at: Instant(microseconds: Int64(number) * 1000),
                    run: RunID(UInt64(number % 13)),
                    message: "\"run\":\"r_1\" is what line \(number) says"
                )
            )
        }
        await file.close()
        let cursor = LogCursor(directory: folder.path, query: LogQuery(run: RunID(1)))
        var seen: [RunID?] = []
        while let selection = cursor.next() { seen.append(selection.record.run) }
        #expect(seen == (1...300).filter { $0 % 13 == 1 }.map { _ in RunID(1) })
    }

    @Test("Files that ended before the time asked for are not read")
    func since() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        _ = folder.file("coordinator.7.jsonl", "not read\n")
        var old = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        utimensat(AT_FDCWD, "\(folder.path)/coordinator.7.jsonl", &old, 0)
        var bytes: [UInt8] = []
        for second in [1999, 2001] {
            LogRecord(
                .swarmStarted,
                at: Instant(microseconds: Int64(second) * 1_000_000),
                message: "\(second)"
            ).writeJSONLine(to: &bytes)
        }
        _ = folder.file("coordinator.8.jsonl", String(decoding: bytes, as: UTF8.self))
        let since = Instant(microseconds: 2_000_000_000)
        let cursor = LogCursor(directory: folder.path, query: LogQuery(since: since))
        #expect(cursor.next()?.record.message == "2001")
        #expect(cursor.next() == nil)
        #expect(cursor.unreadable == 0)
    }

    @Test("Removed files cost their lines, not the follower")
    func removed() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let configuration = LogFile.Configuration(
            directory: folder.path,
            fileSize: 2000,
            fileCount: 3
        )
        let cursor = LogCursor(directory: folder.path, query: LogQuery())
        func rest() -> [String] {
            var seen: [String] = []
            while let selection = cursor.next() { seen.append(selection.record.message) }
            return seen
        }
        let first = try LogFile(configuration)
        first.append(record(1))
        await first.flush()
        #expect(rest() == ["line 1"])
        // Far more than three files hold: what is left is read, from its beginning.
        for number in 2...500 { first.append(record(number)) }
        await first.close()
        let kept = rest()
        #expect(kept.last == "line 500")
        #expect(kept.suffix(20) == (481...500).map { "line \($0)" })

        for name in folder.names(in: "") { unlink("\(folder.path)/\(name)") }
        let second = try LogFile(configuration)
        for number in 501...510 { second.append(record(number)) }
        await second.flush()
        #expect(rest() == (501...510).map { "line \($0)" })
        for number in 511...530 { second.append(record(number)) }
        await second.close()
        #expect(rest() == (511...530).map { "line \($0)" })
    }

    @Test("From the end means from now on")
    func fromEnd() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(LogFile.Configuration(directory: folder.path))
        file.append(record(1))
        await file.flush()
        let cursor = LogCursor(directory: folder.path, query: LogQuery(), fromEnd: true)
        #expect(cursor.next() == nil)
        file.append(record(2))
        await file.close()
        #expect(cursor.next()?.record.message == "line 2")
        #expect(cursor.next() == nil)
    }

    @Test("A log that is not there yet is empty, and is read once it is")
    func missing() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let cursor = LogCursor(directory: folder.path, query: LogQuery())
        #expect(cursor.next() == nil)
        let file = try LogFile(LogFile.Configuration(directory: folder.path))
        file.append(record(1))
        await file.close()
        #expect(cursor.next()?.record.message == "line 1")
    }

    @Test("Lines that are no records are skipped and counted")
    func unreadable() {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        var bytes: [UInt8] = []
        record(1).writeJSONLine(to: &bytes)
        let line = String(decoding: bytes, as: UTF8.self)
        _ = folder.file("coordinator.jsonl", "\(line)garbage\n\n\(line){\"ts\":1}\n\(line)")
        let cursor = LogCursor(directory: folder.path, query: LogQuery())
        var count = 0
        while cursor.next() != nil { count += 1 }
        #expect(count == 3)
        #expect(cursor.unreadable == 2)
    }
}
