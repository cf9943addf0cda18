import Glibc
import SwarmCore
import SwarmModel
import SwarmRuntime
import Testing

@Suite("A worker's process group", .timeLimit(.minutes(2)))
struct ProcessGroupTests {
    /// A shell that starts a grandchild, says its number, and waits.
    private static let family = "sleep 1000 & echo $!; wait"

    private func grandchild(_ fixture: LaunchFixture) async throws -> Int32 {
        let line = try await fixture.recorder.line { Int32($0) != nil }
        return try #require(Int32(line))
    }

    @Test("Killing it reaches what the worker started")
    func kill() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        try fixture.launch(.shell(ProcessGroupTests.family))
        let grandchild = try await grandchild(fixture)
        #expect(isRunning(grandchild))
        #expect(fixture.signal(.kill))
        #expect(await fixture.recorder.exit(of: Incarnation(1)).status == .signalled(SIGKILL))
        try await eventually { !isRunning(grandchild) }
    }

    @Test("A leftover is ended as soon as the worker ends by itself")
    func leftover() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let exit = try await fixture.run("sleep 1000 & echo $!; exit 3")
        #expect(exit.status == .exited(3))
        let grandchild = try await grandchild(fixture)
        try await eventually { !isRunning(grandchild) }
    }

    @Test("The exit is noticed although a grandchild keeps the output open")
    func heldOutput() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let exit = try await fixture.run("sleep 1000 & echo $!; exit 4", endsGroupOnExit: false)
        #expect(exit.status == .exited(4))
        let grandchild = try await grandchild(fixture)
        #expect(isRunning(grandchild))
        Glibc.kill(grandchild, SIGKILL)
    }

    @Test("A worker asked to terminate can end in its own way")
    func terminate() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        try fixture.launch(
            .shell("trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.05; done")
        )
        _ = try await fixture.recorder.line { $0 == "ready" }
        #expect(fixture.signal(.terminate))
        #expect(await fixture.recorder.exit(of: Incarnation(1)).status == .exited(9))
        #expect(fixture.recorder.text(.stdout).last == "bye")
    }

    @Test("A stopped worker hears that it shall terminate")
    func stopped() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let identity = try fixture.launch(
            .shell("trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done")
        )
        _ = try await fixture.recorder.line { $0 == "ready" }
        Glibc.kill(identity.pid, SIGSTOP)
        #expect(fixture.signal(.terminate))
        #expect(await fixture.recorder.exit(of: Incarnation(1)).status == .exited(9))
    }

    @Test("Nobody is signalled once the process has been reported as ended")
    func gone() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        _ = try await fixture.run("exit 0")
        #expect(!fixture.signal(.kill))
        #expect(!fixture.signal(.terminate))
    }

    @Test("A signal names its incarnation, not just the worker")
    func incarnation() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        let identity = try fixture.launch(.shell("sleep 1000"), as: Incarnation(7))
        #expect(!fixture.signal(.kill, Incarnation(6)))
        #expect(identity.isAlive)
        #expect(fixture.signal(.kill, Incarnation(7)))
        _ = await fixture.recorder.exit(of: Incarnation(7))
    }
}
