import FoundationEssentials
import SwarmConfig
import SwarmControl
import SwarmModel

/// The workflow a command line names: a file, or a name the topology knows.
struct WorkflowChoice {
    /// What to submit: the definition, or the name.
    let reference: JSON
    /// The name, for people.
    let name: String
    /// The schema of its input; nil when it declares none.
    let input: JSON?

    /// The workflow in the file of this name, if there is one.
    ///
    /// - Throws: Everything that is wrong with the file.
    static func file(_ argument: String) throws -> WorkflowChoice? {
        guard argument.hasSuffix(".json") || argument.contains("/") else { return nil }
        let workflow = try workflow(at: argument)
        return WorkflowChoice(
            reference: workflow.source,
            name: workflow.name,
            input: workflow.input
        )
    }

    /// Reads a workflow file.
    static func workflow(at path: String) throws -> Workflow {
        let loader = ConfigurationLoader(environment: ProcessInfo.processInfo.environment)
        let loaded = loader.loadWorkflow(path, against: nil)
        guard let workflow = loaded.workflow, !loaded.diagnostics.hasErrors else {
            throw DiagnosticsError(diagnostics: loaded.diagnostics)
        }
        return workflow
    }

    /// The workflow of this name: of the swarm that is up, else of the topology one is started
    /// from.
    ///
    /// So what is wrong with the name is known before anything is started for it.
    static func named(
        _ name: String,
        _ global: GlobalOptions,
        topology: String?
    ) async throws -> WorkflowChoice {
        let workflows: [(name: String, input: JSON?)]
        let socket = try ControlSocket(
            stateDirectory: try global.stateDirectory(topology: topology).path
        )
        if socket.isServed {
            workflows = try await ControlClient(socket: socket).workflows().workflows
                .map { ($0.name, $0.input) }
        } else {
            let loaded = try ConfigurationSource(topology, global).load()
            guard !loaded.diagnostics.hasErrors else {
                throw DiagnosticsError(diagnostics: loaded.diagnostics)
            }
            workflows = loaded.workflows.compactMap(\.workflow).map { ($0.name, $0.input) }
        }
        guard let workflow = workflows.first(where: { $0.name == name }) else {
            let known = workflows.map(\.name).joined(separator: ", ")
            throw ErrorDocument(
                .badInput,
                "the swarm has no workflow called \(name)",
                hint: known.isEmpty
                    ? "name a workflow file" : "it has \(known); a file is named by its path"
            )
        }
        return WorkflowChoice(reference: .string(name), name: name, input: workflow.input)
    }
}
