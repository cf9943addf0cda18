import SwarmCore
import SwarmModel

extension RecordFields {
    /// The record of this type with these members; nil when there is no such type.
    func record(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "subtask_dispatched": .subtaskDispatched(try dispatched())
        case "subtask_started":
            .subtaskStarted(
                try need(subtask, "index"),
                try need(lease, "lease"),
                try need(worker, "worker")
            )
        case "subtask_succeeded":
            .subtaskSucceeded(
                SubtaskSucceeded(
                    subtask: try need(subtask, "index"),
                    lease: try need(lease, "lease"),
                    worker: try need(worker, "worker"),
                    result: try need(result, "result"),
                    cost: governance.cost
                )
            )
        case "attempt_ended": .attemptEnded(try attemptEnded())
        case "subtask_ready": .subtaskReady(try need(subtask, "index"))
        case "subtask_expanded":
            .subtaskExpanded(
                SubtaskExpanded(
                    run: try need(run, "run"),
                    name: try need(label, "subtask").name,
                    definition: try need(definition, "definition"),
                    count: try need(count, "count")
                )
            )
        case "lease_released":
            .leaseReleased(try need(lease, "lease"), try need(worker, "worker"))
        case "ignored":
            .ignored(
                Ignored(
                    subject: try need(subject, "subject"),
                    reason: try need(reason, "reason"),
                    worker: worker,
                    lease: lease
                )
            )
        default:
            try runRecord(of: type) ?? workerRecord(of: type) ?? coordinatorRecord(of: type)
                ?? governanceRecord(of: type)
        }
    }

    private func runRecord(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "workflow_registered":
            .workflowRegistered(try need(workflow, "workflow"), try need(document, "document"))
        case "run_submitted":
            .runSubmitted(
                RunSubmitted(
                    run: try need(run, "run"),
                    workflow: try need(workflow, "workflow"),
                    input: try need(input, "input"),
                    deadline: deadline
                )
            )
        case "run_ending":
            .runEnding(
                RunEnding(
                    run: try need(run, "run"),
                    outcome: try need(outcome, "outcome"),
                    failure: try need(failure, "failure"),
                    subtask: label == nil ? nil : try need(subtask, "index"),
                    undoes: governance.undoes ?? true
                )
            )
        case "run_finished":
            .runFinished(
                RunFinished(
                    run: try need(run, "run"),
                    outcome: try need(outcome, "outcome"),
                    output: try need(output, "output"),
                    failure: failure,
                    standing: governance.standing(in: try need(run, "run"))
                )
            )
        default: nil
        }
    }

    private func workerRecord(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "worker_launching":
            .workerLaunching(try need(worker, "worker"), try need(incarnation, "incarnation"))
        case "worker_launched":
            .workerLaunched(
                try need(worker, "worker"),
                try need(incarnation, "incarnation"),
                ProcessIdentity(
                    pid: try need(pid, "pid"),
                    startTime: try need(startTime, "start_time")
                )
            )
        case "worker_ready":
            .workerReady(
                WorkerReady(
                    worker: try need(worker, "worker"),
                    incarnation: try need(incarnation, "incarnation"),
                    session: try need(session, "session"),
                    credit: try need(credit, "credit"),
                    adopt: try need(adopt, "adopt"),
                    drop: try need(drop, "drop"),
                    sequence: sequence
                )
            )
        case "worker_credit":
            .workerCredit(try need(worker, "worker"), credit: try need(credit, "credit"))
        case "worker_moved":
            .workerMoved(
                try need(worker, "worker"),
                to: try need(phase, "phase"),
                reason: try need(reason, "reason")
            )
        case "worker_signalled":
            .workerSignalled(
                try need(worker, "worker"),
                try need(incarnation, "incarnation"),
                try need(signal, "signal")
            )
        case "worker_exited": .workerExited(try workerExited())
        default: nil
        }
    }

    private func coordinatorRecord(of type: JSONReader.Text) throws -> Record? {
        switch type {
        case "opened": .opened(epoch: try need(epoch, "epoch"), seed: try need(seed, "seed"))
        case "configured": .configured(try need(plan, "plan"))
        case "stopping": .stopping(drain: try need(drain, "drain"))
        case "stopped": .stopped
        default: nil
        }
    }

    private func dispatched() throws -> SubtaskDispatched {
        SubtaskDispatched(
            subtask: try need(subtask, "index"),
            capability: try need(capability, "capability"),
            attempt: try need(attempt, "attempt"),
            lease: try need(lease, "lease"),
            worker: try need(worker, "worker"),
            arguments: try need(arguments, "arguments"),
            deadline: try need(deadline, "deadline_us"),
            alternatives: alternatives,
            score: try need(score, "score"),
            requiresGo: governance.requiresGo,
            isHedge: governance.isHedge,
            reserved: governance.reserved ?? .zero,
            probes: governance.probes
        )
    }

    private func attemptEnded() throws -> AttemptEnded {
        AttemptEnded(
            subtask: try need(subtask, "index"),
            lease: lease,
            worker: worker,
            failure: try need(failure, "failure"),
            mayHaveHappened: try need(mayHaveHappened, "may_have_happened"),
            stillHeld: try need(stillHeld, "still_held"),
            isFault: governance.isFault,
            directive: try need(decoded(directive), "directive"),
            rule: rule ?? "",
            cost: governance.cost
        )
    }

    private func workerExited() throws -> WorkerExited {
        let status: ExitStatus =
            if let exitCode {
                .exited(exitCode)
            } else if let exitSignal {
                .signalled(exitSignal)
            } else {
                .unknown
            }
        return WorkerExited(
            worker: try need(worker, "worker"),
            incarnation: try need(incarnation, "incarnation"),
            status: status,
            failure: failure,
            phase: try need(phase, "phase"),
            restartAt: restartAt,
            reason: try need(reason, "reason")
        )
    }

    func need<Value>(_ value: Value?, _ key: StaticString) throws -> Value {
        guard let value else { throw MissingKey(name: key) }
        return value
    }
}
