import SwarmCore
import SwarmModel

extension RecordSamples {
    /// Records of failure governance: each kind, with and without its optional parts, and each word
    /// of each list.
    static var governance: [Record] { attempts + decisions + calls + undoing + limits }

    static let undo = SubtaskID(run: RunID(17), index: 44, name: "check[42]/undo")
    static let child = SubtaskID(run: RunID(17), index: 45, name: "check[42]/1")
    static let request = CallReference(lease: LeaseID(91), number: 7)
    static let arguments = Payload.inline(Array(#"{"id":"$result.id"}"#.utf8))
    static let standing = Standing.Reason.allCases.map {
        Standing(subtask: subtask, capability: "post_entry", reason: $0)
    }

    private static var attempts: [Record] {
        var dispatch = SubtaskDispatched(
            subtask: child,
            capability: "post_entry",
            attempt: 1,
            lease: LeaseID(92),
            worker: worker,
            arguments: arguments,
            deadline: moment,
            alternatives: [],
            score: 0
        )
        dispatch.requiresGo = true
        dispatch.isHedge = true
        dispatch.reserved = Cost(microdollars: 250_000, tokens: 4096)
        dispatch.probes = [
            ProbePermit(
                target: .tool(capability: "post_entry", worker: worker),
                generation: .max
            ), ProbePermit(target: .agent(worker), generation: 2),
            ProbePermit(target: .workflow("month-end"), generation: 1),
        ]
        let directives: [Directive] = [
            .retry(at: moment), .reassign, .repair, .verify, .skip, .fail, .cancel, .yield,
            .fallback(FallbackCall(capability: "estimate")),
            .fallback(
                FallbackCall(capability: "estimate", agent: "pricing", arguments: arguments)
            ),
        ]
        let ends = (directives + Doubt.allCases.map { Directive.ask($0) }).map { directive in
            Record.attemptEnded(
                AttemptEnded(
                    subtask: subtask,
                    lease: LeaseID(91),
                    worker: worker,
                    failure: failure,
                    mayHaveHappened: true,
                    stillHeld: false,
                    directive: directive,
                    rule: "contract.retry_policy",
                    cost: Cost(microdollars: 1, tokens: 2)
                )
            )
        }
        let success = SubtaskSucceeded(
            subtask: child,
            lease: LeaseID(92),
            worker: worker,
            result: .inline(Array("true".utf8)),
            cost: Cost(microdollars: 1_000_000, tokens: 0)
        )
        return [.subtaskDispatched(dispatch), .subtaskSucceeded(success)] + ends
    }

    private static var decisions: [Record] {
        [
            .subtaskSkipped(
                SubtaskSkipped(run: RunID(17), name: "report", definition: 3, because: "check")
            ),
            .subtaskBlocked(
                SubtaskBlocked(subtask: subtask, capability: "check", reason: "all are open")
            ),
            .doubtOpened(subtask),
            .runEnding(
                RunEnding(
                    run: RunID(17),
                    outcome: .failed,
                    failure: failure,
                    subtask: subtask,
                    undoes: false
                )
            ),
        ]
            + Doubt.allCases.map {
                .questionAsked(QuestionAsked(subtask: subtask, doubt: $0, reason: "ask ada"))
            }
            + Decision.allCases.map { decision in
                .decided(
                    SubtaskDecided(
                        subtask: undo,
                        decision: decision,
                        directive: decision == .retry ? .retry(at: moment) : nil,
                        result: decision == .happened ? .inline(Array("[1]".utf8)) : nil,
                        reason: "I \"looked\"",
                        by: "ada"
                    )
                )
            }
    }

    private static var calls: [Record] {
        let allowances = [
            Allowance(), Allowance(microdollars: 5, tokens: 6, calls: 7, time: .seconds(8)),
        ]
        let origins: [CallOrigin] = [.delegated(parent: 43), .undo(of: 43), .verify(of: 43)]
        return origins.map { origin in
            .callAdded(
                CallAdded(
                    subtask: child,
                    origin: origin,
                    capability: "quote",
                    agent: nil,
                    arguments: arguments,
                    deadline: nil
                )
            )
        }
            + allowances.map { allowance in
                .callAdded(
                    CallAdded(
                        subtask: child,
                        origin: .delegated(parent: 43),
                        capability: "quote",
                        agent: "pricing",
                        arguments: arguments,
                        deadline: moment,
                        allowance: allowance,
                        request: request
                    )
                )
            }
            + [
                .callRenewed(undo, deadline: nil), .callRenewed(undo, deadline: moment),
                .callClaimed(CallClaimed(subtask: child, request: request)),
                .callRefused(
                    CallRefused(
                        parent: subtask,
                        worker: worker,
                        request: CallReference(lease: LeaseID(91), number: .max),
                        capability: "cleanup",
                        failure: Failure(.depthExceeded, "plan > check > quote: too deep")
                    )
                ),
                .subtaskParked(subtask, LeaseID(91), worker),
                .subtaskUnparked(subtask, LeaseID(91), worker),
            ]
    }

    private static var undoing: [Record] {
        [
            .undoRegistered(
                UndoRegistered(
                    subtask: subtask,
                    capability: "reverse_entry",
                    arguments: arguments,
                    within: .microseconds(90_000_001)
                )
            ), .runUndoing(RunID(17)),
            .undoFailed(UndoFailed(subtask: subtask, failure: failure)),
            .runParked(RunParked(run: RunID(17), failure: failure, standing: standing)),
            .runResumed(
                RunResumed(run: RunID(17), accepts: false, reason: "it works again", by: "ada")
            ),
            .runResumed(RunResumed(run: RunID(17), accepts: true, reason: "", by: "ada")),
        ]
            + RunOutcome.allCases.map { outcome in
                .runFinished(
                    RunFinished(
                        run: RunID(17),
                        outcome: outcome,
                        output: .empty,
                        failure: outcome == .succeeded ? nil : failure,
                        standing: outcome == .partiallyCompensated ? standing : []
                    )
                )
            }
    }

    private static var limits: [Record] {
        let targets: [BreakerTarget] = [
            .tool(capability: "post_entry", worker: worker), .agent(worker),
            .workflow("month-end"),
        ]
        return BreakerState.allCases.map { state in
            .breakerMoved(
                BreakerMoved(
                    target: targets[0],
                    state: state,
                    until: state == .open ? moment : nil,
                    generation: 3,
                    openings: 2,
                    reason: "5 errors in 60s",
                    by: state == .forcedOpen ? "ada" : nil
                )
            )
        }
            + targets.map { target in
                .breakerMoved(
                    BreakerMoved(
                        target: target,
                        state: .closed,
                        until: nil,
                        generation: .max,
                        openings: 0,
                        reason: "reset"
                    )
                )
            }
            + BudgetExhausted.Dimension.allCases.map { dimension in
                .budgetExhausted(
                    BudgetExhausted(
                        run: RunID(17),
                        agent: dimension == .calls ? "pricing" : nil,
                        dimension: dimension,
                        subtask: dimension == .tokens ? child : nil,
                        used: .max,
                        limit: 0,
                        wrapsUp: dimension == .time
                    )
                )
            }
            + LoopStopped.Pattern.allCases.map { pattern in
                .loopStopped(
                    LoopStopped(
                        run: RunID(17),
                        parent: subtask,
                        capability: "cleanup",
                        pattern: pattern,
                        count: 3,
                        reason: "the same call in other words"
                    )
                )
            }
    }
}
