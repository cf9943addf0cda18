import SwarmCore
import SwarmModel

/// One record of each kind, and more of those that have optional parts.
enum RecordSamples {
    static let subtask = SubtaskID(run: RunID(17), index: 43, name: "check", item: 42)
    static let single = SubtaskID(run: RunID(17), index: 0, name: "list")
    static let worker = WorkerID(agent: "pricing-eu", replica: 2)
    static let failure = Failure(
        .rateLimited,
        "HTTP 429: \"slow down\"\n",
        retryable: true,
        retryAfter: .microseconds(1_500_000),
        details: #"{"limit":5}"#
    )
    static let moment = Instant(microseconds: 1_767_323_105_000_001)
    static let digest = Digest(words: (1, 2, 3, .max))

    static func workflow() throws -> Workflow {
        try Workflow(
            json: JSON(
                parsing: """
                    {"schema_version":1,"name":"audit","version":"2.1",
                    "subtasks":{"list":{"capability":"list_packages"},
                    "check":{"capability":"check","for_each":"${list.packages}",
                    "args":{"name":"${item}","ratio":1.50}}},
                    "output":"${check[*].ok}"}
                    """
            )
        )
    }

    static func plan() throws -> SwarmPlan {
        let manifest = AgentManifest(
            name: "pricing",
            description: "Prices \"things\"",
            exec: ["./pricing", "--fast"],
            capabilities: [
                CapabilityContract(
                    name: "quote",
                    parameters: ["type": "object"],
                    sideEffect: .read
                )
            ]
        )
        let configuration = AgentConfiguration(
            name: "pricing-eu",
            manifest: "agents/pricing/agent.json",
            replicas: 2,
            env: [EnvironmentVariable(name: "TZ", value: "UTC")]
        )
        return SwarmPlan(
            topology: Topology(
                name: "sample",
                semaphores: [NamedSemaphore(name: "ledger", permits: 1, maxWait: .seconds(60))],
                agents: [configuration]
            ),
            agents: [
                AgentPlan(
                    configuration: configuration,
                    manifest: manifest,
                    manifestDigest: digest,
                    directory: "/srv/agents/pricing"
                )
            ],
            directory: "/srv"
        )
    }

    static func all() throws -> [Record] {
        try coordinator() + runs() + subtasks + workers + governance
    }

    static func coordinator() throws -> [Record] {
        [
            .opened(epoch: 3, seed: .max), .configured(try plan()), .stopping(drain: true),
            .stopping(drain: false), .stopped,
        ]
    }

    static func runs() throws -> [Record] {
        [
            .workflowRegistered(digest, try workflow()),
            .runSubmitted(
                RunSubmitted(
                    run: RunID(17),
                    workflow: digest,
                    input: .inline(Array(#"{"left":"a.tsv"}"#.utf8)),
                    deadline: moment
                )
            ),
            .runSubmitted(
                RunSubmitted(run: RunID(1), workflow: digest, input: .empty, deadline: nil)
            ),
            .runEnding(
                RunEnding(
                    run: RunID(17),
                    outcome: .failed,
                    failure: failure,
                    subtask: subtask
                )
            ),
            .runEnding(
                RunEnding(
                    run: RunID(17),
                    outcome: .cancelled,
                    failure: Failure(.cancelled, "asked to"),
                    subtask: nil
                )
            ),
            .runFinished(
                RunFinished(
                    run: RunID(17),
                    outcome: .succeeded,
                    output: .inline(Array("null".utf8)),
                    failure: nil
                )
            ),
            .runFinished(
                RunFinished(
                    run: RunID(.max),
                    outcome: .failed,
                    output: .empty,
                    failure: Failure(.deadlineExceeded, "too late", retryable: false)
                )
            ),
        ]
    }

    static var subtasks: [Record] {
        [
            .subtaskExpanded(
                SubtaskExpanded(run: RunID(17), name: "check", definition: 1, count: 900)
            ),
            .subtaskReady(subtask),
            .subtaskDispatched(
                SubtaskDispatched(
                    subtask: subtask,
                    capability: "check_package",
                    attempt: 2,
                    lease: LeaseID(91),
                    worker: worker,
                    arguments: .inline(Array(#"{"name":"bash"}"#.utf8)),
                    deadline: moment,
                    alternatives: [
                        RankedWorker(worker: WorkerID(agent: "pricing", replica: 1), score: 12),
                        RankedWorker(worker: WorkerID(agent: "pricing", replica: 10), score: -3),
                    ],
                    score: 10
                )
            ),
            .subtaskDispatched(
                SubtaskDispatched(
                    subtask: single,
                    capability: "list",
                    attempt: 1,
                    lease: LeaseID(.max),
                    worker: worker,
                    arguments: .stored(StoredPayload(digest: digest, size: 70_000, bytes: nil)),
                    deadline: moment,
                    alternatives: [],
                    score: .min
                )
            ),
            .subtaskStarted(subtask, LeaseID(91), worker),
            .subtaskSucceeded(
                SubtaskSucceeded(
                    subtask: subtask,
                    lease: LeaseID(91),
                    worker: worker,
                    result: .inline(Array("[1, 2]".utf8))
                )
            ),
            .attemptEnded(attempt(.retry(at: moment))), .attemptEnded(attempt(.reassign)),
            .attemptEnded(attempt(.cancel)),
            .attemptEnded(
                AttemptEnded(
                    subtask: single,
                    lease: nil,
                    worker: nil,
                    failure: Failure(.unresolved, "${list.x}: there is no key \"x\""),
                    mayHaveHappened: false,
                    stillHeld: false,
                    directive: .fail
                )
            ),
            .leaseReleased(LeaseID(91), worker),
        ]
    }

    private static func attempt(_ directive: Directive) -> AttemptEnded {
        AttemptEnded(
            subtask: subtask,
            lease: LeaseID(91),
            worker: worker,
            failure: failure,
            mayHaveHappened: true,
            stillHeld: true,
            isFault: true,
            directive: directive
        )
    }

    static var workers: [Record] {
        [
            .workerLaunching(worker, Incarnation(5)),
            .workerLaunched(
                worker,
                Incarnation(5),
                ProcessIdentity(pid: 4_194_303, startTime: 99_123_456)
            ),
            .workerReady(
                WorkerReady(
                    worker: worker,
                    incarnation: Incarnation(5),
                    session: .max,
                    credit: 4,
                    adopt: [LeaseID(3), LeaseID(4)],
                    drop: [LeaseID(1)],
                    sequence: 3
                )
            ),
            .workerReady(
                WorkerReady(
                    worker: worker,
                    incarnation: Incarnation(5),
                    session: 0,
                    credit: 1,
                    adopt: [],
                    drop: [],
                    sequence: nil
                )
            ),
            .workerCredit(worker, credit: 8),
            .workerSignalled(worker, Incarnation(5), .terminate),
            .workerSignalled(worker, Incarnation(5), .kill),
            exited(.exited(78), nil, nil), exited(.signalled(9), moment, failure),
            exited(.unknown, moment, nil),
            .ignored(
                Ignored(
                    subject: .result,
                    reason: "lease L7 ended before",
                    worker: worker,
                    lease: LeaseID(7)
                )
            ),
        ]
            + WorkerPhase.allCases.map { .workerMoved(worker, to: $0, reason: "silent for 6s") }
            + Ignored.Subject.allCases.map {
                .ignored(Ignored(subject: $0, reason: "unknown", worker: nil, lease: nil))
            }
    }

    private static func exited(
        _ status: ExitStatus,
        _ restartAt: Instant?,
        _ failure: Failure?
    ) -> Record {
        .workerExited(
            WorkerExited(
                worker: worker,
                incarnation: Incarnation(5),
                status: status,
                failure: failure,
                phase: restartAt == nil ? .quarantined : .waiting,
                restartAt: restartAt,
                reason: "restart on failure"
            )
        )
    }
}
