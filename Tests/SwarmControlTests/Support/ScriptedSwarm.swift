import SwarmControl
import SwarmModel

/// A coordinator for tests: keeps runs in memory and lets a test say how they go.
actor ScriptedSwarm: SwarmOperations {
    static let epoch = Instant(microseconds: 1_790_000_000_123_456)

    private var documents: [RunID: RunDocument] = [:]
    private var waiters: [RunID: [UInt64: CheckedContinuation<RunDocument, any Error>]] = [:]
    private var nextWaiter: UInt64 = 0
    private(set) var submissions: [SubmitRequest] = []
    private(set) var queries: [RunListQuery] = []
    private(set) var parts: [RunParts] = []
    private(set) var stops: [StopRequest] = []
    private(set) var decisions: [DecisionRequest] = []
    private(set) var compensations: [CompensationRequest] = []
    private(set) var orders: [BreakerRequest] = []
    private(set) var cancelledCalls = 0
    private var callWaiters: [CheckedContinuation<Void, Never>] = []
    private var isHoldingCalls = false
    private(set) var heldCalls = 0

    func health() -> HealthDocument {
        HealthDocument(
            status: .degraded,
            pid: 4711,
            version: "0.1.0",
            workersReady: 1,
            workersExpected: 2,
            reason: "pricing-2 is quarantined"
        )
    }

    func status() -> SwarmStatusDocument { Samples.status }

    func release(_ worker: WorkerID) throws -> SwarmStatusDocument {
        guard worker == WorkerID(agent: "pricing", replica: 2) else {
            throw ErrorDocument(.notFound, "there is no worker \(worker)", hint: "see swarm ps")
        }
        return Samples.status
    }

    func submit(_ request: SubmitRequest) throws -> RunDocument {
        submissions.append(request)
        if request.workflow == "missing" {
            throw ErrorDocument(
                .badInput,
                "no workflow is called missing",
                hint: "the topology names: audit"
            )
        }
        let run = RunID(UInt64(documents.count + 1))
        let document = RunDocument(
            run: run,
            workflow: request.workflow.stringValue ?? "inline",
            version: "1",
            state: .running,
            submittedAt: Self.epoch,
            elapsed: .zero,
            counts: Counts(waiting: 2, ready: 1)
        )
        documents[run] = document
        return document
    }

    func runs(_ query: RunListQuery) -> RunListDocument {
        queries.append(query)
        let lines = documents.keys.sorted(by: >).map { run in
            RunSummaryDocument(
                run: run,
                workflow: "audit",
                state: .running,
                submittedAt: Self.epoch,
                elapsed: .seconds(1),
                counts: Counts(running: 1)
            )
        }
        return RunListDocument(runs: Array(lines.prefix(query.limit)), nextBefore: RunID(1))
    }

    func run(_ run: RunID, including parts: RunParts) throws -> RunDocument {
        self.parts.append(parts)
        guard var document = documents[run] else { throw unknown(run) }
        if parts.input { document.input = ["depth": 3] }
        if parts.nodes { document.nodes = Samples.nodes }
        if parts.subtasks != nil {
            document.subtasks = Samples.subtasks(
                of: run,
                payloads: parts.subtasks?.payloads == true
            )
            document.nextOffset = 2
        }
        return document
    }

    func ended(_ run: RunID) async throws -> RunDocument {
        guard let document = documents[run] else { throw unknown(run) }
        guard !document.state.isTerminal else { return document }
        let key = nextWaiter
        nextWaiter += 1
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    waiters[run, default: [:]][key] = continuation
                }
            }
        } onCancel: {
            Task { await self.forget(key, of: run) }
        }
    }

    func cancel(_ run: RunID, reason: String?) throws -> RunDocument {
        guard var document = documents[run] else { throw unknown(run) }
        document.state = .cancelling
        document.failure = FailureDocument(Failure(.cancelled, reason ?? "no reason given"))
        documents[run] = document
        return document
    }

    func questions() -> QuestionListDocument {
        QuestionListDocument(questions: [Samples.question])
    }

    func decide(_ request: DecisionRequest) throws -> RunDocument {
        decisions.append(request)
        guard request.subtask.hasPrefix("r_1/"), let document = documents[RunID(1)] else {
            throw ErrorDocument(.conflict, "\(request.subtask) waits for no decision")
        }
        return document
    }

    func compensate(_ run: RunID, _ request: CompensationRequest) throws -> RunDocument {
        compensations.append(request)
        guard var document = documents[run] else { throw unknown(run) }
        document.state = request.accept == true ? .compensationFailed : .undoing
        document.standing = [Samples.standing]
        return document
    }

    func breakers() -> BreakerListDocument { Samples.breakers }

    func command(_ request: BreakerRequest) throws -> BreakerListDocument {
        orders.append(request)
        guard BreakerTarget(request.breaker) != nil else {
            throw ErrorDocument(.badRequest, "\(request.breaker) is no breaker")
        }
        return Samples.breakers
    }

    func budget(_ run: RunID) throws -> BudgetDocument {
        guard documents[run] != nil else { throw unknown(run) }
        return Samples.budget
    }

    func semaphores() -> SemaphoreListDocument { Samples.semaphores }

    func call(_ request: CallRequest) async throws -> CallDocument {
        if isHoldingCalls {
            heldCalls += 1
            await withTaskCancellationHandler {
                await withCheckedContinuation { callWaiters.append($0) }
            } onCancel: {
                Task { await self.releaseCalls(cancelled: true) }
            }
        }
        return CallDocument(
            run: RunID(9),
            state: .succeeded,
            worker: "\(request.agent ?? "any")-1",
            attempts: 1,
            elapsed: .milliseconds(12),
            result: request.args
        )
    }

    func workflows() -> WorkflowListDocument {
        WorkflowListDocument(workflows: [
            WorkflowDocument(
                name: "audit",
                version: "1",
                description: "Looks at everything",
                input: ["type": "object"],
                capabilities: ["check", "list"]
            )
        ])
    }

    func capabilities() -> CapabilityListDocument {
        CapabilityListDocument(capabilities: [
            CapabilityDocument(
                agent: "pricing",
                name: "quote",
                description: "Names a price",
                parameters: ["type": "object"],
                returns: true,
                workersReady: 2
            )
        ])
    }

    func stop(_ request: StopRequest) -> StopDocument {
        stops.append(request)
        return StopDocument(pid: 4711, draining: request.drain ?? true)
    }

    // MARK: - What a test says

    /// Changes a run, and wakes nobody who waits for its end: it ends with the swarm.
    func updateQuietly(_ run: RunID, _ change: @Sendable (inout RunDocument) -> Void) {
        if var document = documents[run] {
            change(&document)
            documents[run] = document
        }
    }

    func update(_ run: RunID, _ change: @Sendable (inout RunDocument) -> Void) {
        guard var document = documents[run] else { return }
        change(&document)
        documents[run] = document
        guard document.state.isTerminal else { return }
        for waiter in (waiters.removeValue(forKey: run) ?? [:]).values {
            waiter.resume(returning: document)
        }
    }

    func holdCalls() { isHoldingCalls = true }

    private func releaseCalls(cancelled: Bool) {
        if cancelled { cancelledCalls += 1 }
        for waiter in callWaiters { waiter.resume() }
        callWaiters = []
    }

    private func forget(_ key: UInt64, of run: RunID) {
        waiters[run]?.removeValue(forKey: key)?.resume(throwing: CancellationError())
    }

    private func unknown(_ run: RunID) -> ErrorDocument {
        ErrorDocument(.notFound, "there is no run \(run)", hint: "`swarm runs` lists them")
    }
}
