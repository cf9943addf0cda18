public import SwarmModel

extension ControlClient: SwarmOperations {
    /// Whether the coordinator serves.
    public func health() async throws -> HealthDocument {
        try await get(RequestTarget("v1", "health"))
    }

    /// The coordinator and every worker.
    public func status() async throws -> SwarmStatusDocument {
        try await get(RequestTarget("v1", "status"))
    }

    /// Starts a run.
    public func submit(_ request: SubmitRequest) async throws -> RunDocument {
        try await post(RequestTarget("v1", "runs"), request)
    }

    /// A page of runs, newest first.
    public func runs(_ query: RunListQuery) async throws -> RunListDocument {
        try await get(
            RequestTarget("v1", "runs")
                .adding("state", query.states.map(\.rawValue).joined(separator: ","))
                .adding("workflow", query.workflow).adding("before", query.before)
                .adding("limit", query.limit)
        )
    }

    /// One run as it stands.
    public func run(_ run: RunID, including parts: RunParts) async throws -> RunDocument {
        var include: [IncludedPart] = []
        if parts.input { include.append(.input) }
        if parts.nodes { include.append(.nodes) }
        if parts.subtasks != nil { include.append(.subtasks) }
        if parts.subtasks?.payloads == true { include.append(.payloads) }
        var target = RequestTarget("v1", "runs", run.description)
            .adding("include", include.map(\.rawValue).joined(separator: ","))
        if let subtasks = parts.subtasks {
            target =
                target.adding("state", subtasks.states.map(\.rawValue).joined(separator: ","))
                .adding("node", subtasks.node).adding("offset", subtasks.offset)
                .adding("limit", subtasks.limit)
        }
        return try await get(target)
    }

    /// One run, as soon as it has ended.
    public func ended(_ run: RunID) async throws -> RunDocument {
        try await ended(run) { _ in }
    }

    /// One run, as soon as it has ended; until then `watch` is told how it stands.
    public func ended(
        _ run: RunID,
        watching watch: (RunDocument) -> Void
    ) async throws -> RunDocument {
        for try await document in progress(of: run) {
            if document.state.isTerminal { return document }
            watch(document)
        }
        throw CancellationError()
    }

    /// Asks a run to cancel.
    public func cancel(_ run: RunID, reason: String?) async throws -> RunDocument {
        try await post(
            RequestTarget("v1", "runs", run.description, "cancel"),
            CancelRequest(reason: reason)
        )
    }

    /// Puts a worker back into service.
    public func release(_ worker: WorkerID) async throws -> SwarmStatusDocument {
        try await post(
            RequestTarget("v1", "workers", worker.description, "release"),
            [String: String]()
        )
    }

    /// Everything that waits for a person's decision.
    public func questions() async throws -> QuestionListDocument {
        try await get(RequestTarget("v1", "decisions"))
    }

    /// Answers what a subtask waits with.
    public func decide(_ request: DecisionRequest) async throws -> RunDocument {
        try await post(RequestTarget("v1", "decisions"), request)
    }

    /// Has a run undone, or accepts what it leaves.
    public func compensate(
        _ run: RunID,
        _ request: CompensationRequest
    ) async throws -> RunDocument {
        try await post(RequestTarget("v1", "runs", run.description, "compensate"), request)
    }

    /// Every circuit breaker that counts or was moved.
    public func breakers() async throws -> BreakerListDocument {
        try await get(RequestTarget("v1", "breakers"))
    }

    /// Moves a circuit breaker.
    public func command(_ request: BreakerRequest) async throws -> BreakerListDocument {
        try await post(RequestTarget("v1", "breakers"), request)
    }

    /// What a run has used up, and what it may.
    public func budget(_ run: RunID) async throws -> BudgetDocument {
        try await get(RequestTarget("v1", "runs", run.description, "budget"))
    }

    /// Every named semaphore.
    public func semaphores() async throws -> SemaphoreListDocument {
        try await get(RequestTarget("v1", "semaphores"))
    }

    /// Calls one capability and waits for what comes of it.
    public func call(_ request: CallRequest) async throws -> CallDocument {
        try await post(RequestTarget("v1", "call"), request)
    }

    /// The workflows that can be run by name.
    public func workflows() async throws -> WorkflowListDocument {
        try await get(RequestTarget("v1", "workflows"))
    }

    /// The capabilities the agents declare.
    public func capabilities() async throws -> CapabilityListDocument {
        try await get(RequestTarget("v1", "capabilities"))
    }

    /// Begins to end the coordinator.
    public func stop(_ request: StopRequest) async throws -> StopDocument {
        try await post(RequestTarget("v1", "stop"), request)
    }
}
