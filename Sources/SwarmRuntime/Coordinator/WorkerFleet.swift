import Glibc
import SwarmConfig
import SwarmCore
public import SwarmModel
import Synchronization

/// The processes of the workers: how each is started, who may speak for it, how it is ended.
public final class WorkerFleet: Sendable {
    private let launcher: ProcessLauncher
    private let directory: String
    private let plan: SwarmPlan
    private let tokens = Mutex<[WorkerID: WorkerToken]>([:])
    private let endpoint = Mutex("")

    /// A fleet for one topology.
    ///
    /// - Parameters:
    ///   - plan: The topology.
    ///   - directory: Where tokens and secrets are kept; only this user may read it.
    ///   - launcher: Starts and watches processes.
    public init(plan: SwarmPlan, directory: String, launcher: ProcessLauncher) {
        self.plan = plan
        self.directory = directory
        self.launcher = launcher
    }

    /// Says where workers that are launched from now on connect.
    func connect(to endpoint: String) { self.endpoint.withLock { $0 = endpoint } }

    func launch(
        _ worker: WorkerID,
        _ incarnation: Incarnation
    ) throws(LaunchError) -> ProcessIdentity {
        guard let agent = plan.agent(named: worker.agent) else {
            throw LaunchError(
                .badSpecification,
                "the topology has no agent \"\(worker.agent)\"",
                hint: "this is a mistake of the coordinator"
            )
        }
        let resolution: ExecutableResolution
        do {
            resolution = try ExecutableResolution(
                exec: agent.exec,
                in: ExecutableResolution.Places(manifestFolder: agent.directory)
            )
        } catch {
            throw LaunchError(.badSpecification, error.message, hint: error.hint)
        }
        let token = WorkerToken.generate()
        let tokenFile = try token.write(for: worker, in: directory)
        tokens.withLock { $0[worker] = token }
        let configuration = agent.configuration
        var environment = WorkerFleet.inherited(configuration.envFromHost)
        for variable in configuration.env { environment.append((variable.name, variable.value)) }
        for secret in configuration.secrets {
            environment.append((secret.name + "_FILE", try place(secret, of: worker)))
        }
        environment += [
            ("SWARM_ENDPOINT", endpoint.withLock { $0 }),
            ("SWARM_AGENT", worker.agent),
            ("SWARM_INSTANCE", worker.description),
            ("SWARM_TOKEN_FILE", tokenFile),
            ("SWARM_PROTOCOL", "1"),
            ("SWARM_LOG_LEVEL", configuration.log.level.rawValue),
            ("SWARM_CONCURRENCY", "\(configuration.concurrency)"),
            (
                "SWARM_ORPHAN_TIMEOUT_MS",
                "\(plan.topology.coordinator.orphanTimeout.wholeMilliseconds)"
            ),
        ]
        return try launcher.launch(
            ProcessSpecification(
                executable: resolution.executable,
                arguments: resolution.arguments,
                environment: environment,
                workingDirectory: plan.directory,
                limits: ProcessLimits(
                    openFiles: configuration.resources.openFiles.map { UInt64($0) },
                    memory: configuration.resources.memory.map { UInt64($0.bytes) }
                ),
                linesPerSecond: configuration.log.rateLimit
            ),
            worker: worker,
            incarnation: incarnation
        )
    }

    func adopt(_ process: ProcessIdentity, worker: WorkerID, incarnation: Incarnation) {
        let settings = plan.agent(named: worker.agent)?.configuration.log
        launcher.adopt(
            process,
            worker: worker,
            incarnation: incarnation,
            linesPerSecond: settings?.rateLimit ?? ProcessLauncher.defaultLinesPerSecond
        )
    }

    @discardableResult
    func signal(_ signal: StopSignal, worker: WorkerID, incarnation: Incarnation) -> Bool {
        launcher.signal(signal, worker: worker, incarnation: incarnation)
    }

    /// Whether the launch came as far as the files for its output: then a process may run.
    func hasBegun(_ worker: WorkerID, _ incarnation: Incarnation) -> Bool {
        launcher.hasOutput(worker: worker, incarnation: incarnation)
    }

    func removeAbandoned() { launcher.removeAbandonedOutput() }

    /// Whether a token is the one the present process of a worker was given.
    func authenticate(_ worker: WorkerID, token: String) -> Bool {
        tokens.withLock { tokens in
            if tokens[worker] == nil {
                tokens[worker] = WorkerToken(
                    readFrom: WorkerToken.path(for: worker, in: directory)
                )
            }
            return tokens[worker]?.matches(token.utf8) ?? false
        }
    }

    /// The process group of a process; -1 when it is gone.
    func group(of pid: Int32) -> Int32 { getpgid(pid) }

    func identity(of pid: Int32) -> ProcessIdentity? { ProcessIdentity(running: pid) }

    /// What every worker gets of the coordinator's environment, and what its agent asked for.
    private static func inherited(_ names: [String]) -> [(name: String, value: String)] {
        (["PATH", "HOME", "TZ", "LANG"] + names).compactMap { name in
            getenv(name).map { (name, String(cString: $0)) }
        }
    }

    /// Writes a secret where only this user may read it.
    private func place(
        _ secret: SecretReference,
        of worker: WorkerID
    ) throws(LaunchError) -> String {
        let path = "\(directory)/\(worker).\(secret.name)"
        let value: [UInt8]
        switch secret.source {
        case .file(let file):
            // The agent reads the file itself; a copy would only be one more place to leak from.
            return file.hasPrefix("/") ? file : "\(plan.directory)/\(file)"
        case .environment(let name):
            guard let text = getenv(name) else {
                throw LaunchError(
                    .badSpecification,
                    "secret \(secret.name) of \(worker): the variable \(name) is not set",
                    hint: "export \(name) before `swarm up`"
                )
            }
            value = Array(String(cString: text).utf8)
        case .command(let command):
            value = try SecretCommand.run(command, for: "\(secret.name) of \(worker)")
        }
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .token(path, errno: errno) }
        defer { close(descriptor) }
        guard write(descriptor, value, value.count) == value.count else {
            throw .token(path, errno: errno)
        }
        return path
    }
}
