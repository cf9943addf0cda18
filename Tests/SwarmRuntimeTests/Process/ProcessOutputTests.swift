import Glibc
import SwarmCore
import SwarmModel
import Testing

@testable import SwarmRuntime

@Suite("A worker's output", .timeLimit(.minutes(2)))
struct ProcessOutputTests {
    @Test("Both streams arrive line by line, before the exit")
    func lines() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        _ = try await fixture.run("echo one; echo two >&2; echo; printf 'three\\r\\nno end'")
        #expect(fixture.recorder.text(.stdout) == ["one", "", "three", "no end"])
        #expect(fixture.recorder.text(.stderr) == ["two"])
    }

    @Test("A line arrives while the worker still runs")
    func live() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        try fixture.launch(.shell("echo hello; sleep 1000"))
        #expect(try await fixture.recorder.line { $0 == "hello" } == "hello")
        fixture.signal(.kill)
        _ = await fixture.recorder.exit(of: Incarnation(1))
    }

    @Test("A line beyond 16 KiB is cut and marked, and the next is whole")
    func truncation() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        try fixture.launch(.python("print('x' * 100000); print('y' * 16384); print('z' * 16385)"))
        _ = await fixture.recorder.exit(of: Incarnation(1))
        let lines = fixture.recorder.lines
        #expect(lines.map(\.bytes.count) == [16384, 16384, 16384])
        #expect(lines.map(\.isTruncated) == [true, false, true])
        #expect(lines.map { $0.bytes.first } == [0x78, 0x79, 0x7A])
    }

    @Test("Lines over the limit are dropped, and every one of them is counted")
    func rateLimit() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        _ = try await fixture.run("yes | head -n 50000")
        let delivered = fixture.recorder.lines.count
        #expect(delivered >= ProcessLauncher.defaultLinesPerSecond)
        #expect(fixture.recorder.droppedLines > 0)
        #expect(delivered + fixture.recorder.droppedLines == 50000)
    }

    @Test("A worker may be given a limit of its own")
    func ownRateLimit() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        var specification = ProcessSpecification.shell("yes | head -n 5000")
        specification.linesPerSecond = 1_000_000
        try fixture.launch(specification)
        _ = await fixture.recorder.exit(of: Incarnation(1))
        #expect(fixture.recorder.lines.count == 5000)
        #expect(fixture.recorder.droppedLines == 0)
    }

    @Test("The last 64 KiB of standard error come with the exit")
    func tail() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        try fixture.launch(
            .python("import sys; sys.stderr.write(''.join(f'{i:07}\\n' for i in range(50000)))")
        )
        let exit = await fixture.recorder.exit(of: Incarnation(1))
        let expected = (50000 - 8192..<50000).map { number in
            String(repeating: "0", count: 7 - "\(number)".count) + "\(number)\n"
        }.joined()
        #expect(exit.stderrTail == Array(expected.utf8))
    }

    @Test("A short standard error comes whole, and standard output is no part of it")
    func shortTail() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let exit = try await fixture.run("echo fine; echo 'Traceback: boom' >&2; exit 1")
        #expect(String(decoding: exit.stderrTail, as: UTF8.self) == "Traceback: boom\n")
    }

    @Test("A script that truncates its own output is followed from there")
    func selfTruncation() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let go = "\(fixture.folder.path)/go"
        try fixture.launch(
            .shell(
                """
                echo first and quite a long line
                while [ ! -e \(go) ]; do sleep 0.02; done
                : > /dev/stdout; echo after
                """
            )
        )
        _ = try await fixture.recorder.line { $0.hasPrefix("first") }
        _ = fixture.folder.file("go", "")
        _ = await fixture.recorder.exit(of: Incarnation(1))
        #expect(fixture.recorder.text(.stdout) == ["first and quite a long line", "after"])
    }

    @Test("No descriptor and no file is left after a hundred launches")
    func leaks() async throws {
        await #expect(processExitsWith: .success) {
            let fixture = try LaunchFixture()
            func descriptors() -> Int {
                (0..<1024).count { fcntl($0, F_GETFD) >= 0 }
            }
            try fixture.launch(.shell("exit 0"), as: Incarnation(1000))
            _ = await fixture.recorder.exit(of: Incarnation(1000))
            let before = descriptors()
            for number in 1...100 as ClosedRange<UInt64> {
                try fixture.launch(.shell("echo x; echo y >&2"), as: Incarnation(number))
                _ = await fixture.recorder.exit(of: Incarnation(number))
                _ = try? fixture.launch(
                    ProcessSpecification(executable: "/nowhere"),
                    as: Incarnation(number)
                )
            }
            let after = descriptors()
            let files = fixture.folder.names(in: "output")
            fixture.launcher.close()
            fixture.folder.remove()
            exit(after == before && files.isEmpty ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    @Test("A backlog beyond 16 MiB is jumped over, and its bytes are counted")
    func backlog() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let line = String(repeating: "a", count: 1023) + "\n"
        let path = folder.file("x.out", String(repeating: line, count: 20 << 10))
        var stream = try CapturedStream(.stdout, path: path, at: 0)
        defer { stream.close() }
        var count = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
        defer { buffer.deallocate() }
        while stream.read(
            into: buffer,
            budget: 1 << 20,
            line: { bytes, _ in
                count += bytes.count == 1023 ? 1 : 1_000_000
            }
        ) {}
        #expect(stream.takeDroppedBytes() == 19 << 20)
        // The jump may land inside a line, whose rest is left out as well.
        #expect(count == 1023)
        var status = stat()
        stat(path, &status)
        #expect(status.st_size == 20 << 20)
        #expect(status.st_blocks * 512 < 4 << 20, "what was read is given back")
    }
}
