public import SwarmModel

/// Reads configuration files and reports everything that is wrong with them, all at once.
///
/// Nothing is started and nothing is written. What a topology refers to is looked at as well:
/// manifests, workflows, programs and secrets.
public struct ConfigurationLoader: Sendable {
    /// The variables that `${VAR}` in a topology stands for.
    public var environment: [String: String]
    /// The state directory, which `${SWARM_RUN_DIR}` stands for; nil is `.swarm` beside the
    /// topology.
    public var stateDirectory: String?
    /// The folder programs without a path are looked for in first; nil is none.
    public var programFolder: String?
    /// Whether programs must be there and executable.
    public var checksExecutables: Bool
    /// Whether the effective configuration has what holds for each capability and subtask.
    public var explainsPolicies = false

    /// A loader with these variables; by default programs are looked for beside the running one.
    public init(
        environment: [String: String],
        stateDirectory: String? = nil,
        programFolder: String? = ExecutableResolution.runningProgramFolder,
        checksExecutables: Bool = true
    ) {
        self.environment = environment
        self.stateDirectory = stateDirectory
        self.programFolder = programFolder
        self.checksExecutables = checksExecutables
    }

    /// Reads a topology, the manifests of its agents and its workflows.
    public func load(topology path: String) -> LoadedConfiguration {
        let file = FilePath(path)
        switch SourceFile.read(file) {
        case .failure(let error): return LoadedConfiguration(diagnostics: [error.diagnostic])
        case .success(let source):
            var loading = TopologyLoading(self, file: file, source: source)
            return loading.load()
        }
    }

    /// Reads one workflow file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - plan: the swarm that is to run it; nil leaves out what only a swarm can answer.
    /// - Returns: the workflow, unless it has an error, and what is wrong or doubtful.
    public func loadWorkflow(_ path: String, against plan: SwarmPlan?) -> LoadedWorkflow {
        WorkflowLoading.load(FilePath(path), index: plan.map { CapabilityIndex($0) })
    }

    /// Reads one manifest, for an agent that is run without a topology.
    public func loadManifest(_ path: String) -> LoadedManifest {
        let file = FilePath(path)
        switch SourceFile.read(file) {
        case .failure(let error): return LoadedManifest(diagnostics: [error.diagnostic])
        case .success(let source):
            let manifest = ManifestLoading(source)
            var diagnostics = manifest.diagnostics
            var index = CapabilityIndex()
            index.add(manifest, agent: manifest.name ?? "", allow: nil)
            var check = ContractCheck(source, agent: manifest.name ?? "", index: index)
            check.check()
            diagnostics += check.diagnostics
            let places = places(manifestFolder: source.directory)
            if checksExecutables, let exec = manifest.exec {
                diagnostics += ExecutableCheck(source, path: ["exec"], places: places).check(exec)
            }
            return LoadedManifest(
                manifest: diagnostics.hasErrors ? nil : manifest.manifest,
                digest: manifest.digest,
                directory: source.directory,
                diagnostics: diagnostics
            )
        }
    }

    /// Where programs of a manifest in this folder are looked for.
    func places(manifestFolder: String) -> ExecutableResolution.Places {
        let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return ExecutableResolution.Places(
            manifestFolder: manifestFolder,
            programFolder: programFolder,
            searchPath: path.split(separator: ":").map(String.init)
        )
    }
}

/// What came of reading a topology and everything it refers to.
public struct LoadedConfiguration: Sendable {
    /// The swarm, ready to run; nil when the topology or a manifest has an error.
    public var plan: SwarmPlan?
    /// The workflow files, in the order of the topology's patterns.
    public var workflows: [LoadedWorkflow]
    /// Every value of the topology with its origin; nil when the file could not be parsed.
    public var effective: EffectiveConfiguration?
    /// Everything that is wrong or doubtful, file by file, from top to bottom.
    public var diagnostics: [Diagnostic]

    /// What came of reading a configuration.
    public init(
        plan: SwarmPlan? = nil,
        workflows: [LoadedWorkflow] = [],
        effective: EffectiveConfiguration? = nil,
        diagnostics: [Diagnostic]
    ) {
        self.plan = plan
        self.workflows = workflows
        self.effective = effective
        self.diagnostics = diagnostics
    }
}

/// What came of reading a workflow file.
public struct LoadedWorkflow: Sendable {
    /// The file, as a path from where the check was started.
    public var path: String
    /// The workflow; nil when it has an error.
    public var workflow: Workflow?
    /// What is wrong or doubtful, from top to bottom.
    public var diagnostics: [Diagnostic]

    /// What came of reading a workflow file.
    public init(path: String, workflow: Workflow? = nil, diagnostics: [Diagnostic]) {
        self.path = path
        self.workflow = workflow
        self.diagnostics = diagnostics
    }
}

/// What came of reading a manifest on its own.
public struct LoadedManifest: Sendable {
    /// The manifest; nil when it has an error.
    public var manifest: AgentManifest?
    /// The SHA-256 of the file; nil when it could not be read.
    public var digest: Digest?
    /// The absolute path of the folder it is in; nil when it could not be read.
    public var directory: String?
    /// What is wrong or doubtful.
    public var diagnostics: [Diagnostic]

    /// What came of reading a manifest.
    public init(
        manifest: AgentManifest? = nil,
        digest: Digest? = nil,
        directory: String? = nil,
        diagnostics: [Diagnostic]
    ) {
        self.manifest = manifest
        self.digest = digest
        self.directory = directory
        self.diagnostics = diagnostics
    }
}
