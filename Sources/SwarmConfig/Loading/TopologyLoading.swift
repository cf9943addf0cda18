import SwarmModel

/// Reads a topology and everything it refers to, and collects what is wrong on the way.
struct TopologyLoading {
    private let loader: ConfigurationLoader
    private let file: FilePath
    private var source: SourceFile
    private var topologyDiagnostics: [Diagnostic] = []
    private var manifests: [String: ManifestLoading] = [:]
    private var manifestDiagnostics: [Diagnostic] = []
    private var index = CapabilityIndex()
    private var workflowFiles: [FilePath] = []

    init(_ loader: ConfigurationLoader, file: FilePath, source: SourceFile) {
        self.loader = loader
        self.file = file
        self.source = source
    }

    mutating func load() -> LoadedConfiguration {
        let environment = loader.environment.merging(
            ["SWARM_RUN_DIR": loader.stateDirectory ?? "\(file.directory)/.swarm"]
        ) { given, _ in given }
        var interpolation = Interpolation(source, environment: environment)
        source.value = interpolation.value()
        let holes = Set(interpolation.diagnostics.map(\.path))

        var shape = ShapeChecker(source, as: .topology)
        let clean = shape.check() ?? .object([:])
        var check = TopologyCheck(source, environment: environment)
        check.check(clean)
        // What a variable without a value leaves behind is not the author's mistake.
        let rest = (shape.diagnostics + check.diagnostics).filter { !holes.contains($0.path) }
        topologyDiagnostics = interpolation.diagnostics + rest

        let merged = AgentMerge.merge(clean)
        index.semaphores = merged["semaphores"]?.objectValue?.keys ?? []
        if let topology = try? Topology(json: merged) {
            index.policies = TopologyPolicies(topology)
        }
        var plans: [AgentPlan] = []
        for agent in merged["agents"]?.objectValue ?? [:] {
            if let plan = loadAgent(agent.key, agent.value) { plans.append(plan) }
        }
        checkContracts(merged)
        topologyDiagnostics += TopologyFallbackCheck(source, index: index).check()
        let workflows = loadWorkflows(clean)
        var effective = EffectiveConfiguration(source: source, clean: clean)
        if loader.explainsPolicies { effective.add(policies(clean, merged)) }

        let ownDiagnostics =
            topologyDiagnostics.inFileOrder() + manifestDiagnostics.inFileOrder()
        var result = LoadedConfiguration(
            workflows: workflows,
            effective: effective,
            diagnostics: ownDiagnostics + workflows.flatMap(\.diagnostics)
        )
        if !ownDiagnostics.hasErrors, let topology = try? Topology(json: merged) {
            result.plan = SwarmPlan(topology: topology, agents: plans, directory: file.directory)
        }
        return result
    }

    // MARK: - Agents

    private mutating func loadAgent(_ name: String, _ settings: JSON) -> AgentPlan? {
        index.agents.append(name)
        let path: JSONPath = ["agents", .key(name)]
        let adapter = settings["adapter"]?.stringValue.flatMap { Adapter(rawValue: $0) } ?? .native
        guard adapter.isAvailable else {
            index.isComplete = false
            return nil
        }
        let manifestPath =
            settings["manifest"]?.stringValue ?? AgentConfiguration.manifestPath(of: name)
        let manifestFile = file.sibling(manifestPath)
        guard let manifest = manifest(at: manifestFile, named: path.appending(key: "manifest"))
        else {
            index.isComplete = false
            return nil
        }
        let allow = settings["allow"].map { _ in settings.strings("allow") }
        checkAllowed(allow ?? [], manifest, at: path.appending(key: "allow"))
        index.add(manifest, agent: name, allow: allow)
        checkExecutable(settings, manifest, at: path)
        guard var contracts = manifest.manifest, let digest = manifest.digest,
            let configuration = try? AgentConfiguration(name: name, json: settings)
        else { return nil }
        if let allow { contracts.capabilities.removeAll { !allow.contains($0.name) } }
        return AgentPlan(
            configuration: configuration,
            manifest: contracts,
            manifestDigest: digest,
            directory: manifest.source.directory
        )
    }

    /// The manifest in a file, read once however many agents share it.
    private mutating func manifest(
        at path: FilePath,
        named place: JSONPath
    ) -> ManifestLoading? {
        if let known = manifests[path.absolute] { return known }
        switch SourceFile.read(path) {
        case .success(let source):
            let manifest = ManifestLoading(source)
            manifests[path.absolute] = manifest
            manifestDiagnostics += manifest.diagnostics
            return manifest
        case .failure(let error):
            guard error.diagnostic.code == .unreadableFile else {
                manifestDiagnostics.append(error.diagnostic)
                return nil
            }
            // The mistake is in the topology, where the path is.
            var diagnostic = error.diagnostic
            diagnostic.file = source.displayPath
            diagnostic.position = source.position(of: place)
            diagnostic.path = place
            diagnostic.hint = "create the manifest, or correct \"manifest\""
            topologyDiagnostics.append(diagnostic)
            return nil
        }
    }

    private mutating func checkAllowed(
        _ allow: [String],
        _ manifest: ManifestLoading,
        at path: JSONPath
    ) {
        let names = (manifest.source.value["capabilities"]?.arrayValue ?? [])
            .compactMap { $0["function"]?["name"]?.stringValue }
        for (position, name) in allow.enumerated() where !names.contains(name) {
            let place = path.appending(index: position)
            topologyDiagnostics.append(
                Diagnostic(
                    .error,
                    .unknownCapability,
                    file: source.displayPath,
                    position: source.position(of: place),
                    path: place,
                    message: "the manifest has no capability \"\(name)\"",
                    suggestion: Suggestion.nearest(to: name, among: names),
                    expected: "there are: \(names.joined(separator: ", "))"
                )
            )
        }
    }

    private mutating func checkExecutable(
        _ settings: JSON,
        _ manifest: ManifestLoading,
        at path: JSONPath
    ) {
        let places = loader.places(manifestFolder: manifest.source.directory)
        if settings["exec"] != nil {
            guard loader.checksExecutables else { return }
            topologyDiagnostics +=
                ExecutableCheck(source, path: path.appending(key: "exec"), places: places)
                .check(settings.strings("exec"))
        } else if let exec = manifest.exec {
            guard loader.checksExecutables else { return }
            let found = ExecutableCheck(manifest.source, path: ["exec"], places: places).check(exec)
            manifestDiagnostics += found.filter { !manifestDiagnostics.contains($0) }
        } else if manifest.source.value["exec"] == nil {
            topologyDiagnostics.append(
                Diagnostic(
                    .error,
                    .missingExecutable,
                    file: source.displayPath,
                    position: source.position(of: path),
                    path: path,
                    message: "nothing says which program to start",
                    hint: "add \"exec\" to \(manifest.source.displayPath), or here"
                )
            )
        }
    }

    // MARK: - The swarm as a whole

    /// What holds for each capability and subtask.
    private func policies(_ clean: JSON, _ merged: JSON) -> EffectivePolicies {
        var policies = EffectivePolicies(topology: clean, source)
        for agent in merged["agents"]?.objectValue ?? [:] {
            let path = agent.value["manifest"]?.stringValue
            let file = file.sibling(path ?? AgentConfiguration.manifestPath(of: agent.key))
            guard let manifest = manifests[file.absolute] else { continue }
            let allow = agent.value["allow"].map { _ in agent.value.strings("allow") }
            policies.add(manifest, agent: agent.key, allow: allow)
        }
        for path in workflowFiles {
            guard case .success(let source) = SourceFile.read(path) else { continue }
            var shape = ShapeChecker(source, as: .workflow)
            if let clean = shape.check() { policies.add(workflow: clean, source) }
        }
        return policies
    }

    private mutating func checkContracts(_ merged: JSON) {
        var checked: Set<String> = []
        for agent in merged["agents"]?.objectValue ?? [:] {
            let path = agent.value["manifest"]?.stringValue
            let file = file.sibling(path ?? AgentConfiguration.manifestPath(of: agent.key))
            guard let manifest = manifests[file.absolute], checked.insert(file.absolute).inserted
            else { continue }
            var check = ContractCheck(manifest.source, agent: agent.key, index: index)
            check.check()
            manifestDiagnostics += check.diagnostics
        }
    }

    private mutating func loadWorkflows(_ clean: JSON) -> [LoadedWorkflow] {
        var loaded: [LoadedWorkflow] = []
        var seen: Set<String> = []
        var names: [String: String] = [:]
        for (position, text) in clean.strings("workflows").enumerated() {
            let pattern = GlobPattern(text)
            let paths =
                pattern.hasWildcard
                ? pattern.matches(below: file.directory) : [text]
            if paths.isEmpty {
                let place: JSONPath = ["workflows", .index(position)]
                topologyDiagnostics.append(
                    Diagnostic(
                        .warning,
                        .noMatch,
                        file: source.displayPath,
                        position: source.position(of: place),
                        path: place,
                        message: "no file matches \"\(text)\"",
                        hint: "patterns are relative to the folder of this file"
                    )
                )
            }
            for path in paths {
                let workflowFile = file.sibling(path)
                guard seen.insert(workflowFile.absolute).inserted else { continue }
                workflowFiles.append(workflowFile)
                var result = WorkflowLoading.load(workflowFile, index: index)
                if let workflow = result.workflow {
                    let other = names.updateValue(result.path, forKey: workflow.name)
                    if let other {
                        WorkflowLoading.refuse(&result, file: workflowFile, same: other)
                    }
                }
                loaded.append(result)
            }
        }
        return loaded
    }
}
