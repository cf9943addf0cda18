public import SwarmCore
public import SwarmModel
import ZeroMQ

// What operators and clients ask.

/// What became of a submission.
public enum SubmissionAnswer: Hashable, Sendable {
    /// The run exists and will be carried out.
    case accepted(RunID)
    /// There is no run, and this is why.
    case rejected(Failure)
}

/// What became of a run somebody waited for.
public enum RunAnswer: Hashable, Sendable {
    /// It ended, one way or another.
    case finished(RunFinished)
    /// It was not accepted, or the coordinator ended first.
    case rejected(Failure)
}

extension Coordinator {
    /// Asks for a run; answers when the submission is as durable as was asked for.
    ///
    /// - Parameters:
    ///   - workflow: The workflow, checked.
    ///   - digest: The digest of its document.
    ///   - input: The input, completed and checked.
    /// - Returns: The name of the run, or why there is none.
    public func submit(
        workflow: Workflow,
        digest: Digest,
        input: Payload
    ) async -> SubmissionAnswer {
        guard end == nil else {
            return .rejected(Failure(.unavailable, "the coordinator has ended"))
        }
        return await withCheckedContinuation { continuation in
            request(workflow, digest, input) { continuation.resume(returning: $0) }
        }
    }

    /// Asks for a run and waits until it has ended.
    ///
    /// The wait begins in the same turn in which the submission becomes durable, so no end is
    /// missed, however quick.
    public func perform(
        workflow: Workflow,
        digest: Digest,
        input: Payload
    ) async -> RunAnswer {
        guard end == nil else {
            return .rejected(Failure(.unavailable, "the coordinator has ended"))
        }
        let ended = Failure(.unavailable, "the coordinator ended before the run did")
        return await withCheckedContinuation { continuation in
            request(workflow, digest, input) { answer in
                switch answer {
                case .rejected(let failure): continuation.resume(returning: .rejected(failure))
                case .accepted(let run):
                    self.wait(for: run) { finished in
                        continuation.resume(
                            returning: finished.map { .finished($0) } ?? .rejected(ended)
                        )
                    }
                }
            }
        }
    }

    private func request(
        _ workflow: Workflow,
        _ digest: Digest,
        _ input: Payload,
        _ answer: @escaping (SubmissionAnswer) -> Void
    ) {
        lastToken += 1
        submitters[lastToken] = answer
        self.input(
            .submitted(
                Submission(token: lastToken, workflow: workflow, digest: digest, input: input)
            )
        )
    }

    @discardableResult
    private func wait(
        for run: RunID,
        _ told: @escaping (RunFinished?) -> Void
    ) -> UInt64 {
        lastToken += 1
        waiters[run, default: [:]][lastToken] = told
        return lastToken
    }

    /// Waits for a live run to end; nil when it has ended already or the coordinator ends first.
    public func finished(_ run: RunID) async -> RunFinished? {
        guard end == nil, swarm.view(of: run) != nil || isUndelivered(run) else { return nil }
        let waiter = lastToken + 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait(for: run) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            thread.submit { [weak self] in
                self?.assumeIsolated { $0.giveUp(waiter, on: run) }
            }
        }
    }

    /// Asks for a run to end; false when it has ended already or never was.
    @discardableResult
    public func cancel(_ run: RunID, reason: String) -> Bool {
        guard end == nil, swarm.view(of: run) != nil else { return false }
        input(.cancelRequested(run, reason: reason))
        return true
    }

    /// Puts a worker back into service.
    public func release(_ worker: WorkerID) { input(.released(worker)) }

    /// All workers as they stand.
    public var workers: [WorkerView] { swarm.workerViews }

    /// All circuit breakers as they stand.
    public var breakers: [BreakerView] { swarm.breakerViews }

    /// The breakers that keep calls from a worker; empty when all pass.
    public func openBreakers(of worker: WorkerID) -> [BreakerTarget] {
        swarm.openBreakers(of: worker)
    }

    /// What a live run has spent and may spend; nil once it has ended.
    public func budget(of run: RunID) -> RunBudgetView? { swarm.budget(of: run) }

    /// All named semaphores as they stand.
    public var semaphores: [SemaphoreView] { swarm.semaphoreViews }

    /// A live run as it stands, with some of the subtasks that run; nil once it has ended.
    public func view(of run: RunID, naming limit: Int = 0) -> RunView? {
        swarm.view(of: run, naming: limit)
    }

    /// The present moment on the coordinator's clock.
    public var now: Instant { clock.now }

    /// Whether it is ending or has ended.
    public var isEnding: Bool { swarm.isEnding || end != nil }

    /// Cancels a run from where nothing can be awaited, such as a cancellation handler.
    public nonisolated func cancelSoon(_ run: RunID, reason: String) {
        thread.submit { [weak self] in
            _ = self?.assumeIsolated { $0.cancel(run, reason: reason) }
        }
    }

    /// How many subtasks wait for an agent.
    public func queueLength(agent: String) -> Int { swarm.queueLength(agent: agent) }

    /// Tells the core that a process ended; called by the launcher's watcher, on the thread.
    public func processEnded(_ exit: ProcessExit) {
        guard end == nil else { return }
        observer.noticed(
            .processEnded(exit.worker, exit.incarnation, exit.status, stderr: exit.stderrTail),
            at: clock.now
        )
        if let slot = sessions.slot(of: exit.worker),
            swarm.incarnation(of: exit.worker) == exit.incarnation
        {
            sessions.close(slot)
        }
        input(.exited(exit.worker, exit.incarnation, exit.status))
    }

    /// A run whose end is decided but not yet durable, so that its waiters were not told.
    private func isUndelivered(_ run: RunID) -> Bool {
        pending.contains { step in
            step.batch.records.contains { record in
                if case .runFinished(let finished) = record { finished.run == run } else { false }
            }
        }
    }

    private func giveUp(_ waiter: UInt64, on run: RunID) {
        waiters[run]?.removeValue(forKey: waiter)?(nil)
        if waiters[run]?.isEmpty == true { waiters[run] = nil }
    }
}
