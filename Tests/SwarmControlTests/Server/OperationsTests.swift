import SwarmControl
import SwarmModel
import Testing

@Suite("Operations over the socket", .timeLimit(.minutes(2)))
struct OperationsTests {
    @Test("A client sees exactly the documents the coordinator gave")
    func documentsSurviveTheTrip() async throws {
        try await ServedSwarm.run { served in
            let (client, swarm) = (served.client, served.swarm)
            #expect(try await client.health() == swarm.health())
            #expect(try await client.status() == Samples.status)
            #expect(try await client.workflows() == swarm.workflows())
            #expect(try await client.capabilities() == swarm.capabilities())
            let submitted = try await client.submit(SubmitRequest(workflow: "audit"))
            #expect(submitted.run == "r_1")
            let run = RunID(1)
            let everything = RunParts(
                input: true,
                nodes: true,
                subtasks: SubtaskQuery(payloads: true)
            )
            #expect(
                try await client.run(run, including: everything)
                    == swarm.run(run, including: everything)
            )
            #expect(try await client.runs(RunListQuery()) == swarm.runs(RunListQuery()))
            #expect(try await client.questions() == swarm.questions())
            let decision = DecisionRequest(
                subtask: "r_1/post[3]/undo",
                decision: .didNotHappen,
                reason: "I looked: \"nothing\" is there",
                by: "ada"
            )
            _ = try await client.decide(decision)
            #expect(await swarm.decisions == [decision])
            let wish = CompensationRequest(accept: true, reason: "written off", by: "ada")
            #expect(try await client.compensate(run, wish).standing == [Samples.standing])
            #expect(await swarm.compensations == [wish])
            #expect(try await client.breakers() == Samples.breakers)
            #expect(try await client.budget(run) == Samples.budget)
            #expect(try await client.semaphores() == Samples.semaphores)
            let order = BreakerRequest(
                breaker: "workflow:a/b",
                command: .reset,
                reason: "mended",
                by: "ada"
            )
            _ = try? await client.command(order)
            #expect(await swarm.orders == [order])
            let cancelled = try await client.cancel(run, reason: "no longer needed")
            #expect(cancelled.state == .cancelling)
            #expect(cancelled.failure?.message == "no longer needed")
        }
    }

    @Test("A run is shown without its large parts unless they are asked for")
    func partsAreOptional() async throws {
        try await ServedSwarm.run { served in
            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            let run = try await served.client.run(RunID(1), including: RunParts())
            #expect(run.input == nil && run.nodes == nil && run.subtasks == nil)
        }
    }

    @Test("Every part of a query reaches the coordinator")
    func queriesSurviveTheTrip() async throws {
        try await ServedSwarm.run { served in
            let list = RunListQuery(
                states: [.failed, .deadlineExceeded],
                workflow: "a b&c=d/ü",
                before: RunID(17),
                limit: 3
            )
            _ = try await served.client.runs(list)
            #expect(await served.swarm.queries == [list])

            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            let parts = RunParts(
                input: true,
                nodes: false,
                subtasks: SubtaskQuery(
                    states: [.failed, .retrying],
                    node: "check",
                    offset: 200,
                    limit: 1000,
                    payloads: true
                )
            )
            _ = try await served.client.run(RunID(1), including: parts)
            #expect(await served.swarm.parts == [parts])
        }
    }

    @Test("Numbers in a submission keep every digit")
    func numbersAreVerbatim() async throws {
        try await ServedSwarm.run { served in
            let workflow = try JSON(
                parsing: Array(#"{"a":1.10,"b":123456789012345678901234567890,"c":1e2}"#.utf8)
            )
            let input = try JSON(parsing: Array(#"{"amount":0.1000}"#.utf8))
            _ = try await served.client.submit(SubmitRequest(workflow: workflow, input: input))
            let received = await served.swarm.submissions.first
            #expect(received?.workflow.description == workflow.description)
            #expect(received?.input?.description == #"{"amount":0.1000}"#)
        }
    }

    @Test("An error of the coordinator arrives with its code, message and hint")
    func errorsSurviveTheTrip() async throws {
        try await ServedSwarm.run { served in
            await #expect(
                throws: ErrorDocument(
                    .badInput,
                    "no workflow is called missing",
                    hint: "the topology names: audit"
                )
            ) {
                try await served.client.submit(SubmitRequest(workflow: "missing"))
            }
            await #expect(
                throws: ErrorDocument(
                    .notFound,
                    "there is no run r_99",
                    hint: "`swarm runs` lists them"
                )
            ) {
                try await served.client.run(RunID(99), including: RunParts())
            }
            await #expect(
                throws: ErrorDocument(
                    .notFound,
                    "there is no run r_99",
                    hint: "`swarm runs` lists them"
                )
            ) {
                try await served.client.ended(RunID(99))
            }
        }
    }

    @Test("A call carries its agent, arguments and result")
    func calls() async throws {
        try await ServedSwarm.run { served in
            let outcome = try await served.client.call(
                CallRequest(agent: "pricing", capability: "quote", args: ["sku": "A"])
            )
            #expect(outcome.worker == "pricing-1")
            #expect(outcome.result == ["sku": "A"])
            #expect(outcome.elapsedMs == 12)
        }
    }

    @Test("A call whose client goes away is told so")
    func abandonedCalls() async throws {
        try await ServedSwarm.run { served in
            await served.swarm.holdCalls()
            let caller = Task {
                try await served.client.call(CallRequest(capability: "quote"))
            }
            try await eventually { await served.swarm.heldCalls == 1 }
            caller.cancel()
            try await eventually { await served.swarm.cancelledCalls > 0 }
            #expect(await served.swarm.cancelledCalls == 1)
        }
    }

    @Test("Nobody on the socket is an error that says how to start a swarm")
    func unreachable() async throws {
        try await TemporaryDirectory.with { directory in
            let socket = try ControlSocket(stateDirectory: directory)
            let error = await #expect(throws: ErrorDocument.self) {
                try await ControlClient(socket: socket).health()
            }
            #expect(error?.code == .unreachable)
            #expect(error?.exit == 69)
            #expect(error?.message.contains(socket.path) == true)
            #expect(error?.hint?.contains("swarm up") == true)
        }
    }
}
