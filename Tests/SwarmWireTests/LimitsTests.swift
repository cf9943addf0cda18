import SwarmModel
import SwarmWire
import Testing

@Suite("Limits")
struct LimitsTests {
    private let session = SessionID(String(repeating: "s", count: 64)) ?? SessionID(random: 0)
    private let leases = (0..<WireLimits.leases).map { LeaseID(1 << 53 - UInt64($0)) }

    private func size(_ message: AnyMessage) -> Int { message.encoded[1].count }

    @Test("All leases a worker can hold fit into one header, in whatever message names them")
    func leasesFit() throws {
        let hello = Hello(
            token: String(repeating: "t", count: WireLimits.tokenBytes),
            instance: WorkerID(agent: String(repeating: "a", count: 64), replica: 512),
            credit: WireLimits.credit,
            processID: .max,
            capabilities: (0..<50).map { "capability_number_\($0)" },
            resume: leases,
            manifest: String(repeating: "0", count: 64),
            cancellation: .signal,
            language: "swift",
            version: "10.20.30"
        )
        let messages: [AnyMessage] = [
            .worker(.hello(hello)),
            .worker(.beat(WorkerBeat(session: session, busy: leases, residentBytes: 1 << 53))),
            .coordinator(
                .welcome(
                    Welcome(
                        session: session,
                        minor: 255,
                        heartbeat: .seconds(60),
                        adopt: Array(leases.prefix(256)),
                        drop: Array(leases.dropFirst(256))
                    )
                )
            ),
            .coordinator(.resultAcknowledged(Acknowledgement(leases))),
        ]
        for message in messages { #expect(size(message) <= WireLimits.headerBytes) }
    }

    @Test("A failure with the longest plain message and details fits into a header")
    func failureFits() {
        let failure = Failure(
            .rateLimited,
            String(repeating: "m", count: WireLimits.failureMessageBytes),
            retryable: false,
            retryAfter: .seconds(1_000_000),
            details: "\"\(String(repeating: "d", count: WireLimits.failureDetailsBytes - 2))\""
        )
        let report = ResultReport(
            session: session,
            lease: leases[0],
            outcome: .failed(failure),
            usage: Usage(microdollars: 999_999_999_999, tokens: 1 << 53, calls: 1 << 53)
        )
        #expect(size(.worker(.result(report))) <= WireLimits.headerBytes)
    }

    @Test("Times are written in whole milliseconds, rounded down and never negative")
    func times() {
        let cases: [(Duration, String)] = [
            (.zero, "0"), (.microseconds(999), "0"), (.microseconds(1999), "1"),
            (.seconds(-5), "0"), (.seconds(Int64.max), "9007199254740992"),
        ]
        for (duration, text) in cases {
            var header: [UInt8] = []
            CoordinatorMessage.drain(Drain(deadline: duration)).encode(into: &header)
            #expect(String(decoding: header, as: UTF8.self) == "{\"deadline_ms\":\(text)}")
        }
    }

    @Test("A header longer than any buffer on the way is written whole")
    func longTexts() throws {
        for count in [500, 511, 512, 513, 1024] {
            let text = String(repeating: "é", count: count / 2)
            let message = AnyMessage.coordinator(
                .refuse(Refusal(.shuttingDown, text, isPermanent: false))
            )
            let written = message.encoded
            let expected = #"{"code":"shutting_down","reason":"\#(text)","permanent":false}"#
            #expect(String(decoding: written[1], as: UTF8.self) == expected)
            #expect(try AnyMessage([written[0], written[1], []], from: .coordinator) == message)
        }
    }

    @Test("Money is kept to the millionth of a dollar")
    func money() throws {
        for microdollars: Int64 in [0, 1, 999_999, 1_000_001, 123_456_789_012, 1_000_000_000_000] {
            let report = ResultReport(
                session: session,
                lease: leases[0],
                usage: Usage(microdollars: microdollars)
            )
            let message = AnyMessage.worker(.result(report))
            let written = message.encoded
            #expect(try AnyMessage([written[0], written[1], []], from: .worker) == message)
        }
    }

    /// The largest call of a stack.
    private var frame: CallFrame {
        CallFrame(
            subtask: String(repeating: "n", count: WireLimits.nameBytes),
            capability: String(repeating: "c", count: WireLimits.wordBytes),
            agent: String(repeating: "a", count: WireLimits.wordBytes)
        )
    }

    @Test("The longest stack fits into a header with everything else a task can have")
    func stackFits() throws {
        let name = String(repeating: "n", count: WireLimits.nameBytes)
        let most = Allowance(
            microdollars: 999_999_999_999,
            tokens: 1 << 53,
            calls: 1 << 53,
            time: .milliseconds(1 << 53)
        )
        let message = AnyMessage.coordinator(
            .task(
                Assignment(
                    subtask: name,
                    attempt: Int(Int32.max),
                    capability: String(repeating: "c", count: WireLimits.wordBytes),
                    lease: leases[0],
                    epoch: 1 << 53,
                    deadline: .milliseconds(1 << 53),
                    idempotencyKey: name,
                    confirmsStart: true,
                    traceParent: name,
                    traceState: name,
                    depth: 255,
                    budget: most,
                    stack: Array(repeating: frame, count: WireLimits.stack)
                )
            )
        )
        #expect(size(message) <= WireLimits.headerBytes)
        let written = message.encoded
        #expect(try AnyMessage([written[0], written[1], []], from: .coordinator) == message)
    }

    @Test("The longest failure fits beside the longest chain, which may cost it its details")
    func chainFits() throws {
        var failure = Failure(
            .budgetExhausted,
            String(repeating: "m", count: WireLimits.failureMessageBytes),
            retryable: false,
            retryAfter: .seconds(1_000_000),
            details: "\"\(String(repeating: "d", count: WireLimits.failureDetailsBytes - 2))\""
        )
        for length in [4, WireLimits.stack] {
            let chain = Array(repeating: frame, count: length)
            let message = AnyMessage.coordinator(
                .reply(Reply(to: 1 << 53, .failed(failure), chain: chain))
            )
            #expect(size(message) <= WireLimits.headerBytes)
            let written = message.encoded
            // Four frames are 2,560 bytes of text and leave room, sixteen are 10,240 and do not.
            if length > 4 { failure.details = nil }
            #expect(
                try AnyMessage([written[0], written[1], []], from: .coordinator)
                    == .coordinator(.reply(Reply(to: 1 << 53, .failed(failure), chain: chain)))
            )
        }
    }
}
