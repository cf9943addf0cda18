import Glibc
import SwarmModel
import Synchronization
import Testing

@testable import SwarmRuntime

@Suite("The log file", .timeLimit(.minutes(2)))
struct LogFileTests {
    private func record(_ number: Int, level: LogLevel = .info) -> LogRecord {
        LogRecord(
            .workerOutput,
            at: Instant(microseconds: Int64(number) * 1000),
            level: level,
            message: "line \(number)"
        )
    }

    private func read(_ directory: String) -> [String] {
        var reader = LogReader(directory: directory)
        var messages: [String] = []
        while let record = reader.next() { messages.append(record.message) }
        #expect(reader.unreadable == 0)
        return messages
    }

    @Test("What is logged is in the file after a flush, in order")
    func order() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(LogFile.Configuration(directory: "\(folder.path)/logs"))
        for number in 1...1000 { file.append(record(number)) }
        await file.flush()
        #expect(read("\(folder.path)/logs") == (1...1000).map { "line \($0)" })
        await file.close()
        file.append(record(1001))
        await file.flush()
        #expect(read("\(folder.path)/logs").count == 1000)
        var status = stat()
        #expect(stat("\(folder.path)/logs/coordinator.jsonl", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("Levels below the one asked for are left out")
    func level() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(
            LogFile.Configuration(directory: folder.path, level: .warn)
        )
        #expect(!file.keeps(.info))
        #expect(file.keeps(.warn))
        for level in LogLevel.allCases { file.append(record(1, level: level)) }
        file.append(contentsOf: [record(2, level: .debug), record(3)], from: .info)
        await file.close()
        #expect(read(folder.path) == ["line 1", "line 1", "line 3"])
    }

    @Test("Full files are rotated, the oldest go, and none is larger than allowed")
    func rotation() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(
            LogFile.Configuration(directory: folder.path, fileSize: 4096, fileCount: 3)
        )
        for number in 1...500 { file.append(record(number)) }
        await file.close()
        let names = folder.names(in: "")
        #expect(names.count == 3)
        #expect(names.last == "coordinator.jsonl")
        let numbers = LogFiles.numbers(in: folder.path)
        #expect(numbers.count == 2)
        #expect(numbers.last == numbers.first.map { $0 + 1 })
        for name in names {
            var status = stat()
            #expect(stat("\(folder.path)/\(name)", &status) == 0)
            #expect(status.st_size <= 4096)
            #expect(status.st_size > 0)
        }
        let kept = read(folder.path)
        #expect(kept == (501 - kept.count...500).map { "line \($0)" })
        #expect(kept.count > 60)
    }

    @Test("A later coordinator goes on behind a line torn by a power cut")
    func torn() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        _ = folder.file("coordinator.jsonl", #"{"ts":"2026-11-22T03:04"#)
        let file = try LogFile(LogFile.Configuration(directory: folder.path))
        file.append(record(1))
        await file.close()
        var reader = LogReader(directory: folder.path)
        #expect(reader.next()?.message == "line 1")
        #expect(reader.next() == nil)
        #expect(reader.unreadable == 1)
    }

    @Test("A full queue costs lines and says how many")
    func queue() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(
            LogFile.Configuration(directory: folder.path, queueLimit: 10)
        )
        // The log's thread stands still in its observer while the queue fills.
        let isHeld = Mutex(false)
        let hold = Mutex(true)
        let observation = file.observe { _ in
            isHeld.withLock { $0 = true }
            while hold.withLock({ $0 }) { usleep(1000) }
        }
        file.append(record(1))
        try await eventually { isHeld.withLock { $0 } }
        for number in 2...31 { file.append(record(number)) }
        file.remove(observation)
        hold.withLock { $0 = false }
        await file.flush()
        file.append(record(32))
        await file.close()
        let lines = read(folder.path)
        #expect(
            lines.filter { $0.hasPrefix("line") } == (Array(1...11) + [32]).map { "line \($0)" }
        )
        #expect(lines.filter { $0.hasPrefix("20 lines are missing here") }.count == 1)
    }

    @Test("A disk that refuses more costs lines, and the log goes on when there is room")
    func diskFull() async throws {
        await #expect(processExitsWith: .success) {
            // The system refuses every byte beyond the limit, as a full disk does.
            signal(SIGXFSZ, SIG_IGN)
            let folder = TemporaryFolder()
            let file = try LogFile(LogFile.Configuration(directory: folder.path))
            func log(_ numbers: ClosedRange<Int>) async {
                for number in numbers {
                    file.append(
                        LogRecord(
                            .workerOutput,
                            at: Instant(microseconds: Int64(number) * 1000),
                            message: "line \(number)"
                        )
                    )
                }
                await file.flush()
            }
            await log(1...10)
            var status = stat()
            stat("\(folder.path)/coordinator.jsonl", &status)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(1), &limit)
            let unlimited = limit
            // One byte more, so that a line is torn before it is refused.
            limit.rlim_cur = rlim_t(status.st_size) + 1
            setrlimit(__rlimit_resource_t(1), &limit)
            await log(11...20)
            await log(21...30)
            var tight = unlimited
            setrlimit(__rlimit_resource_t(1), &tight)
            await log(31...40)
            await file.close()

            var reader = LogReader(directory: folder.path)
            var messages: [String] = []
            while let record = reader.next() { messages.append(record.message) }
            folder.remove()
            let lines = messages.filter { $0.hasPrefix("line") }
            let notices = messages.filter { $0.hasPrefix("20 lines are missing here") }
            let isRight =
                lines == (Array(1...10) + Array(31...40)).map { "line \($0)" }
                && notices.count == 1 && reader.unreadable == 0
            exit(isRight ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    @Test("Observers get every record once, in order, until they are removed")
    func observers() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let file = try LogFile(LogFile.Configuration(directory: folder.path))
        let seen = Mutex<[String]>([])
        let observation = file.observe { records in
            seen.withLock { $0 += records.map(\.message) }
        }
        for number in 1...100 { file.append(record(number)) }
        await file.flush()
        file.remove(observation)
        file.append(record(101))
        await file.close()
        #expect(seen.withLock { $0 } == (1...100).map { "line \($0)" })
    }

    @Test("A folder that cannot be had is a clear error")
    func unwritable() {
        #expect {
            try LogFile(LogFile.Configuration(directory: "/proc/nowhere/logs"))
        } throws: { ($0 as? LogFileError)?.message.contains("/proc/nowhere/logs") == true }
    }
}
