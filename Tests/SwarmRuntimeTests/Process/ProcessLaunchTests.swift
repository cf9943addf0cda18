import Glibc
import SwarmCore
import SwarmModel
import SwarmRuntime
import Testing

@Suite("A launched process", .timeLimit(.minutes(2)))
struct ProcessLaunchTests {
    @Test("The exit code is reported", arguments: [0, 1, 78, 255] as [Int32])
    func exitCode(code: Int32) async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let exit = try await fixture.run("exit \(code)")
        #expect(exit.status == .exited(code))
        #expect(exit.worker == LaunchFixture.worker)
        #expect(exit.incarnation == Incarnation(1))
    }

    @Test("The signal that ended it is reported", arguments: [SIGKILL, SIGSEGV, SIGTERM])
    func signalled(number: Int32) async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let exit = try await fixture.run("ulimit -c 0; kill -\(number) $$")
        #expect(exit.status == .signalled(number))
    }

    @Test("Its processor time and memory are reported")
    func usage() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let exit = try await fixture.run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
        let usage = try #require(exit.usage)
        #expect(usage.userTime + usage.systemTime > .zero)
        #expect(usage.peakMemory > 100_000)
    }

    @Test("It gets exactly the environment it was given")
    func environment() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        try fixture.launch(
            ProcessSpecification(
                executable: "/usr/bin/env",
                environment: [("B", "two words"), ("A", "1=ä")]
            )
        )
        _ = await fixture.recorder.exit(of: Incarnation(1))
        #expect(fixture.recorder.text(.stdout) == ["B=two words", "A=1=ä"])
    }

    @Test("It starts in its working directory, with its arguments unsplit")
    func directoryAndArguments() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let script = fixture.folder.file(
            "show",
            "#!/bin/sh\npwd -P\nfor a; do echo \"[$a]\"; done\n",
            mode: 0o755
        )
        try fixture.launch(
            ProcessSpecification(
                executable: script,
                arguments: ["a b", "", "*"],
                workingDirectory: "/usr/share"
            )
        )
        _ = await fixture.recorder.exit(of: Incarnation(1))
        #expect(fixture.recorder.text(.stdout) == ["/usr/share", "[a b]", "[]", "[*]"])
    }

    @Test("It leads a process group of its own")
    func group() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let identity = try fixture.launch(
            .python("import os; print(os.getpid(), os.getpgrp())")
        )
        _ = await fixture.recorder.exit(of: Incarnation(1))
        #expect(fixture.recorder.text(.stdout) == ["\(identity.pid) \(identity.pid)"])
    }

    @Test("It inherits no descriptor, not even one that asks for it")
    func descriptors() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        // Not close-on-exec, as a careless library would leave it.
        let inheritable = fcntl(open("/dev/null", O_RDONLY), F_DUPFD, 100)
        defer { close(inheritable) }
        try fixture.launch(
            .python(
                """
                import os
                for fd in sorted(int(f) for f in os.listdir('/proc/self/fd')):
                    try: os.fstat(fd)
                    except OSError: continue
                    print(fd)
                """
            )
        )
        _ = await fixture.recorder.exit(of: Incarnation(1))
        #expect(fixture.recorder.text(.stdout) == ["0", "1", "2"])
    }

    @Test("No signal is blocked or ignored in it")
    func signals() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, SIG_DFL) }
        try fixture.launch(
            ProcessSpecification(
                executable: "/bin/grep",
                arguments: ["-E", "^Sig(Blk|Ign)", "/proc/self/status"]
            )
        )
        _ = await fixture.recorder.exit(of: Incarnation(1))
        let masks = fixture.recorder.text(.stdout).map { line in
            // 32 and 33 belong to the C library, which lets nobody change them.
            UInt64(line.split(separator: "\t").last ?? "", radix: 16).map { $0 & ~(3 << 31) }
        }
        #expect(masks == [0, 0])
    }

    @Test("Its input is empty")
    func input() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        #expect(try await fixture.run("cat; echo done").status == .exited(0))
        #expect(fixture.recorder.text(.stdout) == ["done"])
    }

    @Test("Resource limits hold from its first instruction")
    func limits() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        _ = try await fixture.run(
            "ulimit -n; ulimit -v",
            limits: ProcessLimits(openFiles: 123, memory: 512 << 20)
        )
        #expect(fixture.recorder.text(.stdout) == ["123", "\(512 << 10)"])
    }

    @Test("A start time tells it from a later process with the same number")
    func identity() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let identity = try fixture.launch(.shell("sleep 1000"))
        #expect(identity.isAlive)
        #expect(ProcessIdentity(running: identity.pid) == identity)
        var other = identity
        other.startTime += 1
        #expect(!other.isAlive)
        fixture.signal(.kill)
        _ = await fixture.recorder.exit(of: Incarnation(1))
        #expect(!identity.isAlive)
    }

    @Test("Two hundred processes at once are all reported, each once")
    func many() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        for number in 1...200 as ClosedRange<UInt64> {
            try fixture.launch(
                .shell("echo \(number); exit \(number % 100)"),
                as: Incarnation(number)
            )
        }
        for number in 1...200 as ClosedRange<UInt64> {
            let exit = await fixture.recorder.exit(of: Incarnation(number))
            #expect(exit.status == .exited(Int32(number % 100)))
        }
        #expect(
            fixture.recorder.text(.stdout).compactMap { Int($0) }.sorted() == Array(1...200)
        )
        #expect(fixture.recorder.exitCount == 200)
        #expect(fixture.launcher.running.isEmpty)
        #expect(fixture.folder.names(in: "output").isEmpty)
    }
}
