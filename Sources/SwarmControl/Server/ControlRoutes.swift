import Hummingbird
import SwarmModel

extension ControlRoute {
    /// Every operation of the API; `docs/openapi.json` describes exactly these.
    static let all: [ControlRoute] = [
        ControlRoute(.get, "/v1/health") { exchange in
            _ = try exchange.query()
            return try Response(document: await exchange.operations.health())
        },
        ControlRoute(.get, "/v1/status") { exchange in
            _ = try exchange.query()
            return try Response(document: await exchange.operations.status())
        },
        ControlRoute(.get, "/v1/workflows") { exchange in
            _ = try exchange.query()
            return try Response(document: await exchange.operations.workflows())
        },
        ControlRoute(.get, "/v1/capabilities") { exchange in
            _ = try exchange.query()
            return try Response(document: await exchange.operations.capabilities())
        },
        ControlRoute(.get, "/v1/runs") { exchange in
            let query = try exchange.query("state", "workflow", "before", "limit")
            let selection = RunListQuery(
                states: try query.list("state", of: RunDocument.State.self),
                workflow: query["workflow"],
                before: try query.run("before"),
                limit: try query.integer("limit", in: 1...1000) ?? 50
            )
            return try Response(document: await exchange.operations.runs(selection))
        },
        ControlRoute(.post, "/v1/runs") { exchange in
            _ = try exchange.query()
            let request = try await exchange.body(SubmitRequest.self)
            return try Response(document: await exchange.operations.submit(request), status: 201)
        },
        ControlRoute(.get, "/v1/runs/{run}") { exchange in
            let run = try exchange.run()
            let parts = try runParts(exchange)
            return try Response(document: await exchange.operations.run(run, including: parts))
        },
        ControlRoute(.post, "/v1/runs/{run}/cancel") { exchange in
            _ = try exchange.query()
            let run = try exchange.run()
            let request = try await exchange.body(CancelRequest.self)
            return try Response(
                document: await exchange.operations.cancel(run, reason: request.reason),
                status: 202
            )
        },
        ControlRoute(.post, "/v1/runs/{run}/compensate") { exchange in
            _ = try exchange.query()
            let run = try exchange.run()
            let request = try await exchange.body(CompensationRequest.self)
            return try Response(
                document: await exchange.operations.compensate(run, request),
                status: 202
            )
        },
        ControlRoute(.get, "/v1/decisions") { exchange in
            _ = try exchange.query()
            return try Response(document: await exchange.operations.questions())
        },
        ControlRoute(.post, "/v1/decisions") { exchange in
            _ = try exchange.query()
            let request = try await exchange.body(DecisionRequest.self)
            return try Response(document: await exchange.operations.decide(request), status: 202)
        },
        ControlRoute(.get, "/v1/runs/{run}/budget") { exchange in
            _ = try exchange.query()
            let run = try exchange.run()
            return try Response(document: await exchange.operations.budget(run))
        },
        ControlRoute(.get, "/v1/breakers") { exchange in
            _ = try exchange.query()
            return try Response(document: await exchange.operations.breakers())
        },
        ControlRoute(.post, "/v1/breakers") { exchange in
            _ = try exchange.query()
            let request = try await exchange.body(BreakerRequest.self)
            return try Response(document: await exchange.operations.command(request), status: 202)
        },
        ControlRoute(.get, "/v1/semaphores") { exchange in
            _ = try exchange.query()
            return try Response(document: await exchange.operations.semaphores())
        },
        ControlRoute(.get, "/v1/runs/{run}/events") { exchange in
            _ = try exchange.query()
            return try await runEvents(exchange)
        },
        ControlRoute(.get, "/v1/events") { exchange in
            try events(exchange)
        },
        ControlRoute(.post, "/v1/workers/{worker}/release") { exchange in
            _ = try exchange.query()
            let worker = try exchange.worker()
            return try Response(document: await exchange.operations.release(worker), status: 202)
        },
        ControlRoute(.post, "/v1/call") { exchange in
            _ = try exchange.query()
            let operations = exchange.operations
            let outcome = try await exchange.untilClientLeaves(CallRequest.self) { request in
                try await operations.call(request)
            }
            return try Response(document: outcome)
        },
        ControlRoute(.post, "/v1/stop") { exchange in
            _ = try exchange.query()
            let request = try await exchange.body(StopRequest.self)
            return try Response(document: await exchange.operations.stop(request), status: 202)
        },
    ]

    /// The parts of a run that `include` names, a list of `input`, `nodes`, `subtasks`, `payloads`.
    private static func runParts(_ exchange: Exchange) throws -> RunParts {
        let query = try exchange.query("include", "state", "node", "offset", "limit")
        let include = try query.list("include", of: IncludedPart.self)
        var parts = RunParts(
            input: include.contains(.input),
            nodes: include.contains(.nodes)
        )
        if include.contains(.subtasks) || include.contains(.payloads) {
            parts.subtasks = SubtaskQuery(
                states: try query.list("state", of: SubtaskDocument.State.self),
                node: query["node"],
                offset: try query.integer("offset", in: 0...Int.max) ?? 0,
                limit: try query.integer("limit", in: 1...1000) ?? 100,
                payloads: include.contains(.payloads)
            )
        }
        return parts
    }
}

/// What `include` may name.
enum IncludedPart: String, CaseIterable {
    case input, nodes, subtasks, payloads
}
