import Glibc
import SwarmModel
import SwarmWire
import Testing
import ZeroMQ

@testable import SwarmWorker

@Suite("The echo agent, as a process of its own", .timeLimit(.minutes(3)))
struct EchoAgentTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func launch(
        _ coordinator: ScriptedCoordinator,
        orphanTimeout: Int = 60_000
    ) throws -> ChildProcess {
        try ChildProcess(
            "echo-agent",
            environment: try directory.environment(
                endpoint: coordinator.endpoint.description,
                orphanTimeout: orphanTimeout
            ),
            log: directory.file("stderr")
        )
    }

    @Test("Run by hand it says what it is and can do, and exits with 64")
    func byHand() throws {
        let child = try ChildProcess(
            "echo-agent",
            environment: [:],
            log: directory.file("stderr")
        )
        #expect(child.wait() == .exited(64))
        let text = try directory.text("stderr")
        #expect(text.contains("echo-agent is a worker of a Swarm"))
        #expect(text.contains("  crash\n  echo\n  fail\n  hang\n  large\n  sleep\n"))
        #expect(text.contains("swarm call"))
    }

    @Test("With an environment that cannot be right it says so and exits with 78")
    func misconfigured() throws {
        let child = try ChildProcess(
            "echo-agent",
            environment: ["SWARM_ENDPOINT": "ipc:///tmp/x", "SWARM_INSTANCE": "x"],
            log: directory.file("stderr")
        )
        #expect(child.wait() == .exited(78))
        #expect(try directory.text("stderr").contains(#""level":"error""#))
        #expect(try directory.text("stderr").contains("SWARM_INSTANCE"))
    }

    @Test("It works, reports failures as told, and leaves on SIGTERM when all is acknowledged")
    func wholeLife() async throws {
        let coordinator = try await ScriptedCoordinator(path: directory.file("bus"))
        let child = try launch(coordinator)
        let (hello, peer) = try await coordinator.welcome()
        #expect(hello.processID == child.pid)
        #expect(hello.capabilities == ["crash", "echo", "fail", "hang", "large", "sleep"])
        await coordinator.assign(1, "echo", #"{"deep":[1,2,{"x":null}]}"#, to: peer)
        #expect(try await coordinator.result().value == #"{"deep":[1,2,{"x":null}]}"#)
        await coordinator.assign(2, "fail", #"{"kind":"rate_limited","times":1}"#, to: peer)
        #expect(try await coordinator.failure().kind == .rateLimited)
        await coordinator.assign(
            3,
            "fail",
            #"{"kind":"transient","times":1}"#,
            attempt: 2,
            to: peer
        )
        #expect(try await coordinator.result().value == #"{"attempt":2}"#)
        await coordinator.assign(4, "fail", #"{"kind":"worker_lost"}"#, to: peer)
        #expect(try await coordinator.failure().kind == .validation)
        await coordinator.assign(5, "sleep", #"{"ms":30,"steps":3}"#, to: peer)
        #expect(try await coordinator.result().value == #"{"ms":30}"#)
        kill(child.pid, SIGTERM)
        await coordinator.assign(6, "echo", "6", to: peer)
        for lease: UInt64 in 1...5 { await coordinator.acknowledge(lease, to: peer) }
        var verbs: [Verb] = []
        while verbs.last != .bye {
            let heard = await coordinator.next()
            verbs.append(heard.message.verb)
            // It came before the signal or after it; either way it is settled.
            if heard.message.verb == .result { await coordinator.acknowledge(6, to: peer) }
        }
        #expect(verbs == [.returned, .bye] || verbs == [.result, .bye])
        #expect(child.wait() == .exited(0))
        coordinator.stop()
    }

    @Test("A second SIGTERM ends it at once with 143")
    func secondSignal() async throws {
        let coordinator = try await ScriptedCoordinator(path: directory.file("bus"))
        let child = try launch(coordinator)
        let (_, peer) = try await coordinator.welcome()
        await coordinator.assign(1, "hang", to: peer)
        try await coordinator.started(1)
        await coordinator.assign(2, "echo", confirmed: true, to: peer)
        try await coordinator.started(2)
        kill(child.pid, SIGTERM)
        #expect(await coordinator.next().message.verb == .returned)
        kill(child.pid, SIGTERM)
        #expect(child.wait() == .exited(143))
        coordinator.stop()
    }

    @Test("A crash takes the process down by the signal that was asked for")
    func crash() async throws {
        let coordinator = try await ScriptedCoordinator(path: directory.file("bus"))
        let child = try launch(coordinator)
        let (_, peer) = try await coordinator.welcome()
        await coordinator.assign(1, "crash", #"{"signal":15}"#, to: peer)
        #expect(child.wait() == .signalled(SIGTERM))
        coordinator.stop()
    }

    @Test("When the coordinator dies it outlives it for the orphan timeout, then exits with 69")
    func orphan() async throws {
        let coordinator = try await ScriptedCoordinator(path: directory.file("bus"))
        let child = try launch(coordinator, orphanTimeout: 300)
        _ = try await coordinator.welcome()
        coordinator.stop()
        #expect(child.wait() == .exited(69))
        #expect(try directory.text("stderr").contains("no coordinator was heard for 0.3 seconds"))
    }
}
