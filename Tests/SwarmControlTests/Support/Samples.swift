import SwarmModel

/// Documents with every member filled in, as a coordinator may send them.
enum Samples {
    static let status: SwarmStatusDocument = {
        var status = calm
        status.workers[0].errorRate = 0.25
        status.workers[0].openBreakers = ["quote@pricing-1"]
        return status
    }()

    private static let calm = SwarmStatusDocument(
        name: "order-desk",
        coordinator: CoordinatorDocument(
            pid: 4711,
            version: "0.1.0",
            endpoints: .init(
                bus: "ipc:///srv/desk/.swarm/bus.sock",
                control: "http+unix:///srv/desk/.swarm/control.sock"
            ),
            stateDirectory: "/srv/desk/.swarm",
            topology: "/srv/desk/topology.json",
            durability: "full",
            startedAt: ScriptedSwarm.epoch,
            uptime: .seconds(15_123),
            seq: 18_234,
            rssMib: 21.5
        ),
        workers: [
            WorkerDocument(
                worker: "pricing-1",
                agent: "pricing",
                pid: 4712,
                state: .ready,
                ready: true,
                uptime: .seconds(15_120),
                inflight: 3,
                concurrency: 4,
                restarts: 0,
                p95Ms: 210.4,
                capabilities: ["quote"],
                version: "1.4.0",
                incarnation: 1
            ),
            WorkerDocument(
                worker: "pricing-2",
                agent: "pricing",
                state: .quarantined,
                ready: false,
                concurrency: 4,
                queue: 2,
                restarts: 5,
                lastError: "5 restarts in 60s, the last by signal 11 (SIGSEGV)"
            ),
        ],
        activeRuns: 2
    )

    static let nodes = [
        NodeDocument(
            name: "list",
            capability: "list_packages",
            needs: [],
            fansOut: false,
            counts: Counts(succeeded: 1)
        ),
        NodeDocument(
            name: "check",
            capability: "check_package",
            needs: ["list"],
            fansOut: true,
            counts: Counts(waiting: 1, ready: 2, running: 3, retrying: 4, succeeded: 5, failed: 6)
        ),
    ]

    static let failure = FailureDocument(
        Failure(
            .rateLimited,
            "HTTP 429",
            retryable: true,
            retryAfter: .milliseconds(1500),
            details: #"{"limit":1.10}"#
        ),
        subtask: "r_1/check[1]"
    )

    static let question = QuestionDocument(
        subtask: SubtaskID(run: RunID(1), index: 2, name: "post", item: 3),
        doubt: .unknownOutcome,
        reason: "ledger-1 was lost while it ran post_entry",
        asked: ScriptedSwarm.epoch
    )

    static let standing = StandingDocument(
        Standing(
            subtask: SubtaskID(run: RunID(1), index: 2, name: "post"),
            capability: "post_entry",
            reason: .compensationFailed
        )
    )

    static let breakers = BreakerListDocument(breakers: [
        BreakerDocument(
            target: .tool(
                capability: "quote",
                worker: WorkerID(agent: "pricing", replica: 1)
            ),
            state: .open,
            until: ScriptedSwarm.epoch + .seconds(30),
            openings: 2,
            calls: 7,
            failures: 5,
            slow: 1,
            probes: 0
        ),
        BreakerDocument(
            target: .workflow("audit"),
            state: .halfOpen,
            openings: 1,
            calls: 0,
            failures: 0,
            slow: 0,
            probes: 1
        ),
    ])

    static let budget = BudgetDocument(
        run: RunID(1),
        state: .running,
        lines: [
            BudgetLine(.usd, used: 0.25, reserved: 0.5, limit: 5),
            BudgetLine(.time, used: 12.5), BudgetLine(agent: "pricing", .calls, used: 3, limit: 7),
        ],
        exhausted: ["agent pricing has used 7 of 7 calls"]
    )

    static let semaphores = SemaphoreListDocument(semaphores: [
        SemaphoreDocument(
            name: "ledger",
            permits: 1,
            held: 1,
            waiting: 4,
            holders: [
                .init(
                    subtask: SubtaskID(run: RunID(1), index: 2, name: "post"),
                    worker: WorkerID(agent: "ledger", replica: 1),
                    elapsed: .milliseconds(1200)
                )
            ]
        )
    ])

    /// A subtask with everything that failure governance can say of one.
    static func undo(of run: RunID) -> SubtaskDocument {
        var undo = SubtaskDocument(
            run: run,
            name: "post/undo",
            capability: "reverse_entry",
            state: .asking,
            attempts: 3
        )
        undo.origin = "undo"
        undo.of = "\(run)/post"
        undo.reason = "the ledger is closed"
        undo.rule = "contract.retry_policy"
        undo.undoneBy = "post_entry"
        undo.standing = .blocked
        undo.cost = CostDocument(Cost(microdollars: 1_250_000, tokens: 7))
        return undo
    }

    static func subtasks(of run: RunID, payloads: Bool) -> [SubtaskDocument] {
        [
            SubtaskDocument(
                run: run,
                name: "list",
                capability: "list_packages",
                state: .succeeded,
                worker: "packages-1",
                attempts: 1,
                startedAt: ScriptedSwarm.epoch,
                finishedAt: ScriptedSwarm.epoch + .seconds(2),
                duration: .seconds(2),
                args: payloads ? ["root": "/"] : nil,
                result: payloads ? [1, "two", nil] : nil
            ),
            SubtaskDocument(
                run: run,
                name: "check",
                item: 1,
                capability: "check_package",
                state: .retrying,
                worker: "packages-2",
                attempts: 2,
                startedAt: ScriptedSwarm.epoch,
                failure: failure
            ),
            undo(of: run),
        ]
    }
}
