import Glibc
import SwarmConfig
import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
public import SwarmModel
public import SwarmRuntime

/// Answers the control API from a running coordinator, its ledger and its journal.
public struct CoordinatorOperations: SwarmOperations {
    let service: CoordinatorService
    let known: [Workflow]
    let topologyPath: String
    let controlPath: String
    let log: LogFile?
    private let untold = UntoldRuns()

    /// How many running subtasks a run names.
    static let currentLimit = 16

    /// Operations on one coordinator.
    ///
    /// - Parameters:
    ///   - service: The coordinator.
    ///   - workflows: The workflows that can be run by name.
    ///   - topologyPath: The topology's file, as shown to operators.
    ///   - controlPath: The control socket, as shown to operators.
    ///   - log: Where runs that are not accepted are logged; nil logs none.
    public init(
        service: CoordinatorService,
        workflows: [Workflow],
        topologyPath: String,
        controlPath: String,
        log: LogFile? = nil
    ) {
        self.service = service
        known = workflows
        self.topologyPath = topologyPath
        self.controlPath = controlPath
        self.log = log
    }

    /// Whether the coordinator serves.
    public func health() async throws -> HealthDocument {
        let workers = await service.coordinator.workers
        // One that has ended for good, as its policy says, is not waited for.
        let ended = workers.count { $0.phase == .stopped }
        let ready = ended + workers.count { $0.phase == .ready || $0.phase == .suspect }
        let broken = workers.filter { $0.phase == .quarantined }.map(\.id.description)
        let isEnding = await service.coordinator.isEnding
        let status: HealthDocument.Status =
            if isEnding {
                .stopping
            } else if ready == workers.count {
                .ready
            } else if workers.contains(where: { $0.restarts > 0 || $0.phase == .quarantined }) {
                .degraded
            } else {
                .starting
            }
        return HealthDocument(
            status: status,
            pid: getpid(),
            version: SwarmVersion.text,
            workersReady: ready,
            workersExpected: workers.count,
            reason: broken.isEmpty ? nil : "quarantined: \(broken.joined(separator: ", "))"
        )
    }

    /// The coordinator and every worker.
    public func status() async throws -> SwarmStatusDocument {
        let now = await service.coordinator.now
        var workers: [WorkerDocument] = []
        for view in await service.coordinator.workers {
            workers.append(await document(of: view, at: now))
        }
        return SwarmStatusDocument(
            name: service.plan.topology.name,
            coordinator: CoordinatorDocument(
                pid: getpid(),
                version: SwarmVersion.text,
                endpoints: CoordinatorDocument.Endpoints(
                    bus: await service.endpoints().first ?? "",
                    control: controlPath
                ),
                stateDirectory: service.stateFolder.path,
                topology: topologyPath,
                durability: service.durability.rawValue,
                startedAt: service.startedAt,
                uptime: now - service.startedAt,
                seq: service.ledger.seq,
                rssMib: ResidentMemory.mebibytes
            ),
            workers: workers,
            activeRuns: service.ledger.active
        )
    }

    private func document(of view: WorkerView, at now: Instant) async -> WorkerDocument {
        let agent = service.plan.agent(named: view.id.agent)
        let state: WorkerDocument.State =
            switch view.phase {
            case .stopped: .stopped
            case .waiting, .launching, .expected: .expected
            case .ready: .ready
            case .suspect: .suspect
            case .lost: .lost
            case .draining, .stopping: .draining
            case .quarantined: .quarantined
            }
        var document = WorkerDocument(
            worker: view.id.description,
            agent: view.id.agent,
            pid: view.process?.pid,
            state: state,
            ready: view.phase == .ready,
            uptime: view.process == nil ? nil : now - view.launchedAt,
            inflight: view.held,
            concurrency: agent?.configuration.concurrency ?? view.credit,
            queue: await service.coordinator.queueLength(agent: view.id.agent),
            restarts: view.restarts,
            p95Ms: service.ledger.p95(of: view.id),
            lastError: service.ledger.lastFailure(of: view.id),
            capabilities: agent?.manifest.capabilities.map(\.name) ?? [],
            version: agent?.manifest.version,
            incarnation: view.incarnation.number
        )
        document.errorRate = service.ledger.errorRate(of: view.id)
        let open = await service.coordinator.openBreakers(of: view.id)
        document.openBreakers = open.isEmpty ? nil : open.map(\.description)
        return document
    }

    /// Starts a run.
    public func submit(_ request: SubmitRequest) async throws -> RunDocument {
        let workflow = try workflow(of: request)
        let input = try prepared(request.input ?? [:], for: workflow)
        let run = try await start(workflow, input: input)
        let document = try await self.run(run, including: RunParts())
        untold.submitted(run)
        return document
    }

    /// Gives whoever submitted a run that has just ended a moment to ask how, once the coordinator
    /// has ended and before nobody answers any more.
    func lingerForSubmitters() async {
        let moment = Duration.seconds(2)
        let limit = ContinuousClock.now + moment
        while ContinuousClock.now < limit {
            let now = await service.coordinator.now
            let isAwaited = untold.all.contains { run in
                service.ledger.entry(run)?.finished.map { now - $0 < moment } ?? false
            }
            guard isAwaited else { return }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Somebody has been told how a run ended.
    func told(_ run: RunID) { untold.told(run) }

    private func workflow(of request: SubmitRequest) throws -> Workflow {
        switch request.workflow {
        case .string(let name):
            guard let workflow = known.first(where: { $0.name == name }) else {
                throw ErrorDocument(
                    .notFound,
                    "no workflow is named \"\(name)\"",
                    hint: known.isEmpty
                        ? "the topology lists no workflows"
                        : "there are \(known.map(\.name).joined(separator: ", "))"
                )
            }
            return workflow
        case .object:
            do { return try Workflow(json: request.workflow) } catch {
                throw ErrorDocument(
                    .badInput,
                    "the workflow is wrong: \(error)",
                    hint: "`swarm config check` says where"
                )
            }
        case .null, .bool, .integer, .number, .array:
            throw ErrorDocument(
                .badRequest,
                "\"workflow\" must be a name or a workflow document",
                hint: "see `swarm config schema workflow`"
            )
        }
    }

    private func prepared(_ input: JSON, for workflow: Workflow) throws -> JSON {
        let schema: WorkflowInput
        do { schema = try WorkflowInput(schema: workflow.input) } catch {
            throw ErrorDocument(
                .badInput,
                "the input schema of \"\(workflow.name)\" is wrong: \(error)",
                hint: "`swarm config check` says where"
            )
        }
        switch schema.prepare(input) {
        case .success(let complete): return complete
        case .failure(let invalid):
            throw ErrorDocument(
                .badInput,
                "the input does not fit \"\(workflow.name)\": \(invalid)",
                hint: workflow.input?["properties"]?.objectValue.map {
                    "it takes \($0.keys.joined(separator: ", "))"
                }
            )
        }
    }

    /// What the submitter is told about a run that was not accepted.
    private static func rejection(of workflow: Workflow, _ failure: Failure) -> ErrorDocument {
        switch failure.kind {
        case .notFound:
            ErrorDocument(
                .noCapableAgent,
                failure.message,
                hint: "`swarm ps` shows who offers what"
            )
        case .validation: ErrorDocument(.badInput, failure.message)
        case .breakerOpen:
            ErrorDocument(
                .breakerOpen,
                failure.message,
                hint: "`swarm breaker close workflow:\(workflow.name)` lets runs start at once"
            )
        default: ErrorDocument(.stopping, failure.message)
        }
    }

    func start(_ workflow: Workflow, input: JSON) async throws -> RunID {
        let bytes = input.encoded()
        let payload: Payload =
            bytes.count <= Payload.inlineLimit
            ? .inline(bytes)
            : .stored(
                StoredPayload(digest: .sha256(of: bytes), size: bytes.count, bytes: bytes)
            )
        let answer = await service.coordinator.submit(
            workflow: workflow,
            digest: .sha256(of: workflow.source.encoded()),
            input: payload
        )
        switch answer {
        case .accepted(let run): return run
        case .rejected(let failure):
            log?.append(
                LogRecord(
                    .runRejected,
                    at: Instant.wallClock(),
                    message: "\(workflow.name): \(failure.message)"
                )
            )
            throw Self.rejection(of: workflow, failure)
        }
    }

    /// Asks a run to cancel.
    public func cancel(_ run: RunID, reason: String?) async throws -> RunDocument {
        _ = try entry(run)
        try Self.check(reason: reason)
        await service.coordinator.cancel(run, reason: reason ?? "an operator cancelled it")
        return try await self.run(run, including: RunParts())
    }

    /// Refuses a reason that would bloat the journal.
    static func check(reason: String?) throws {
        let size = reason?.utf8.count ?? 0
        guard size <= CancelRequest.reasonLimit else {
            throw ErrorDocument(
                .badInput,
                "the reason is \(size) bytes and may have \(CancelRequest.reasonLimit)",
                hint: "say it in a sentence, and name a document for the rest"
            )
        }
    }

    /// Puts a worker back into service that is quarantined or has ended in order.
    public func release(_ worker: WorkerID) async throws -> SwarmStatusDocument {
        let workers = await service.coordinator.workers
        guard let view = workers.first(where: { $0.id == worker }) else {
            throw ErrorDocument(
                .notFound,
                "there is no worker \(worker)",
                hint: "there are: \(workers.map(\.id.description).joined(separator: ", "))"
            )
        }
        guard view.isReleasable else {
            throw ErrorDocument(
                .conflict,
                "\(worker) is neither quarantined nor has it ended; it is \(view.phase.rawValue)",
                hint: "`swarm ps` shows which are"
            )
        }
        await service.coordinator.release(worker)
        return try await status()
    }

    /// The workflows that can be run by name.
    public func workflows() async throws -> WorkflowListDocument {
        WorkflowListDocument(
            workflows: known.map { workflow in
                WorkflowDocument(
                    name: workflow.name,
                    version: workflow.version,
                    description: workflow.description,
                    input: workflow.input,
                    capabilities: workflow.subtasks.reduce(into: []) { names, subtask in
                        if !names.contains(subtask.capability) { names.append(subtask.capability) }
                    }
                )
            }
        )
    }

    /// The capabilities the agents declare.
    public func capabilities() async throws -> CapabilityListDocument {
        let workers = await service.coordinator.workers
        return CapabilityListDocument(
            capabilities: service.plan.agents.flatMap { agent in
                let ready = workers.count { $0.id.agent == agent.name && $0.phase == .ready }
                return agent.manifest.capabilities.map { contract in
                    CapabilityDocument(
                        agent: agent.name,
                        name: contract.name,
                        description: contract.description,
                        parameters: contract.parameters,
                        returns: contract.returns,
                        workersReady: ready
                    )
                }
            }
        )
    }

    /// Begins to end the coordinator.
    public func stop(_ request: StopRequest) async throws -> StopDocument {
        let drain = request.drain ?? true
        let begun = await service.coordinator.stop(
            drain: drain,
            whenIdle: request.whenIdle ?? false
        )
        return StopDocument(pid: getpid(), draining: drain, waiting: !begun)
    }

    func entry(_ run: RunID) throws -> RunLedger.Entry {
        guard let entry = service.ledger.entry(run) else {
            throw ErrorDocument(
                .notFound,
                "there is no run \(run)",
                hint: "`swarm runs` lists the latest"
            )
        }
        return entry
    }
}

/// How much memory this process uses.
public enum ResidentMemory {
    /// Resident pages, in MiB; nil when the system does not say.
    public static var mebibytes: Double? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(
            decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        guard let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }
}
