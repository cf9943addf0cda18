import Glibc
import SwarmModel
import SwarmWire
import Testing
import ZeroMQ

/// One message of a worker, as the coordinator got it.
struct Heard: Sendable {
    var message: WorkerMessage
    var payload: [UInt8]
    var sender: RoutingID
}

/// The other side of the protocol, on a real router: keeps what it hears, says what it is told.
actor ScriptedCoordinator {
    nonisolated let thread: SocketThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    nonisolated let endpoint: Endpoint

    private let context: ZeroMQContext
    private var router: Socket?
    private var heard: [Heard] = []
    private var waiting: CheckedContinuation<Heard, Never>?
    /// Beats are answered and counted, and not kept, unless a test wants them.
    private(set) var beats: [WorkerBeat] = []
    private var answersBeats = true
    /// How many beats were of a session it does not know.
    private(set) var strangeBeats = 0
    private var acknowledgesResults = false
    /// The one session it knows; a beat of any other is answered with UNKNOWN.
    private var session: SessionID?
    private(set) var violations: [WireViolation] = []

    init(path: String) async throws {
        endpoint = try Endpoint("ipc://\(path)")
        thread = try SocketThread(name: "coordinator")
        // Before the last assignment, after which this code goes on on the thread.
        thread.start()
        context = try ZeroMQContext()
        try open()
    }

    func open() throws {
        let socket = try Socket(.router, context: context)
        let ipc = try IPCEndpoint(path: String(endpoint.description.dropFirst(6)))
        try bindWhenFree(socket, ipc)
        router = socket
        thread.register(socket) { [unowned self] in assumeIsolated { $0.drain() } }
    }

    /// Binds once libzmq has let go of the endpoint, a moment after its last socket was closed.
    private func bindWhenFree(_ socket: Socket, _ ipc: IPCEndpoint) throws {
        var attempts = 0
        while true {
            let result = Result { () throws(ZeroMQError) in try ipc.bind(socket) }
            attempts += 1
            switch result {
            case .failure(let error) where error.code == .endpointInUse && attempts < 5000:
                usleep(1000)
            case .failure(let error): throw error
            case .success: return
            }
        }
    }

    /// Ends as a killed process does: no word to anybody.
    func vanish() {
        router?.close()
        router = nil
        heard.removeAll()
        session = nil
    }

    nonisolated func stop() {
        thread.stop()
        context.terminate()
    }

    /// From now on every result is acknowledged as it comes.
    func acknowledgeResults() { acknowledgesResults = true }

    func answerBeats(_ answers: Bool) { answersBeats = answers }

    // MARK: Hearing

    /// The next message that is no beat.
    func next() async -> Heard {
        if !heard.isEmpty { return heard.removeFirst() }
        return await withCheckedContinuation { waiting = $0 }
    }

    /// What has come and was not asked for yet.
    var backlog: [Heard] { heard }

    private func drain() {
        while let router {
            let received = try? router.receive { message -> Heard? in
                guard message.frameCount == 4, let sender = message.routingID else { return nil }
                return message.withFrame(1) { prefix in
                    message.withFrame(2) { header in
                        message.withFrame(3) { payload in
                            do throws(WireViolation) {
                                return Heard(
                                    message: try WorkerMessage(
                                        prefix: prefix,
                                        header: header,
                                        payload: payload
                                    ),
                                    payload: [UInt8](payload),
                                    sender: sender
                                )
                            } catch {
                                violations.append(error)
                                return nil
                            }
                        }
                    }
                }
            }
            guard let received else { return }
            if let received { take(received) }
        }
    }

    private func take(_ message: Heard) {
        if acknowledgesResults, case .result(let report) = message.message {
            acknowledge(report.lease.number, to: message.sender)
        }
        if case .beat(let beat) = message.message {
            guard beat.session == session else {
                strangeBeats += 1
                say(.unknown, to: message.sender)
                return
            }
            beats.append(beat)
            if answersBeats { say(.beatAnswer, to: message.sender) }
        } else if let waiting {
            self.waiting = nil
            waiting.resume(returning: message)
        } else {
            heard.append(message)
        }
    }

    // MARK: Saying

    @discardableResult
    func say(
        _ message: CoordinatorMessage,
        payload: [UInt8] = [],
        to peer: RoutingID
    ) -> SendOutcome? {
        var header: [UInt8] = []
        message.encode(into: &header)
        return sayRaw([message.verb.prefix, header, payload], to: peer)
    }

    @discardableResult
    func sayRaw(_ frames: [[UInt8]], to peer: RoutingID) -> SendOutcome? {
        frames[0].withUnsafeBytes { f0 in
            frames[1].withUnsafeBytes { f1 in
                frames[2].withUnsafeBytes { f2 in
                    try? router?.sendFrames(routing: peer, f0: f0, f1: f1, f2: f2)
                }
            }
        }
    }

    /// Takes the next message, which must be HELLO, and opens a session.
    func welcome(
        _ session: String = "s1",
        heartbeat: Duration = .milliseconds(500),
        progressCredit: Int = WireLimits.progressCredit,
        adopt: [LeaseID] = []
    ) async throws -> (hello: Hello, peer: RoutingID) {
        let first = await next()
        guard case .hello(let hello) = first.message else {
            throw Unexpected(heard: first, expected: "HELLO")
        }
        try welcome(
            first.sender,
            session,
            heartbeat: heartbeat,
            progressCredit: progressCredit,
            adopt: adopt
        )
        return (hello, first.sender)
    }

    /// Opens a session with a peer whose HELLO was heard.
    func welcome(
        _ peer: RoutingID,
        _ session: String,
        heartbeat: Duration = .milliseconds(500),
        progressCredit: Int = WireLimits.progressCredit,
        adopt: [LeaseID]
    ) throws {
        let id = try #require(SessionID(session))
        self.session = id
        let welcome = Welcome(
            session: id,
            minor: 1,
            heartbeat: heartbeat,
            progressCredit: progressCredit,
            adopt: adopt
        )
        say(.welcome(welcome), to: peer)
    }

    func assign(
        _ lease: UInt64,
        _ capability: String,
        _ arguments: String = "{}",
        attempt: Int = 1,
        deadline: Duration? = nil,
        key: String? = nil,
        confirmed: Bool = false,
        to peer: RoutingID
    ) {
        let assignment = Assignment(
            subtask: "r_1/test[\(lease)]",
            attempt: attempt,
            capability: capability,
            lease: LeaseID(lease),
            epoch: lease + 1000,
            deadline: deadline,
            idempotencyKey: key,
            confirmsStart: confirmed,
            traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-a-01"
        )
        say(.task(assignment), payload: Array(arguments.utf8), to: peer)
    }

    func acknowledge(_ lease: UInt64, to peer: RoutingID) {
        say(.resultAcknowledged(Acknowledgement([LeaseID(lease)])), to: peer)
    }

    // MARK: Expecting

    /// The next RESULT; STARTED and PROGRESS before it are passed over.
    func result() async throws -> (report: ResultReport, value: String) {
        while true {
            let next = await next()
            switch next.message {
            case .result(let report): return (report, String(decoding: next.payload, as: UTF8.self))
            case .started, .progress: continue
            default: throw Unexpected(heard: next, expected: "RESULT")
            }
        }
    }

    /// The failure that the next RESULT reports.
    func failure() async throws -> Failure {
        let (report, _) = try await result()
        guard case .failed(let failure) = report.outcome else {
            throw WrongOutcome(report: report)
        }
        return failure
    }

    /// The next message must be STARTED of this lease.
    func started(_ lease: UInt64) async throws {
        let next = await next()
        guard case .started(let started) = next.message, started.lease.number == lease else {
            throw Unexpected(heard: next, expected: "STARTED of L\(lease)")
        }
    }

    /// Lets the worker leave; everything else must be settled.
    func drain(_ peer: RoutingID) async throws {
        say(.drain(Drain(deadline: .seconds(60))), to: peer)
        let next = await next()
        guard case .bye = next.message else { throw Unexpected(heard: next, expected: "BYE") }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    var heard: Heard
    var expected: String
    var description: String { "expected \(expected), heard \(heard.message)" }
}

struct WrongOutcome: Error {
    var report: ResultReport
}
