import Glibc
import SwarmConfig
import SwarmCore
public import SwarmModel
import SwarmRuntime

// What people decide about runs.

extension CoordinatorOperations {
    /// Everything that waits for a person.
    public func questions() async throws -> QuestionListDocument {
        var questions: [QuestionDocument] = []
        let asking = service.ledger.entries(before: nil, limit: .max) { !$0.questions.isEmpty }
        for entry in asking { questions += entry.questionDocuments ?? [] }
        questions.sort { $0.askedAt < $1.askedAt }
        return QuestionListDocument(questions: Array(questions.prefix(1000)))
    }

    /// Answers what a subtask waits with.
    public func decide(_ request: DecisionRequest) async throws -> RunDocument {
        guard let slash = request.subtask.firstIndex(of: "/"),
            let run = RunID(String(request.subtask[..<slash]))
        else {
            throw ErrorDocument(
                .badRequest,
                "\"\(request.subtask)\" is not a subtask; expected one like r_17/post",
                hint: "`swarm decide` lists what waits"
            )
        }
        let label = String(request.subtask[request.subtask.index(after: slash)...])
        let entry = try entry(run)
        let open = entry.questions.first { $0.subtask.label == label }
        guard let open else {
            throw ErrorDocument(
                .conflict,
                "\(run)/\(label) waits for no decision",
                hint: "`swarm decide` lists what waits, `swarm logs --run \(run) --event "
                    + "'decision.*'` what was decided"
            )
        }
        guard open.doubt.answers.contains(request.decision) else {
            let answers = open.doubt.answers.map(\.rawValue).joined(separator: ", ")
            throw ErrorDocument(
                .badInput,
                "\(request.decision.rawValue) is no answer here: "
                    + (open.doubt == .failed
                        ? "it is known that the call failed" : "it is not known what happened"),
                hint: "the answers are \(answers)"
            )
        }
        guard request.result == nil || request.decision == .happened else {
            throw ErrorDocument(
                .badRequest,
                "a result goes with \"happened\", not with \"\(request.decision.rawValue)\"",
                hint: "leave it out"
            )
        }
        try Self.check(reason: request.reason)
        guard !request.reason.allSatisfy(\.isWhitespace) else { throw Self.missingReason }
        let problem = await service.coordinator.decide(
            run,
            label: label,
            request.decision,
            result: try request.result.map { try checked($0, of: open, in: entry) },
            reason: request.reason,
            by: Self.name(request.by)
        )
        if let problem { throw Self.refusal(problem) }
        return try await self.run(run, including: RunParts())
    }

    /// What a person says that a call returned, if the call could have returned that.
    private func checked(
        _ result: JSON,
        of question: RunLedger.OpenQuestion,
        in entry: RunLedger.Entry
    ) throws -> Payload {
        let bytes = result.encoded()
        guard bytes.count <= DecisionRequest.resultLimit else {
            throw ErrorDocument(
                .tooLarge,
                "the result has \(bytes.count) bytes",
                hint: "a call returns at most \(DecisionRequest.resultLimit)"
            )
        }
        let label = question.subtask.label
        let called = try projection(of: entry).entries.first { $0.label == label }
        let contract = called.flatMap {
            service.plan.offers(of: $0.capability, by: nil).first?.contract
        }
        if let called, let returns = contract?.returns,
            let schema = try? JSONSchema(compiling: returns, assertsFormats: true),
            let violation = schema.validate(result).first
        {
            throw ErrorDocument(
                .badInput,
                "the result of \"\(called.capability)\" breaks its contract: \(violation)",
                hint: "`swarm config show` has its \"returns\""
            )
        }
        return .inline(bytes)
    }

    /// Has a run undone, or accepts what it leaves.
    public func compensate(
        _ run: RunID,
        _ request: CompensationRequest
    ) async throws -> RunDocument {
        let entry = try entry(run)
        try Self.check(reason: request.reason)
        let accepts = request.accept ?? false
        if let problem = Self.obstacle(to: entry, accepting: accepts) { throw problem }
        // It is being done.
        if entry.isUndoing { return try await self.run(run, including: RunParts()) }
        let problem = await service.coordinator.compensate(
            run,
            accepting: accepts,
            reason: request.reason ?? "",
            by: Self.name(request.by)
        )
        if let problem { throw Self.refusal(problem) }
        return try await self.run(run, including: RunParts())
    }

    /// Why a run cannot be undone, or nobody needs to accept what it leaves.
    private static func obstacle(
        to entry: RunLedger.Entry,
        accepting: Bool
    ) -> ErrorDocument? {
        let hint = "`swarm show \(entry.id)` shows how it stands"
        if let outcome = entry.outcome {
            return ErrorDocument(
                .conflict,
                "\(entry.id) has ended: \(entry.state.rawValue)"
                    + (outcome == .succeeded ? "; what it did stands, and is undone no more" : ""),
                hint: hint
            )
        }
        guard accepting, !entry.isParked else { return nil }
        return ErrorDocument(
            .conflict,
            "there is nothing to accept: \(entry.id) is \(entry.state.rawValue)",
            hint: hint
        )
    }

    /// Every circuit breaker that counts or was moved.
    public func breakers() async throws -> BreakerListDocument {
        BreakerListDocument(
            breakers: await service.coordinator.breakers.map { view in
                BreakerDocument(
                    target: view.target,
                    state: view.state,
                    until: view.until,
                    openings: view.openings,
                    calls: view.tally.calls,
                    failures: view.tally.failures,
                    slow: view.tally.slow,
                    probes: view.probes
                )
            }
        )
    }

    /// Moves a circuit breaker.
    public func command(_ request: BreakerRequest) async throws -> BreakerListDocument {
        guard let target = BreakerTarget(request.breaker) else {
            throw ErrorDocument(
                .badRequest,
                "\"\(request.breaker)\" is no breaker; expected one like post_entry@ledger-1, "
                    + "ledger-1 or workflow:month-end",
                hint: "`swarm breaker ls` lists them"
            )
        }
        try Self.check(reason: request.reason)
        if case .workflow(let name) = target { try requireWorkflow(name) }
        let problem = await service.coordinator.command(
            target,
            request.command,
            reason: request.reason ?? "an operator says so",
            by: Self.name(request.by)
        )
        if let problem { throw Self.refusal(problem) }
        return try await breakers()
    }

    /// A name that nobody runs would keep nothing from anybody.
    private func requireWorkflow(_ name: String) throws {
        let names = known.map(\.name)
        guard !names.contains(name),
            service.ledger.entries(before: nil, limit: 1, matching: { $0.workflow == name }).isEmpty
        else { return }
        throw ErrorDocument(
            .notFound,
            "there is no workflow \(name), and none of that name has run",
            hint: "there are " + names.joined(separator: ", ")
        )
    }

    /// Every named semaphore.
    public func semaphores() async throws -> SemaphoreListDocument {
        let now = await service.coordinator.now
        return SemaphoreListDocument(
            semaphores: await service.coordinator.semaphores.map { view in
                SemaphoreDocument(
                    name: view.name,
                    permits: view.permits,
                    held: view.held,
                    waiting: view.waiting,
                    holders: view.holders.prefix(100).map { holder in
                        SemaphoreDocument.Holder(
                            subtask: holder.subtask,
                            worker: holder.worker,
                            elapsed: now - holder.since
                        )
                    }
                )
            }
        )
    }

    static let missingReason = ErrorDocument(
        .badRequest,
        "a decision needs a reason",
        hint: "whoever reads the journal later wants to know why"
    )

    /// Who acts: who the request says, else the user this process belongs to; names a person, so a
    /// line break has no place in it.
    static func name(_ claimed: String?) -> String {
        let text = claimed ?? getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) }
        let name = (text ?? "uid \(geteuid())").unicodeScalars.filter { $0.value >= 0x20 }
        return String(String.UnicodeScalarView(name.prefix(128)))
    }

    /// Why the core did not do as it was told.
    static func refusal(_ failure: Failure) -> ErrorDocument {
        switch failure.kind {
        case .notFound: ErrorDocument(.notFound, failure.message, hint: failure.details)
        case .unavailable: ErrorDocument(.stopping, failure.message, hint: failure.details)
        default: ErrorDocument(.conflict, failure.message, hint: failure.details)
        }
    }
}
