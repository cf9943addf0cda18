import Glibc
import SwarmModel
import SwarmWire
import Synchronization
import ZeroMQ

/// A worker: capabilities by name, each with the code that carries it out.
///
/// ```swift
/// let worker = Worker()
/// worker.on("quote") { (quote: Quote, context) in
///     Price(cents: try await lookUp(quote, until: context.deadline))
/// }
/// try await worker.run()
/// ```
///
/// Handlers run at the same time when the agent's `concurrency` in the topology is above 1. The
/// conversation with the coordinator has a thread of its own, so a handler that computes for
/// minutes misses no beat.
public final class Worker: Sendable {
    private struct State {
        var handlers: [String: Handler] = [:]
        var isRunning = false
    }

    private let state = Mutex(State())
    private let variable: @Sendable (String) -> String?

    /// A worker that reads what a coordinator says in the environment variables `SWARM_*`.
    public convenience init() {
        self.init { name in getenv(name).map { String(cString: $0) } }
    }

    init(environment variable: @escaping @Sendable (String) -> String?) {
        self.variable = variable
    }

    /// Offers a capability whose arguments and result are Swift types, read and written as JSON.
    ///
    /// Arguments that do not fit `Arguments` are answered with a `validation` failure that names
    /// the place, without calling the handler. To report another class of failure, throw
    /// ``WorkerFailure``.
    ///
    /// - Precondition: the worker does not run yet and has no capability of this name.
    public func on<Arguments: Decodable & SendableMetatype, Value: Encodable & SendableMetatype>(
        _ capability: String,
        _ handler: @escaping @Sendable (Arguments, WorkerContext) async throws -> Value
    ) {
        add(capability, TypedHandler.make(handler))
    }

    /// Offers a capability that takes and returns the payload's bytes as they are, for speed.
    ///
    /// - Important: what is returned must be JSON all the same, or subtasks cannot refer into it.
    /// - Precondition: the worker does not run yet and has no capability of this name.
    public func on(
        raw capability: String,
        _ handler: @escaping @Sendable ([UInt8], WorkerContext) async throws -> [UInt8]
    ) {
        add(capability, handler)
    }

    private func add(_ capability: String, _ handler: @escaping Handler) {
        precondition(
            WireWord.isWord(capability),
            "\"\(capability)\" is no capability name: lower-case letters, digits, _ and -, "
                + "at most 64, the first one a letter"
        )
        state.withLock { state in
            precondition(!state.isRunning, "capabilities are named before the worker runs")
            precondition(
                state.handlers.updateValue(handler, forKey: capability) == nil,
                "the capability \"\(capability)\" is named twice"
            )
        }
    }

    /// Serves the coordinator until it is told to leave; then returns.
    ///
    /// Exits the process when that is not how it ended: with status 64 when it was run by hand,
    /// after saying what it is; 69 when no coordinator was heard for the orphan timeout; 70 when
    /// the process has no descriptors or memory left to begin with; 75 when draining took too
    /// long; 78 when its environment is wrong or the coordinator refuses it for good; 143 when a
    /// second signal asked for an end at once.
    ///
    /// - Throws: `CancellationError` when its task is cancelled; it then ends at once, and what it
    ///   held is given to others as after a crash.
    /// - Precondition: called once.
    public func run() async throws {
        // Whoever reads our log may go away before we do.
        _ = signal(SIGPIPE, SIG_IGN)
        let result: Result<WorkerEnd, WorkerSettings.Refusal>
        do {
            result = try await runUntilEnd()
        } catch {
            WorkerLog(threshold: .error).error("cannot begin: \(error)")
            exit(70)
        }
        try Task.checkCancellation()
        switch result {
        case .success(let end):
            if end.status != 0 { exit(end.status) }
        case .failure(.startedByHand):
            let text = HandGuide.text(
                program: CommandLine.arguments.first ?? "this program",
                capabilities: state.withLock { $0.handlers.keys.sorted() }
            )
            WorkerLog.print(text)
            exit(64)
        case .failure(.misconfigured(let sentence)):
            WorkerLog(threshold: .error).error(sentence)
            exit(78)
        }
    }

    /// Serves until the end; the signals given ask for it.
    func runUntilEnd(
        signals numbers: [CInt] = [SIGTERM, SIGINT]
    ) async throws -> Result<WorkerEnd, WorkerSettings.Refusal> {
        let settings: WorkerSettings
        do throws(WorkerSettings.Refusal) {
            settings = try WorkerSettings(reading: variable)
        } catch {
            return .failure(error)
        }
        let handlers = state.withLock { state in
            precondition(!state.isRunning, "a worker runs once")
            state.isRunning = true
            return state.handlers
        }
        let log = WorkerLog(threshold: settings.logLevel)
        let signals = try numbers.map { try SignalSource($0) }
        let context = try ZeroMQContext(maximumSockets: 64)
        let thread = try SocketThread(name: "swarm-worker")
        let link = CoordinatorLink(
            settings: settings,
            handlers: handlers,
            context: context,
            thread: thread,
            log: log
        )
        thread.start()
        await link.watch(signals)
        let end = await withTaskCancellationHandler {
            await link.run()
        } onCancel: {
            thread.submit { link.assumeIsolated { $0.finish(.interrupted) } }
        }
        thread.stop()
        // Returns when BYE has left, or after the linger time.
        context.terminate()
        if end == .drained { log.info(end.sentence) } else { log.error(end.sentence) }
        return .success(end)
    }
}

extension CoordinatorLink {
    /// Takes signals that ask the process to end as a wish to drain.
    func watch(_ signals: [SignalSource]) {
        for signal in signals {
            thread.register(descriptor: signal.descriptor) { [weak self] in
                let times = signal.take()
                self?.assumeIsolated { $0.terminationRequested(times: times) }
            }
        }
    }
}
