import Glibc
import SwarmCore
import SwarmModel
import Testing

@testable import SwarmRuntime

/// The first coordinator of each test is a process of its own, killed with SIGKILL, as it happens.
@Suite("A worker whose coordinator was killed", .timeLimit(.minutes(2)))
struct ProcessAdoptionTests {
    /// Launches `script` from another process, which kills itself once `isReady` is in the output.
    private func orphan(
        _ script: String,
        in folder: TemporaryFolder
    ) async throws -> ProcessIdentity {
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = folder.path as String, script = script as String] in
            let recorder = LaunchRecorder()
            let launcher = try LaunchFixture.launcher(in: path, recorder)
            let identity = try launcher.launch(
                .shell(script),
                worker: LaunchFixture.worker,
                incarnation: Incarnation(1)
            )
            _ = try await recorder.line { $0 == "ready" }
            let note = open("\(path)/identity", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            let text = Array("\(identity.pid) \(identity.startTime)".utf8)
            write(note, text, text.count)
            raise(SIGKILL)
        }
        let text = try #require(SmallFile.read("\(path)/identity", limit: 100))
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        return ProcessIdentity(
            pid: try #require(Int32(words[0])),
            startTime: try #require(UInt64(words[1]))
        )
    }

    /// The number the script wrote to `file` before it said that it is ready.
    private func number(in file: String, of folder: TemporaryFolder) throws -> Int32 {
        let text = try #require(SmallFile.read("\(folder.path)/\(file)", limit: 100))
        return try #require(Int32(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self)))
    }

    @Test("It goes on, no line is lost, and its end is noticed")
    func survives() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let identity = try await orphan(
            """
            cd \(folder.path); echo ready
            while [ ! -e alone ]; do sleep 0.02; done
            i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo "line $i"; done; : > written
            while [ ! -e adopted ]; do sleep 0.02; done
            echo last; echo problem >&2
            """,
            in: folder
        )
        #expect(identity.isAlive)
        _ = folder.file("alone", "")
        try await eventually { access("\(folder.path)/written", F_OK) == 0 }

        let recorder = LaunchRecorder()
        let launcher = try LaunchFixture.launcher(in: folder.path, recorder)
        defer { launcher.close() }
        #expect(launcher.adopt(identity, worker: LaunchFixture.worker, incarnation: Incarnation(1)))
        _ = try await recorder.line { $0 == "line 500" }
        _ = folder.file("adopted", "")
        let exit = await recorder.exit(of: Incarnation(1))
        #expect(exit.status == .unknown)
        #expect(String(decoding: exit.stderrTail, as: UTF8.self) == "problem\n")

        // The first coordinator has seen "ready"; whether it recorded that is a matter of time.
        let lines = recorder.text(.stdout).filter { $0 != "ready" }
        #expect(lines == (1...500).map { "line \($0)" } + ["last"])
        #expect(folder.names(in: "output").isEmpty)
    }

    @Test("It can be killed with everything it started")
    func kill() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let identity = try await orphan(
            "sleep 1000 & echo $! > \(folder.path)/child; echo ready; wait",
            in: folder
        )
        let child = try number(in: "child", of: folder)

        let recorder = LaunchRecorder()
        let launcher = try LaunchFixture.launcher(in: folder.path, recorder)
        defer { launcher.close() }
        #expect(launcher.adopt(identity, worker: LaunchFixture.worker, incarnation: Incarnation(1)))
        #expect(isRunning(child))
        #expect(
            launcher.signal(.kill, worker: LaunchFixture.worker, incarnation: Incarnation(1))
        )
        #expect(await recorder.exit(of: Incarnation(1)).status == .unknown)
        try await eventually { !isRunning(identity.pid) && !isRunning(child) }
    }

    @Test("If it has ended meanwhile, its last lines come, and its leftovers are ended")
    func ended() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let identity = try await orphan(
            """
            cd \(folder.path); sleep 1000 & echo $! > child; echo ready
            while [ ! -e alone ]; do sleep 0.02; done
            echo last
            """,
            in: folder
        )
        let child = try number(in: "child", of: folder)
        _ = folder.file("alone", "")
        try await eventually { !identity.isAlive }
        #expect(isRunning(child))

        let recorder = LaunchRecorder()
        let launcher = try LaunchFixture.launcher(in: folder.path, recorder)
        defer { launcher.close() }
        #expect(
            !launcher.adopt(identity, worker: LaunchFixture.worker, incarnation: Incarnation(1))
        )
        #expect(await recorder.exit(of: Incarnation(1)).status == .unknown)
        #expect(recorder.text(.stdout).last == "last")
        try await eventually { !isRunning(child) }
    }

    @Test("A process that only has its number is left alone")
    func recycled() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let bystander = try fixture.launch(.shell("sleep 1000"), as: Incarnation(8))

        let recorder = LaunchRecorder()
        let launcher = try LaunchFixture.launcher(in: fixture.folder.path, recorder)
        defer { launcher.close() }
        let former = ProcessIdentity(pid: bystander.pid, startTime: bystander.startTime - 1)
        #expect(!launcher.adopt(former, worker: LaunchFixture.worker, incarnation: Incarnation(3)))
        #expect(await recorder.exit(of: Incarnation(3)).status == .unknown)
        #expect(
            !launcher.signal(.kill, worker: LaunchFixture.worker, incarnation: Incarnation(3))
        )
        #expect(bystander.isAlive)
    }

    @Test("Files of processes nobody watches are removed, others are kept")
    func abandoned() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        _ = fixture.folder.file("output/pricing-9.4.out", "old")
        _ = fixture.folder.file("output/pricing-9.4.err", "old")
        _ = fixture.folder.file("output/pricing-9.4.position", "old")
        _ = fixture.folder.file("output/notes.txt", "not ours")
        try fixture.launch(.shell("sleep 1000"))
        fixture.launcher.removeAbandonedOutput()
        #expect(
            fixture.folder.names(in: "output") == [
                "notes.txt", "pricing-2.1.err", "pricing-2.1.out", "pricing-2.1.position",
            ]
        )
    }

    @Test("A closed launcher leaves its workers running")
    func closed() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let recorder = LaunchRecorder()
        let launcher = try LaunchFixture.launcher(in: folder.path, recorder)
        let identity = try launcher.launch(
            .shell("sleep 1000"),
            worker: LaunchFixture.worker,
            incarnation: Incarnation(1)
        )
        launcher.close()
        #expect(identity.isAlive)
        Glibc.kill(-identity.pid, SIGKILL)
        var status: Int32 = 0
        #expect(waitpid(identity.pid, &status, 0) == identity.pid)
    }
}
