import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
public import SwarmModel
import SwarmRuntime

// Runs, from the ledger, the coordinator and the journal.

extension CoordinatorOperations {
    /// A page of runs, newest first.
    public func runs(_ query: RunListQuery) async throws -> RunListDocument {
        let now = await service.coordinator.now
        let entries = service.ledger.entries(before: query.before, limit: query.limit) { entry in
            (query.workflow == nil || entry.workflow == query.workflow)
                && (query.states.isEmpty || query.states.contains(entry.state))
        }
        var lines: [RunSummaryDocument] = []
        for entry in entries {
            // The ledger counts what has ended; what is under way only the core knows.
            var counts = entry.counts
            if entry.outcome == nil, let view = await service.coordinator.view(of: entry.id) {
                counts = Counts(view)
            }
            lines.append(
                RunSummaryDocument(
                    run: entry.id,
                    workflow: entry.workflow,
                    state: entry.state,
                    submittedAt: entry.submitted,
                    finishedAt: entry.finished,
                    elapsed: (entry.finished ?? now) - entry.submitted,
                    counts: counts,
                    failure: entry.failureDocument,
                    next: entry.next.first
                )
            )
        }
        return RunListDocument(
            runs: lines,
            nextBefore: entries.count == query.limit ? entries.last?.id : nil
        )
    }

    /// One run as it stands.
    public func run(_ run: RunID, including parts: RunParts) async throws -> RunDocument {
        let entry = try entry(run)
        if entry.outcome != nil { told(run) }
        let now = await service.coordinator.now
        let view = await service.coordinator.view(of: run, naming: Self.currentLimit)
        var document = RunDocument(
            run: run,
            workflow: entry.workflow,
            version: entry.version,
            state: entry.state,
            submittedAt: entry.submitted,
            startedAt: entry.started,
            finishedAt: entry.finished,
            elapsed: (entry.finished ?? now) - entry.submitted,
            counts: view.map(Counts.init) ?? entry.counts,
            current: (view?.current ?? []).map { running in
                RunDocument.Current(
                    subtask: running.subtask.label,
                    worker: running.worker.description,
                    elapsed: now - running.since
                )
            },
            output: try entry.outcome == .succeeded ? json(entry.output) : nil,
            failure: entry.failureDocument,
            input: try parts.input ? json(entry.input) : nil
        )
        document.questions = entry.questionDocuments
        document.blocked = entry.blockedDocuments
        document.standing = entry.standingDocuments
        document.limits = entry.limits.isEmpty ? nil : entry.limits
        document.next = entry.next.isEmpty ? nil : entry.next
        guard parts.nodes || parts.subtasks != nil else { return document }
        let projection = try projection(of: entry)
        // Where nothing starts any more, one count must not contradict the other.
        if entry.outcome != nil || entry.isParked { document.counts = Counts(projection) }
        if parts.nodes { document.nodes = nodes(of: projection) }
        if let query = parts.subtasks { try add(query, of: projection, run, to: &document) }
        return document
    }

    /// One run, as soon as it has ended.
    public func ended(_ run: RunID) async throws -> RunDocument {
        if try entry(run).outcome == nil {
            _ = await service.coordinator.finished(run)
            try Task.checkCancellation()
        }
        return try await self.run(run, including: RunParts())
    }

    /// Calls one capability and waits for what comes of it.
    public func call(_ request: CallRequest) async throws -> CallDocument {
        let workflow = try Self.workflow(calling: request)
        let run = try await start(workflow, input: [:])
        if try entry(run).outcome == nil {
            await withTaskCancellationHandler {
                _ = await service.coordinator.finished(run)
            } onCancel: {
                // Nobody waits for the answer any more.
                let coordinator = service.coordinator
                coordinator.cancelSoon(run, reason: "the caller went away")
            }
            try Task.checkCancellation()
        }
        let entry = try entry(run)
        let call = try projection(of: entry).entries.first
        return CallDocument(
            run: run,
            state: entry.state,
            worker: call?.worker?.description,
            attempts: call?.attempts ?? 0,
            elapsed: (entry.finished ?? entry.submitted) - entry.submitted,
            result: try entry.outcome == .succeeded ? json(entry.output) : nil,
            failure: entry.failureDocument
        )
    }

    private static func workflow(calling request: CallRequest) throws -> Workflow {
        var subtask: JSONObject = ["capability": .string(request.capability)]
        subtask["agent"] = request.agent.map { .string($0) }
        subtask["args"] = request.args.map(Template.escaping)
        var limits = JSONObject()
        if let timeout = request.timeoutMs {
            // The caller's time runs while no worker is free, or none is left, too.
            subtask["timeout"] = .string("\(timeout)ms")
            limits["deadline"] = .string("\(timeout)ms")
        }
        do {
            return try Workflow(
                json: [
                    "schema_version": 1, "name": "call", "limits": .object(limits),
                    // Calls that have nothing in common but the command that made them.
                    "circuit_breaker": ["enabled": false],
                    "subtasks": ["call": .object(subtask)], "output": "${call}",
                ])
        } catch {
            throw ErrorDocument(.badRequest, "\(error)", hint: "see `swarm call --help`")
        }
    }

    // MARK: Details

    func projection(of entry: RunLedger.Entry) throws -> RunProjection {
        guard let workflow = service.ledger.workflow(entry.digest) else {
            throw ErrorDocument(.internal, "the workflow of \(entry.id) is not known")
        }
        var projection = RunProjection(run: entry.id, workflow: workflow)
        let last = entry.last ?? .max
        do {
            let reader = try SQLiteJournalReader(path: service.journalPath)
            try reader.read(from: entry.first) { batch throws(JournalError) in
                guard batch.first <= last else { return false }
                try projection.note(batch)
                return true
            }
        } catch {
            throw ErrorDocument(.internal, error.message, hint: error.hint)
        }
        return projection
    }

    private func nodes(of projection: RunProjection) -> [NodeDocument] {
        projection.workflow.subtasks.enumerated().map { position, subtask in
            var counts = Counts()
            for entry in projection.groups[position] { counts.add(entry.state) }
            return NodeDocument(
                name: subtask.name,
                capability: subtask.capability,
                needs: projection.needs[position],
                fansOut: subtask.forEach != nil,
                counts: counts
            )
        }
    }

    private func add(
        _ query: SubtaskQuery,
        of projection: RunProjection,
        _ run: RunID,
        to document: inout RunDocument
    ) throws {
        let nodes = projection.workflow.subtasks.map(\.name)
        if let node = query.node, !nodes.contains(node),
            !projection.calls.contains(where: { $0.label == node })
        {
            throw ErrorDocument(
                .notFound,
                "\(run) has no node \"\(node)\"",
                hint: "it has \(nodes.joined(separator: ", "))"
            )
        }
        let matching = projection.entries.filter { entry in
            let name = entry.definition.map { nodes[$0] }
            return (query.node == nil || query.node == name || query.node == entry.label)
                && (query.states.isEmpty || query.states.contains(entry.state.document))
        }
        let page = matching.dropFirst(query.offset).prefix(query.limit)
        let labels = query.labels(of: projection)
        document.subtasks = try page.map { entry in
            var line = SubtaskDocument(
                run: run,
                name: entry.definition.map { nodes[$0] } ?? entry.label,
                label: entry.label,
                item: entry.item,
                capability: entry.capability,
                state: entry.state.document,
                worker: entry.worker?.description,
                attempts: entry.attempts,
                startedAt: entry.started,
                finishedAt: entry.finished,
                duration: entry.finished.flatMap { end in entry.started.map { end - $0 } },
                failure: entry.failure.map { FailureDocument($0) },
                args: try query.payloads ? json(entry.arguments) : nil,
                result: try query.payloads ? json(entry.result) : nil
            )
            line.origin = entry.origin?.word
            line.of = entry.origin.flatMap { labels[$0.subject] }.map { "\(run)/\($0)" }
            line.reason = entry.reason
            line.rule = entry.rule
            line.undoneBy = entry.undoneBy
            line.standing = entry.standing
            line.cost = entry.cost == .zero ? nil : CostDocument(entry.cost)
            return line
        }
        let next = query.offset + page.count
        document.nextOffset = next < matching.count ? next : nil
    }

    /// A payload as JSON; bytes that are not JSON become a string that says how many there are.
    private func json(_ payload: Payload?) throws -> JSON? {
        guard let payload, payload.size > 0 else { return nil }
        var bytes = payload.bytes
        if bytes == nil, case .stored(let stored) = payload {
            do {
                bytes = try SQLiteJournalReader(path: service.journalPath).payload(stored.digest)
            } catch {
                throw ErrorDocument(.internal, error.message, hint: error.hint)
            }
        }
        guard let bytes else { return nil }
        return (try? JSON(parsing: bytes)) ?? .string("\(bytes.count) bytes that are not JSON")
    }
}
