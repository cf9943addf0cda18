import SwarmCore
import SwarmModel
import SwarmRuntime
import Testing

@Suite("A process that cannot be started", .timeLimit(.minutes(2)))
struct LaunchErrorTests {
    private func error(_ specification: ProcessSpecification) throws -> LaunchError {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        var found: LaunchError?
        do {
            try fixture.launch(specification)
        } catch let error as LaunchError {
            found = error
        }
        #expect(fixture.folder.names(in: "output").isEmpty, "nothing is left behind")
        #expect(fixture.launcher.running.isEmpty)
        return try #require(found)
    }

    @Test("A missing program is named")
    func missing() throws {
        let error = try error(ProcessSpecification(executable: "/nowhere/pricing"))
        #expect(error.code == .executableMissing)
        #expect(error.message.contains("/nowhere/pricing"))
    }

    @Test("A program without the permission says how to give it")
    func notExecutable() throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let path = folder.file("worker", "#!/bin/sh\n", mode: 0o644)
        let error = try error(ProcessSpecification(executable: path))
        #expect(error.code == .notExecutable)
        #expect(error.hint.contains("chmod +x \(path)"))
    }

    @Test("A folder is no program")
    func folder() throws {
        #expect(try error(ProcessSpecification(executable: "/usr")).code == .notExecutable)
    }

    @Test("A missing interpreter is told apart from a missing script")
    func interpreter() throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let path = folder.file("worker", "#!/nowhere/python\n", mode: 0o755)
        let error = try error(ProcessSpecification(executable: path))
        #expect(error.code == .interpreterMissing)
        #expect(error.hint.contains("#!"))
    }

    @Test("A text file without #! is neither program nor script")
    func format() throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let path = folder.file("worker", "hello\n", mode: 0o755)
        #expect(try error(ProcessSpecification(executable: path)).code == .wrongFormat)
    }

    @Test("A missing working directory is told apart from a missing program")
    func directory() throws {
        let error = try error(
            ProcessSpecification(executable: "/bin/true", workingDirectory: "/nowhere")
        )
        #expect(error.code == .workingDirectory)
        #expect(error.message.contains("/nowhere"))
    }

    @Test("A zero byte in an argument is refused, not cut")
    func zeroByte() throws {
        let error = try error(
            ProcessSpecification(executable: "/bin/echo", arguments: ["a\0b"])
        )
        #expect(error.code == .badSpecification)
    }

    @Test("An incarnation that runs is not started a second time")
    func twice() async throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        try fixture.launch(.shell("sleep 1000"))
        #expect(throws: LaunchError.self) { try fixture.launch(.shell("exit 0")) }
        #expect(fixture.signal(.kill))
        #expect(await fixture.recorder.exit(of: Incarnation(1)).status == .signalled(9))
    }

    @Test("An output folder that cannot be made is an error of its own")
    func outputFolder() throws {
        #expect {
            try ProcessLauncher(
                outputDirectory: "/proc/nowhere/output",
                output: { _ in },
                exited: { _ in },
                post: { $0() }
            )
        } throws: { ($0 as? LaunchError)?.code == .outputUnavailable }
    }

    @Test("After closing nothing is started")
    func closed() throws {
        let fixture = try LaunchFixture()
        defer { fixture.remove() }
        fixture.launcher.close()
        #expect {
            try fixture.launch(.shell("exit 0"))
        } throws: { ($0 as? LaunchError)?.code == .closed }
    }
}
