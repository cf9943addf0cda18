import SwarmModel
import SwarmWire

/// Draws messages within all limits, with a liking for the edges.
struct RandomMessages {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func worker() -> WorkerMessage {
        switch Int.random(in: 0..<9, using: &random) {
        case 0: .hello(hello())
        case 1:
            .beat(
                WorkerBeat(
                    session: session(),
                    busy: leases(),
                    residentBytes: maybe { $0.natural() }
                )
            )
        case 2: .started(Started(session: session(), lease: lease()))
        case 3:
            .progress(
                Progress(
                    session: session(),
                    lease: lease(),
                    sequence: natural(),
                    done: maybe { $0.natural() },
                    total: maybe { $0.natural() },
                    note: maybe { $0.text(0...60) }
                )
            )
        case 4: .result(report())
        case 5: .bye(Bye(session: session()))
        case 6:
            .call(
                Call(
                    session: session(),
                    id: max(1, natural()),
                    operation: word(),
                    lease: maybe { $0.lease() }
                )
            )
        case 7:
            .credit(CreditOffer(session: session(), more: Int.random(in: 1...512, using: &random)))
        default:
            .returned(
                Returned(
                    session: session(),
                    lease: lease(),
                    reason: maybe { $0.text(0...60) },
                    isDraining: Bool.random(using: &random)
                )
            )
        }
    }

    mutating func coordinator() -> CoordinatorMessage {
        switch Int.random(in: 0..<11, using: &random) {
        case 0:
            .welcome(
                Welcome(
                    session: session(),
                    minor: Int.random(in: 0...255, using: &random),
                    heartbeat: .milliseconds(Int64.random(in: 50...60_000, using: &random)),
                    payloadBytes: Int.random(in: 0...1_048_576, using: &random),
                    progressCredit: Int.random(in: 0...512, using: &random),
                    adopt: leases(),
                    drop: leases()
                )
            )
        case 1:
            .refuse(
                Refusal(
                    Refusal.Code.allCases.randomElement(using: &random) ?? .badToken,
                    text(0...60),
                    isPermanent: Bool.random(using: &random)
                )
            )
        case 2: .task(assignment())
        case 3:
            .cancel(
                Cancellation(
                    lease: lease(),
                    reason: text(0...60),
                    grace: .milliseconds(natural())
                )
            )
        case 4: .beatAnswer
        case 5:
            .resultAcknowledged(
                Acknowledgement(
                    [lease()] + leases().prefix(511),
                    Acknowledgement.Disposition.allCases.randomElement(using: &random) ?? .stale
                )
            )
        case 6: .unknown
        case 7: .drain(Drain(deadline: .milliseconds(natural())))
        case 8: .reply(reply())
        case 9:
            .progressCredit(
                ProgressCredit(lease: lease(), more: Int.random(in: 1...512, using: &random))
            )
        default: .go(Go(lease: lease()))
        }
    }

    private mutating func hello() -> Hello {
        let lowest = Int.random(in: 0...255, using: &random)
        return Hello(
            token: text(1...60),
            instance: WorkerID(
                agent: word(),
                replica: Int.random(in: 1...99, using: &random)
            ),
            minors: MinorRange(
                lowest: lowest,
                highest: Int.random(in: lowest...255, using: &random)
            ),
            credit: Int.random(in: 1...512, using: &random),
            processID: Int32.random(in: 1...(.max), using: &random),
            capabilities: (0..<Int.random(in: 0...5, using: &random)).map { _ in word() },
            resume: leases(),
            sequence: maybe { Int64.random(in: 1...(1 << 53), using: &$0.random) },
            manifest: maybe { $0.text(1...30) },
            cancellation: Hello.CancellationStyle.allCases.randomElement(using: &random) ?? .poll,
            language: maybe { $0.text(0...30) },
            version: maybe { $0.text(0...30) }
        )
    }

    private mutating func report() -> ResultReport {
        let outcome: ResultReport.Outcome =
            switch Int.random(in: 0..<3, using: &random) {
            case 0: .succeeded
            case 1: .failed(failure())
            default: .cancelled
            }
        return ResultReport(
            session: session(),
            lease: lease(),
            outcome: outcome,
            usage: maybe { $0.usage() },
            effects: maybe { draw in
                (0..<Int.random(in: 0...3, using: &draw.random)).map { _ in draw.text(0...20) }
            }
        )
    }

    private mutating func assignment() -> Assignment {
        Assignment(
            subtask: text(1...60),
            attempt: Int.random(in: 1...Int(Int32.max), using: &random),
            capability: word(),
            lease: lease(),
            epoch: UInt64(natural()),
            deadline: maybe { .milliseconds($0.natural()) },
            idempotencyKey: maybe { $0.text(1...60) },
            confirmsStart: Bool.random(using: &random),
            traceParent: maybe { $0.text(1...60) },
            traceState: maybe { $0.text(0...60) },
            depth: maybe { Int.random(in: 0...255, using: &$0.random) },
            budget: maybe { $0.allowance() },
            stack: frames()
        )
    }

    mutating func request() -> DelegateRequest {
        let arguments = [
            "{}", #"{"a":[{"b":{"c":[[[null]]]}}]}"#, #"{ "a" : 1.50e+3 }"#, #"{"€":"\u20ac\n"}"#,
        ]
        return DelegateRequest(
            capability: word(),
            arguments: Array((arguments.randomElement(using: &random) ?? "{}").utf8),
            agent: maybe { $0.word() },
            budget: maybe { $0.allowance() },
            timeout: maybe { .milliseconds($0.natural()) },
            note: maybe { $0.text(0...100) }
        )
    }

    private mutating func allowance() -> Allowance {
        let usage = usage()
        return Allowance(
            microdollars: usage.microdollars,
            tokens: usage.tokens,
            calls: usage.calls,
            time: maybe { .milliseconds($0.natural()) }
        )
    }

    private mutating func frames() -> [CallFrame] {
        guard random.chance(2) else { return [] }
        return (0..<Int.random(in: 0...WireLimits.stack, using: &random)).map { _ in
            CallFrame(subtask: text(1...60), capability: word(), agent: maybe { $0.word() })
        }
    }

    private mutating func reply() -> Reply {
        let outcome: Reply.Outcome =
            switch Int.random(in: 0..<3, using: &random) {
            case 0: .succeeded
            case 1: .failed(failure(of: FailureKind.allCases))
            default: .refused(failure(of: FailureKind.allCases))
            }
        return Reply(
            to: max(1, natural()),
            outcome,
            chain: Array(frames().prefix(8)),
            budget: maybe { $0.allowance() }
        )
    }

    private mutating func failure(
        of kinds: [FailureKind] = FailureKind.allCases.filter(\.isReportable)
    ) -> Failure {
        let details = [
            "null", "-1.50e+3", #"{"a":[true]}"#, #""\u20ac""#, "[]", "12345678901234567890",
        ]
        return Failure(
            kinds.randomElement(using: &random) ?? .internal,
            text(0...100),
            retryable: maybe { Bool.random(using: &$0.random) },
            retryAfter: maybe { .milliseconds($0.natural()) },
            details: maybe { details.randomElement(using: &$0.random) }
        )
    }

    private mutating func usage() -> Usage {
        Usage(
            microdollars: maybe {
                Int64.random(
                    in: 0...($0.random.chance(2) ? 2_000 : 1_000_000_000_000),
                    using: &$0.random
                )
            },
            tokens: maybe { $0.natural() },
            calls: maybe { $0.natural() }
        )
    }

    private mutating func session() -> SessionID {
        SessionID(random: random.next() >> UInt64.random(in: 0..<64, using: &random))
    }

    private mutating func lease() -> LeaseID { LeaseID(UInt64(max(1, natural()))) }

    private mutating func leases() -> [LeaseID] {
        let most = random.chance(50) ? 512 : 4
        return (0..<Int.random(in: 0...most, using: &random)).map { _ in lease() }
    }

    private mutating func natural() -> Int64 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: 0
        case 1: 1 << 53
        default: Int64(random.next() >> UInt64.random(in: 11..<64, using: &random))
        }
    }

    private mutating func word() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let others = letters + Array("0123456789_-")
        let count = random.chance(10) ? 64 : Int.random(in: 1...16, using: &random)
        return String(
            (0..<count).map { place in
                (place == 0 ? letters : others).randomElement(using: &random) ?? "a"
            }
        )
    }

    private mutating func text(_ count: ClosedRange<Int>) -> String {
        let odd: [Character] = [
            "\"", "\\", "/", "\u{0}", "\u{1F}", "\n", "\r", "\t", "\u{8}", "\u{C}", "\u{7F}", "é",
            "€", "😀", "\u{202E}", "\u{2028}",
        ]
        var text = ""
        let wanted = Int.random(in: count, using: &random)
        while text.utf8.count < wanted {
            let character =
                random.chance(6)
                ? odd.randomElement(using: &random)
                : Character(Unicode.Scalar(UInt8.random(in: 0x20...0x7E, using: &random)))
            text.append(character ?? "x")
        }
        return text
    }

    private mutating func maybe<Value>(
        _ draw: (inout RandomMessages) -> Value?
    ) -> Value? {
        random.chance(2) ? draw(&self) : nil
    }
}
