import SwarmModel
import SwarmWire

/// What each valid golden message says, written down by hand from its readable form.
enum GoldenMessages {
    static func named(_ name: String) -> AnyMessage? {
        if let message = worker[name] { return .worker(message) }
        if let message = coordinator[name] { return .coordinator(message) }
        return nil
    }

    private static let session = SessionID("1g4q7m9k2xw0t") ?? SessionID(random: 0)
    private static let shortSession = SessionID("s") ?? SessionID(random: 0)

    private static let frames = [
        CallFrame(subtask: "r_17/plan", capability: "plan", agent: "planner"),
        CallFrame(subtask: "r_17/plan/1", capability: "quote", agent: "pricing"),
    ]

    static let worker: [String: WorkerMessage] = [
        "hello": .hello(
            Hello(
                token: "5d41402abc4b2a76",
                instance: WorkerID(agent: "pricing", replica: 2),
                minors: MinorRange(lowest: 0, highest: 1),
                credit: 4,
                processID: 4711,
                capabilities: ["quote", "re-quote"]
            )
        ),
        "hello after a loss": .hello(
            Hello(
                token: "5d41402abc4b2a76",
                instance: WorkerID(agent: "order-desk", replica: 12),
                minors: MinorRange(lowest: 0, highest: 0),
                credit: 512,
                processID: .max,
                capabilities: [],
                resume: [LeaseID(91), LeaseID(1 << 53)],
                sequence: 7,
                manifest: "2cf24dba5fb0a30e26e83b2ac5b9e29e",
                cancellation: .signal,
                language: "python 3.11",
                version: "0.1.0"
            )
        ),
        "beat": .beat(
            WorkerBeat(
                session: session,
                busy: [LeaseID(91), LeaseID(92)],
                residentBytes: 20 * 1024 * 1024
            )
        ),
        "beat of an idle worker": .beat(WorkerBeat(session: shortSession)),
        "started": .started(Started(session: session, lease: LeaseID(91))),
        "progress": .progress(Progress(session: session, lease: LeaseID(91), sequence: 0)),
        "progress with words and output": .progress(
            Progress(
                session: session,
                lease: LeaseID(91),
                sequence: 31,
                done: 42,
                total: 812,
                note: "libzmq5: \"ok\"\n\t\\ äö€😀"
            )
        ),
        "result": .result(ResultReport(session: session, lease: LeaseID(91))),
        "result with usage and effects": .result(
            ResultReport(
                session: session,
                lease: LeaseID(92),
                outcome: .succeeded,
                usage: Usage(microdollars: 2500, tokens: 1200, calls: 3),
                effects: ["ledger entry 17 posted"]
            )
        ),
        "result of a failure": .result(
            ResultReport(
                session: session,
                lease: LeaseID(93),
                outcome: .failed(
                    Failure(
                        .rateLimited,
                        "HTTP 429 from the price list",
                        retryable: true,
                        retryAfter: .milliseconds(1500),
                        details: #"{"url":"http://127.0.0.1/prices","codes":[429]}"#
                    )
                ),
                effects: []
            )
        ),
        "result of a plain failure": .result(
            ResultReport(
                session: session,
                lease: LeaseID(94),
                outcome: .failed(
                    Failure(.validation, #"qty: expected an integer, found "two""#)
                )
            )
        ),
        "result of a cancelled subtask": .result(
            ResultReport(session: session, lease: LeaseID(95), outcome: .cancelled)
        ),
        "bye": .bye(Bye(session: session)),
        "call": .call(
            Call(session: session, id: 1, operation: "delegate", lease: LeaseID(91))
        ),
        "call with everything": .call(
            Call(session: session, id: 2, operation: "delegate", lease: LeaseID(91))
        ),
        "call for nobody": .call(Call(session: session, id: 1 << 53, operation: "log")),
        "credit offered": .credit(CreditOffer(session: session, more: 4)),
        "return": .returned(
            Returned(session: session, lease: LeaseID(96), reason: "draining")
        ),
        "return while draining": .returned(
            Returned(session: session, lease: LeaseID(98), reason: "draining", isDraining: true)
        ),
        "return without a word": .returned(Returned(session: session, lease: LeaseID(97))),
    ]

    static let coordinator: [String: CoordinatorMessage] = [
        "welcome": .welcome(Welcome(session: session, minor: 1, heartbeat: .seconds(2))),
        "welcome with adoption": .welcome(
            Welcome(
                session: session,
                minor: 0,
                heartbeat: .milliseconds(50),
                payloadBytes: 65536,
                progressCredit: 0,
                adopt: [LeaseID(91)],
                drop: [LeaseID(90), LeaseID(89)]
            )
        ),
        "refuse for good": .refuse(
            Refusal(.badToken, "the token is not the one of this launch", isPermanent: true)
        ),
        "refuse for now": .refuse(Refusal(.shuttingDown, "", isPermanent: false)),
        "task": .task(
            Assignment(
                subtask: "r_17/check[42]",
                attempt: 1,
                capability: "check",
                lease: LeaseID(91),
                epoch: 91,
                deadline: .seconds(30)
            )
        ),
        "task with everything": .task(
            Assignment(
                subtask: "r_17/post",
                attempt: 3,
                capability: "post_entry",
                lease: LeaseID(98),
                epoch: 98,
                deadline: .zero,
                idempotencyKey: "r_17/post/undo",
                confirmsStart: true,
                traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                traceState: "vendor=1",
                depth: 3,
                budget: Allowance(
                    microdollars: 500_000,
                    tokens: 10_000,
                    calls: 10,
                    time: .seconds(90)
                ),
                stack: frames
            )
        ),
        "task of a delegated call": .task(
            Assignment(
                subtask: "r_17/plan/1",
                attempt: 1,
                capability: "quote",
                lease: LeaseID(99),
                epoch: 99,
                depth: 0,
                budget: Allowance(),
                stack: [frames[0]]
            )
        ),
        "task with the least": .task(
            Assignment(
                subtask: "r_1/a",
                attempt: 1,
                capability: "a",
                lease: LeaseID(1),
                epoch: 1
            )
        ),
        "cancel": .cancel(
            Cancellation(
                lease: LeaseID(91),
                reason: "run r_17 was cancelled",
                grace: .seconds(10)
            )
        ),
        "beat answered": .beatAnswer,
        "result acknowledged": .resultAcknowledged(Acknowledgement([LeaseID(91)])),
        "results acknowledged at once": .resultAcknowledged(
            Acknowledgement([LeaseID(91), LeaseID(92), LeaseID(100)])
        ),
        "stale result acknowledged": .resultAcknowledged(
            Acknowledgement([LeaseID(90)], .stale)
        ),
        "duplicate result acknowledged": .resultAcknowledged(
            Acknowledgement([LeaseID(91)], .duplicate)
        ),
        "result rejected": .resultAcknowledged(Acknowledgement([LeaseID(99)], .rejected)),
        "unknown session": .unknown,
        "drain": .drain(Drain(deadline: .seconds(30))),
        "reply": .reply(Reply(to: 1, .succeeded)),
        "reply with what is left": .reply(
            Reply(to: 2, .succeeded, budget: Allowance(microdollars: 1, tokens: 0, calls: 9))
        ),
        "reply of a loop that was stopped": .reply(
            Reply(
                to: 4,
                .refused(Failure(.loopStopped, "the same call again", retryable: false)),
                chain: frames
            )
        ),
        "reply of a call whose worker was lost": .reply(
            Reply(
                to: 5,
                .failed(Failure(.workerLost, "pricing-2 ended", details: #"{"attempts":3}"#)),
                chain: [CallFrame(subtask: "r_17/plan/1", capability: "quote", agent: nil)]
            )
        ),
        "reply of a failure": .reply(
            Reply(to: 2, .failed(Failure(.timeout, "no permit within 20 s")))
        ),
        "reply of a refusal": .reply(
            .refusing(Call(session: session, id: 3, operation: "delegate"))
        ),
        "credit for progress": .progressCredit(ProgressCredit(lease: LeaseID(91), more: 32)),
        "go": .go(Go(lease: LeaseID(98))),
    ]
}
